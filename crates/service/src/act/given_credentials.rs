//! Credentials as a person gives them: a key that is kept sealed, or a reference to where one is.

use claviger_cloud::{CloudError, Credentials, LiveCredentials};
use claviger_model::{AccessKeyId, ConnectionId, CredentialReference, Provider, Secret};

use crate::clouds::SealedKey;
use crate::{Service, ServiceError, chain};

/// Credentials as a person gives them.
#[derive(Debug)]
pub enum GivenCredentials {
    /// A key, to be kept sealed.
    Key {
        /// Its id.
        access_key_id: AccessKeyId,
        /// Its secret.
        secret: Secret,
        /// Its session token, for a temporary key.
        security_token: Option<Secret>,
    },
    /// Where they are: the secret is not kept here.
    Reference(CredentialReference),
}

impl GivenCredentials {
    /// The one way that was taken of the two.
    ///
    /// # Errors
    /// Both were, or a key lacks its secret.
    pub fn of(
        reference: Option<CredentialReference>,
        access_key_id: Option<AccessKeyId>,
        secret: Option<Secret>,
        security_token: Option<Secret>,
    ) -> Result<Option<Self>, ServiceError> {
        match (reference, access_key_id, secret) {
            (Some(reference), None, None) if security_token.is_none() => {
                Ok(Some(Self::Reference(reference)))
            }
            (Some(_), _, _) => Err(ServiceError::invalid(
                "credentials",
                "credentials are either given or taken by reference",
                "leave `access_key_id` and its secret out, or `credentials`",
            )),
            (None, Some(access_key_id), Some(secret)) => {
                Ok(Some(Self::Key { access_key_id, secret, security_token }))
            }
            (None, None, None) => Ok(None),
            (None, Some(_), None) => Err(ServiceError::invalid(
                "access_key_secret",
                "the secret is missing",
                "enter it together with the id it belongs to",
            )),
            (None, None, Some(_)) => Err(ServiceError::invalid(
                "access_key_id",
                "the access key id is missing",
                "enter it together with its secret",
            )),
        }
    }
}

/// Credentials that were not tried yet, with what is kept of them.
pub(super) struct Untried {
    pub(super) credentials: Credentials,
    pub(super) access_key_id: AccessKeyId,
    pub(super) reference: Option<CredentialReference>,
}

impl Untried {
    pub(super) fn live(&self) -> LiveCredentials {
        LiveCredentials::new(self.credentials.clone())
    }
}

impl Service {
    /// Credentials at hand: those that were given, or those that a reference leads to.
    pub(super) async fn untried(
        &self,
        provider: Provider,
        given: GivenCredentials,
    ) -> Result<Untried, ServiceError> {
        Ok(match given {
            GivenCredentials::Key { access_key_id, secret, security_token } => Untried {
                credentials: Credentials {
                    access_key_id: access_key_id.as_str().to_owned(),
                    secret,
                    security_token,
                },
                access_key_id,
                reference: None,
            },
            GivenCredentials::Reference(reference) => {
                let taken = self.take(provider, &reference).await.map_err(at_field)?;
                Untried {
                    credentials: taken.credentials,
                    access_key_id: taken.access_key_id,
                    reference: Some(reference),
                }
            }
        })
    }

    /// What is kept sealed of them: nothing where a reference leads to them.
    pub(super) fn sealed(
        &self,
        id: &ConnectionId,
        of: &Untried,
    ) -> Result<Option<String>, ServiceError> {
        if of.reference.is_some() {
            return Ok(None);
        }
        let token = of.credentials.security_token.as_ref();
        let key = SealedKey {
            secret: of.credentials.secret.reveal().to_owned(),
            security_token: token.map(|token| token.reveal().to_owned()),
        };
        let text = serde_json::to_string(&key)
            .map_err(|error| ServiceError::Internal(format!("a key has no JSON form: {error}")))?;
        self.vault().seal(id.as_str(), &Secret::new(text)).map(Some)
    }
}

/// A reference that leads nowhere is the fault of whoever gave it, and of no cloud.
fn at_field(error: CloudError) -> ServiceError {
    match error {
        CloudError::CredentialsMissing { .. } => {
            ServiceError::invalid("credentials", chain(&error), error.hint())
        }
        error => error.into(),
    }
}
