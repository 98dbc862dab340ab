//! What can go wrong with a provider, and the way out of that.

use std::error::Error;
use std::sync::Arc;

use claviger_dial::DialError;
use openidconnect::ClaimsVerificationError;

/// What lies below: an error of the library, of the way out, or of JSON.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// A sign-in that the provider and this installation could not bring to its end.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// An address that others on the way could read or change, or none at all.
    #[error("the {what} of the sign-in provider is no address to trust: `{address}`")]
    Address {
        /// Which address.
        what: &'static str,
        /// As it was given.
        address: String,
    },
    /// The provider does not describe itself, or names itself otherwise.
    #[error("the sign-in provider `{issuer}` does not answer as one")]
    Discover {
        /// How the provider is named here.
        issuer: String,
        /// What was met.
        #[source]
        source: Cause,
    },
    /// One of these, told again for a moment without asking again.
    #[error(transparent)]
    Kept(Arc<IdentityError>),
    /// The provider's answer lacks what the flow needs.
    #[error("the sign-in provider names no {0}")]
    Missing(&'static str),
    /// The provider refused the code, or this installation.
    #[error("the sign-in provider refused the code")]
    Refused {
        /// The code of the error, as RFC 6749 has it.
        code: String,
    },
    /// The code could not be brought to the provider, or its answer makes no sense.
    #[error("the code could not be exchanged for an ID token")]
    Exchange(#[source] Cause),
    /// The ID token proves nothing.
    #[error("the ID token is refused")]
    Token(#[source] ClaimsVerificationError),
    /// What the provider knows about the person could not be had.
    #[error("the sign-in provider did not say who that is")]
    UserInfo(#[source] Cause),
}

impl IdentityError {
    /// A stable word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "provider_address",
            Self::Discover { .. } | Self::Missing(_) => "provider_unavailable",
            Self::Kept(error) => error.code(),
            Self::Refused { .. } | Self::Exchange(_) => "code_refused",
            Self::Token(_) => "token_refused",
            Self::UserInfo(_) => "user_info",
        }
    }

    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Address { .. } => {
                "it must begin with https://; http:// is for this machine alone".to_owned()
            }
            Self::Discover { issuer, source } => discovery_hint(issuer, source.as_ref()),
            Self::Kept(error) => error.hint(),
            Self::Missing(_) => "check that it speaks the authorization code flow".to_owned(),
            Self::Refused { code } if code == "invalid_client" => {
                "an admin checks `oidc_client_id` and `CLAVIGER_OIDC_CLIENT_SECRET`".to_owned()
            }
            Self::Refused { .. } => {
                "sign in again; a code is good once, and for a short time".to_owned()
            }
            Self::Exchange(source) | Self::UserInfo(source) => dial_hint(source.as_ref())
                .unwrap_or_else(|| "sign in again, or tell an admin".to_owned()),
            Self::Token(ClaimsVerificationError::Expired(_)) => {
                "sign in again; if it stays so, the clocks of both machines differ".to_owned()
            }
            Self::Token(_) => {
                "sign in again; if it stays so, an admin checks `oidc_issuer`, `oidc_client_id` and the \
                 provider's keys"
                    .to_owned()
            }
        }
    }
}

fn discovery_hint(issuer: &str, source: &(dyn Error + 'static)) -> String {
    let usual = format!(
        "check `oidc_issuer`: `{}/.well-known/openid-configuration` must open from this machine and name \
         `{issuer}` as its issuer, to the letter",
        issuer.trim_end_matches('/')
    );
    dial_hint(source).unwrap_or(usual)
}

/// What the guarded way out advises, where the cause is there.
fn dial_hint(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(dial) = error.downcast_ref::<DialError>() {
            return Some(dial.hint());
        }
        cause = error.source();
    }
    None
}
