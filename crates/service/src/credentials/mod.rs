//! Credentials that a connection takes by reference: read where they are each time a cloud is opened, so that
//! others in their place are taken up by themselves.

mod environment;
mod file;
mod profile;
pub(crate) mod renewal;
mod role;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use claviger_cloud::{CloudError, Credentials, LiveCredentials};
use claviger_model::{AccessKeyId, Connection, ConnectionId, CredentialReference, Provider};
use claviger_store::connections;

use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

/// What a reference leads to now.
pub(crate) struct Taken {
    pub(crate) credentials: Credentials,
    pub(crate) access_key_id: AccessKeyId,
    /// What is wrong with where they are.
    warning: Option<String>,
}

/// What connections took last; every cloud at work signs with it.
struct Followed {
    reference: CredentialReference,
    live: LiveCredentials,
    warning: Option<String>,
}

/// The references that are followed. In memory: after a restart they are followed anew.
#[derive(Default)]
pub(crate) struct References {
    followed: Mutex<HashMap<ConnectionId, Followed>>,
    roles: role::Roles,
}

impl References {
    fn map(&self) -> MutexGuard<'_, HashMap<ConnectionId, Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a connection that is gone or has other credentials.
    pub(crate) fn forget(&self, id: &ConnectionId) {
        self.map().remove(id);
    }

    /// Credentials were refused: those that are kept here are not trusted any more.
    pub(crate) async fn doubt(&self) {
        self.roles.forget().await;
    }

    /// Puts what was taken where clouds at work see it. What is wrong is logged once.
    fn keep(
        &self,
        id: &ConnectionId,
        reference: &CredentialReference,
        taken: Taken,
    ) -> LiveCredentials {
        let mut map = self.map();
        let before = map.get(id).filter(|followed| followed.reference == *reference);
        if let Some(warning) = &taken.warning
            && before.and_then(|followed| followed.warning.as_ref()) != Some(warning)
        {
            tracing::warn!(connection.id = %id, "credentials lie too open: {warning}");
        }
        let live = match before {
            Some(followed) => {
                followed.live.renew(taken.credentials);
                followed.live.clone()
            }
            None => LiveCredentials::new(taken.credentials),
        };
        let warning = taken.warning;
        let followed = Followed { reference: reference.clone(), live: live.clone(), warning };
        map.insert(id.clone(), followed);
        live
    }
}

impl Service {
    /// What is wrong with where a connection's credentials are; `None` while they were not taken yet.
    #[must_use]
    pub fn credentials_warning(&self, id: &ConnectionId) -> Option<String> {
        self.references().map().get(id).and_then(|followed| followed.warning.clone())
    }

    /// Takes the credentials that a reference leads to.
    pub(crate) async fn take(
        &self,
        provider: Provider,
        reference: &CredentialReference,
    ) -> Result<Taken, CloudError> {
        let settings = self.settings();
        let (credentials, warning) = match reference {
            CredentialReference::Environment { access_key_id, secret, security_token } => {
                let variables = environment::Variables {
                    access_key_id,
                    secret,
                    security_token: security_token.as_deref(),
                };
                let read = |name: &str| std::env::var(name).ok();
                (environment::take(&variables, &settings.credential_env, read)?, None)
            }
            CredentialReference::File { path, profile } => {
                let (path, profile) = (path.clone(), profile.clone());
                let folders = settings.credential_files.clone();
                let read = move || file::take(&path, profile.as_deref(), &folders);
                tokio::task::spawn_blocking(read).await.map_err(|fault| {
                    missing(format!("reading them broke: {fault}"), "try again".to_owned())
                })??
            }
            CredentialReference::Role { name } => {
                let which = (provider, name.clone());
                let (allowed, now) = (&settings.instance_role, self.now());
                let roles = &self.references().roles;
                (roles.take(which, allowed, self.guard(), now).await?, None)
            }
        };
        // Whatever stands there instead of an id is not repeated: it may be a secret in the wrong place.
        let parsed = AccessKeyId::parse(&credentials.access_key_id).ok();
        let access_key_id = parsed.filter(|_| !may_be_swapped(provider, &credentials));
        let access_key_id = access_key_id.ok_or_else(|| {
            let why = "what stands in the place of the access key id is none".to_owned();
            missing(why, "put the id first and the secret behind it".to_owned())
        })?;
        Ok(Taken { credentials, access_key_id, warning })
    }

    /// Follows the reference of a connection: what is there now is what every cloud of it signs with from now on.
    pub(crate) async fn follow(
        &self,
        connection: &mut Connection,
        reference: &CredentialReference,
    ) -> Result<LiveCredentials, ServiceError> {
        let taken = self.take(connection.provider, reference).await?;
        if connection.access_key_id.as_ref() != Some(&taken.access_key_id) {
            connection.access_key_id = Some(taken.access_key_id.clone());
            self.note_key(&connection.id, reference, &taken.access_key_id).await?;
        }
        Ok(self.references().keep(&connection.id, reference, taken))
    }

    /// Another key is signed with from now on: it is known as Claviger's own, and how it fares is asked at once.
    async fn note_key(
        &self,
        id: &ConnectionId,
        reference: &CredentialReference,
        key: &AccessKeyId,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let mut tx = self.store().write().await?;
        if !connections::set_key_of_reference(&mut tx, id, reference, key, now).await? {
            return Ok(());
        }
        enqueue(&mut tx, &Kind::Synchronize { connection_id: id.clone() }, now).await?;
        tx.commit().await?;
        tracing::info!(connection.id = %id, key.id = %key, "other credentials were taken up");
        self.wake_workers();
        self.tell_pages("connections");
        Ok(())
    }
}

/// Whether a provider's credentials can be taken so.
pub(crate) fn fits(
    provider: Provider,
    reference: &CredentialReference,
) -> Result<(), ServiceError> {
    let refused =
        |message: String, hint: &str| Err(ServiceError::invalid("credentials", message, hint));
    match (provider, reference) {
        (Provider::Folder, _) => {
            refused("a folder needs no credentials".to_owned(), "leave `credentials` out")
        }
        (Provider::S3 | Provider::Minio, CredentialReference::Role { .. }) => refused(
            format!("{} gives its machines no role", provider.title()),
            "use `env:` or `file:`; a machine's role is one of `aliyun` or `aws`",
        ),
        _ => Ok(()),
    }
}

/// How ids of keys begin that Alibaba Cloud and AWS make (AWS: "Unique identifiers"; RAM: "AccessKey pair").
const ID_PREFIXES: [&str; 5] = ["LTAI", "STS.", "TMP.", "AKIA", "ASIA"];

/// How long their secrets are: 30 characters of Alibaba Cloud, 40 of AWS.
const SECRET_LENGTHS: [usize; 2] = [30, 40];

/// Whether a secret seems to stand in the place of the id: the secret looks like an id, or the id is none of these
/// providers' and as long as their secrets.
fn may_be_swapped(provider: Provider, credentials: &Credentials) -> bool {
    let begins_id = |text: &str| ID_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
    let id = credentials.access_key_id.as_str();
    let has_form = matches!(provider, Provider::Aliyun | Provider::Aws);
    let is_odd = has_form && !begins_id(id) && SECRET_LENGTHS.contains(&id.len());
    is_odd || (begins_id(credentials.secret.reveal()) && !begins_id(id))
}

fn missing(why: String, hint: String) -> CloudError {
    CloudError::CredentialsMissing { why, hint, source: None }
}

#[cfg(test)]
mod tests {
    use claviger_model::Secret;

    use super::*;

    #[test]
    fn a_secret_in_the_place_of_the_id_is_known_by_its_looks() {
        let aws = "Made/Up+Secret+With+Forty+Characters+000";
        let aliyun = "MadeUpSecretOfThirtyCharacters";
        for (provider, id, secret, expected) in [
            (Provider::Aliyun, "LTAI5tExampleKeyOfTests1", aliyun, false),
            (Provider::Aliyun, aliyun, "LTAI5tExampleKeyOfTests1", true),
            (Provider::Aliyun, "0123456789abcdef", aliyun, false),
            (Provider::Aws, "AKIAEXAMPLEKEYOFTEST", aws, false),
            (Provider::Aws, aws, "eu-west-1", true),
            (Provider::S3, "any-name-that-is-forty-characters-long-x", "made up", false),
            (Provider::S3, "made up", "AKIAEXAMPLEKEYOFTEST", true),
        ] {
            let secret = Secret::new(secret.to_owned());
            let credentials =
                Credentials { access_key_id: id.to_owned(), secret, security_token: None };
            assert_eq!(may_be_swapped(provider, &credentials), expected, "{provider:?} {id}");
        }
    }
}
