//! What an ID token must prove (OpenID Connect Core, 3.1.3.7).

use chrono::DateTime;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, IdToken, IdTokenClaims, IdTokenVerifier, IssuerUrl, Nonce,
    SignatureVerificationError,
};

use crate::claims::Claims;

/// The signatures that are taken, whatever the provider offers: each needs a private key that only the
/// provider has. Neither `none`, nor an HMAC whose key the client holds as well.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How much the clocks of two machines may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// An ID token of the provider.
pub(crate) type Token =
    IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What it says.
pub(crate) type TokenClaims = IdTokenClaims<Claims, CoreGenderClaim>;

/// Whom a token must be from and for.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a IssuerUrl,
    pub(crate) client_id: &'a ClientId,
    pub(crate) nonce: &'a Nonce,
    pub(crate) now: Timestamp,
}

/// The claims of a token, once all is proved: the signature by one of the keys, `iss`, `aud`, `azp`, `exp` and
/// `nonce`.
pub(crate) fn proved<'t>(
    token: &'t Token,
    keys: &CoreJsonWebKeySet,
    expected: &Expected<'_>,
) -> Result<&'t TokenClaims, ClaimsVerificationError> {
    // The client counts as public, so that its secret is no key whatever the header of a token says.
    let verifier: IdTokenVerifier<'_, CoreJsonWebKey> = IdTokenVerifier::new_public_client(
        expected.client_id.clone(),
        expected.issuer.clone(),
        keys.clone(),
    );
    let judged_at = expected.now - SKEW;
    let at = DateTime::from_timestamp(judged_at.as_second(), 0).unwrap_or(DateTime::UNIX_EPOCH);
    let verifier = verifier.set_allowed_algs(ALGORITHMS).set_time_fn(move || at);
    let claims = token.claims(&verifier, expected.nonce)?;
    // The library leaves the authorized party to the caller.
    match claims.authorized_party() {
        Some(party) if party != expected.client_id => {
            let words = format!("authorized party is `{}`", party.as_str());
            Err(ClaimsVerificationError::InvalidAudience(words))
        }
        _ => Ok(claims),
    }
}

/// Whether newer keys of the provider may prove what these do not.
pub(crate) fn may_be_newer(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_)
        )
    )
}
