//! One provider: its description and keys as it told them last, and the two halves of a sign-in.

use std::sync::Arc;

use claviger_dial::{DialError, Guard};
use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use tokio::sync::Mutex;

use crate::claims::Claims;
use crate::outside::Outside;
use crate::settings::safe;
use crate::token::{self, Expected, Token, TokenClaims};
use crate::{Identity, IdentityError, ProviderSettings};

/// How long a provider's description counts as known. Its keys are asked for sooner where they do not fit.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How long it is left alone after it did not answer: whoever only knocks must not make Claviger dial.
const FAILED_FOR: SignedDuration = SignedDuration::from_secs(5);

/// What the token endpoint answers.
type Answer = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The library's client, which keeps every claim.
type Caller = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A sign-in that was begun. All but the address stays with the browser that began it, sealed.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// What the provider sends back with the browser.
    pub state: String,
    /// What the ID token must carry.
    pub nonce: String,
    /// What the code is worthless without (RFC 7636).
    pub verifier: Secret,
}

/// A provider of OpenID Connect.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    issuer: IssuerUrl,
    client_id: ClientId,
    redirect: RedirectUrl,
    outside: Outside,
    known: Mutex<Option<Known>>,
    /// Held by whoever asks the provider; in it, when it last did not answer, and why.
    asking: Mutex<Option<(Timestamp, Arc<IdentityError>)>>,
}

/// What the provider told about itself, and when.
#[derive(Debug, Clone)]
struct Known {
    metadata: Arc<CoreProviderMetadata>,
    told_at: Timestamp,
}

impl Provider {
    /// A provider by its settings. Nothing is dialled yet.
    ///
    /// # Errors
    /// The issuer or the address to come back to is none that a sign-in may be trusted to.
    pub fn new(settings: ProviderSettings, guard: Guard) -> Result<Self, IdentityError> {
        let (issuer, redirect) = settings.addresses()?;
        Ok(Self {
            client_id: ClientId::new(settings.client_id.clone()),
            issuer,
            redirect,
            settings,
            outside: Outside(guard),
            known: Mutex::new(None),
            asking: Mutex::new(None),
        })
    }

    /// Asks the provider for its description and keys, and keeps them.
    ///
    /// # Errors
    /// It cannot be reached, is no provider, or names itself otherwise than it is named here.
    pub async fn discover(&self, now: Timestamp) -> Result<(), IdentityError> {
        let mut failed = self.asking.lock().await;
        self.ask(&mut failed, now).await.map(drop)
    }

    /// Asks, and notes how it went for those who wait.
    async fn ask(
        &self,
        failed: &mut Option<(Timestamp, Arc<IdentityError>)>,
        now: Timestamp,
    ) -> Result<Arc<CoreProviderMetadata>, IdentityError> {
        let told = self.told(now).await.map_err(Arc::new);
        *failed = told.as_ref().err().map(|error| (now, Arc::clone(error)));
        told.map_err(IdentityError::Kept)
    }

    async fn told(&self, now: Timestamp) -> Result<Arc<CoreProviderMetadata>, IdentityError> {
        let failed = |source| IdentityError::Discover {
            issuer: self.settings.issuer.clone(),
            source: Box::new(source),
        };
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.outside)
            .await
            .map_err(failed)?;
        check_addresses(&metadata)?;
        let metadata = Arc::new(metadata);
        let known = Known { metadata: Arc::clone(&metadata), told_at: now };
        *self.known.lock().await = Some(known);
        Ok(metadata)
    }

    async fn metadata(&self, now: Timestamp) -> Result<Arc<CoreProviderMetadata>, IdentityError> {
        if let Some(metadata) = self.known_at(now).await {
            return Ok(metadata);
        }
        let mut failed = self.asking.lock().await;
        // Whoever was here before may have asked meanwhile.
        if let Some(metadata) = self.known_at(now).await {
            return Ok(metadata);
        }
        if let Some((at, error)) = failed.as_ref()
            && now.duration_since(*at) < FAILED_FOR
        {
            return Err(IdentityError::Kept(Arc::clone(error)));
        }
        self.ask(&mut failed, now).await
    }

    async fn known_at(&self, now: Timestamp) -> Option<Arc<CoreProviderMetadata>> {
        let known = self.known.lock().await;
        let known = known.as_ref().filter(|known| now.duration_since(known.told_at) < KNOWN_FOR);
        known.map(|known| Arc::clone(&known.metadata))
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// The provider is not known, and does not tell about itself.
    pub async fn begin(&self, now: Timestamp) -> Result<Begun, IdentityError> {
        let metadata = self.metadata(now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let caller = self.caller(&metadata);
        let scopes = self.settings.scopes.iter().filter(|scope| *scope != "openid");
        let (address, state, nonce) = caller
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes.cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        Ok(Begun {
            address: address.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: Secret::new(verifier.into_secret()),
        })
    }

    /// Ends a sign-in: exchanges the code, and proves who that is.
    ///
    /// # Errors
    /// The provider refuses the code, or what it answers proves nothing.
    pub async fn finish(
        &self,
        code: &str,
        nonce: &str,
        verifier: &Secret,
        now: Timestamp,
    ) -> Result<Identity, IdentityError> {
        let metadata = self.metadata(now).await?;
        let caller = self.caller(&metadata);
        let answer = caller
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| IdentityError::Missing("token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.reveal().to_owned()))
            .request_async(&self.outside)
            .await
            .map_err(exchange_failed)?;
        let token = answer.id_token().ok_or(IdentityError::Missing("ID token"))?;
        let nonce = Nonce::new(nonce.to_owned());
        let claims = self.proved(token, &metadata, &nonce, now).await?;
        let mut identity = self.identity(claims);
        if identity.names.is_empty() || identity.roles.is_none() {
            self.ask_more(&caller, &answer, claims, &mut identity).await?;
        }
        Ok(identity)
    }

    /// The claims of a token. A key that is not known leads to the provider's keys being asked for once more.
    async fn proved<'t>(
        &self,
        token: &'t Token,
        metadata: &CoreProviderMetadata,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<&'t TokenClaims, IdentityError> {
        let expected = Expected { issuer: &self.issuer, client_id: &self.client_id, nonce, now };
        let keys: &CoreJsonWebKeySet = metadata.jwks();
        match token::proved(token, keys, &expected) {
            Err(error) if token::may_be_newer(&error) => {
                let newer = self.told(now).await?;
                token::proved(token, newer.jwks(), &expected).map_err(IdentityError::Token)
            }
            judged => judged.map_err(IdentityError::Token),
        }
    }

    fn identity(&self, claims: &TokenClaims) -> Identity {
        let username = claims.preferred_username().map(|name| name.as_str().to_owned());
        let email = claims.email().map(|email| email.as_str().to_owned());
        Identity {
            issuer: self.settings.issuer.clone(),
            subject: claims.subject().as_str().to_owned(),
            names: username.into_iter().chain(email).collect(),
            roles: claims.additional_claims().words(&self.settings.roles_claim),
        }
    }

    /// Asks the user info endpoint, where there is one, for what the ID token does not say.
    async fn ask_more(
        &self,
        caller: &Caller,
        answer: &Answer,
        claims: &TokenClaims,
        identity: &mut Identity,
    ) -> Result<(), IdentityError> {
        let access_token = answer.access_token();
        // The library takes it for fit to stand in a header.
        if !access_token.secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(IdentityError::Missing("access token that can be sent"));
        }
        let subject = Some(claims.subject().clone());
        let Ok(request) = caller.user_info(access_token.clone(), subject) else { return Ok(()) };
        let more: UserInfoClaims<Claims, CoreGenderClaim> = request
            .request_async(&self.outside)
            .await
            .map_err(|error| IdentityError::UserInfo(Box::new(error)))?;
        if identity.names.is_empty() {
            let username = more.preferred_username().map(|name| name.as_str().to_owned());
            let email = more.email().map(|email| email.as_str().to_owned());
            identity.names = username.into_iter().chain(email).collect();
        }
        if identity.roles.is_none() {
            identity.roles = more.additional_claims().words(&self.settings.roles_claim);
        }
        Ok(())
    }

    fn caller(&self, metadata: &CoreProviderMetadata) -> Caller {
        let secret = self.settings.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.reveal().to_owned()));
        Caller::from_provider_metadata(metadata.clone(), self.client_id.clone(), secret)
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(auth_type(metadata))
    }
}

/// How the secret is sent: as RFC 6749 recommends, unless the provider takes it in the body alone.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let basic = CoreClientAuthMethod::ClientSecretBasic;
    let post = CoreClientAuthMethod::ClientSecretPost;
    match metadata.token_endpoint_auth_methods_supported() {
        Some(methods) if methods.contains(&post) && !methods.contains(&basic) => {
            AuthType::RequestBody
        }
        _ => AuthType::BasicAuth,
    }
}

fn check_addresses(metadata: &CoreProviderMetadata) -> Result<(), IdentityError> {
    safe(metadata.authorization_endpoint().url(), "authorization endpoint")?;
    safe(metadata.jwks_uri().url(), "key set")?;
    if let Some(endpoint) = metadata.userinfo_endpoint() {
        safe(endpoint.url(), "user info endpoint")?;
    }
    let endpoint = metadata.token_endpoint().ok_or(IdentityError::Missing("token endpoint"))?;
    safe(endpoint.url(), "token endpoint")
}

fn exchange_failed(
    error: RequestTokenError<DialError, StandardErrorResponse<CoreErrorResponseType>>,
) -> IdentityError {
    match error {
        RequestTokenError::ServerResponse(refusal) => {
            IdentityError::Refused { code: refusal.error().as_ref().to_owned() }
        }
        other => IdentityError::Exchange(Box::new(other)),
    }
}
