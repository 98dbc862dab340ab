//! A refusal of the key's user by the policy of a bucket.

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{AccessKeyId, KeyUsage, Provider, RiskEvent, StepKind};
use claviger_respond::plan::bucket_deny_document;

use super::key::addresses_of;
use super::{Draft, conflict, owned};
use crate::gather::usage::account_of;
use crate::step::{bucket_of, policy_with};
use crate::{Service, ServiceError};

/// Whom the policy denies.
struct Denied {
    user_name: String,
    /// As the store's policies name the user.
    principal: String,
    /// The other keys of the user.
    siblings: Vec<AccessKeyId>,
}

impl Service {
    /// Adds to the policy that stands on the bucket; the key's user may be of another account.
    pub(super) async fn bucket_deny_draft(
        &self,
        event: &RiskEvent,
        usage: &KeyUsage,
        bucket: &str,
        (addresses, prefixes): (&[String], &[String]),
    ) -> Result<Draft, ServiceError> {
        let (connection_id, bucket) = self.bucket_place(event, bucket).await?;
        let (connection, store) = self.cloud(&connection_id).await?;
        if connection.provider == Provider::Minio {
            return Err(conflict(
                "policies of MinIO's buckets speak of unsigned requests alone, and bind no user",
                "deny it to the user: `deny_policy` with `--prefix BUCKET/folder/`",
            ));
        }
        let denied = self.denied(event, connection.provider, store.as_ref()).await?;
        let addresses = match (addresses, prefixes) {
            ([], [_, ..]) => Vec::new(),
            _ => addresses_of(usage, addresses)?,
        };
        let whole = |prefix: &String| match prefix.contains(['*', '?', '$']) {
            false => Ok(format!("{}/{prefix}", bucket.name)),
            true => Err(ServiceError::invalid(
                "prefixes",
                format!("`{prefix}` is no beginning of a name"),
                "write it as `folder/`, without the bucket and without `*`",
            )),
        };
        let prefixes: Vec<String> = prefixes.iter().map(whole).collect::<Result<_, _>>()?;
        let whom = (bucket.name.as_str(), denied.principal.as_str());
        let document = bucket_deny_document(connection.provider, whom, &addresses, &prefixes);
        let stands = store.bucket_policy(&bucket_of(&bucket)).await?;
        let whole = policy_with(stands.as_deref(), &document).ok_or_else(|| {
            conflict(
                format!("the policy that stands on {} is no JSON", bucket.name),
                "mend it in the provider's own console",
            )
        })?;
        Ok(Draft {
            connection_id,
            provider: connection.provider,
            user_name: denied.user_name,
            siblings: denied.siblings,
            kinds: vec![StepKind::DenyInBucket { bucket, document, whole }],
        })
    }

    /// The key's user by the account's inventory; in a store without one, by its own log.
    async fn denied(
        &self,
        event: &RiskEvent,
        provider: Provider,
        store: &dyn Cloud,
    ) -> Result<Denied, ServiceError> {
        let unknown = match owned(event) {
            Ok(owned) => {
                let (_, accounts) = self.cloud(&owned.connection_id).await?;
                let user_name = owned.key.user_name;
                let principal = accounts.principal_of_user(&user_name).await?;
                let keys = accounts.keys_of_user(&user_name).await?;
                let keys = keys.into_iter().map(|key| key.access_key_id);
                let siblings = keys.filter(|key| *key != owned.key.access_key_id).collect();
                return Ok(Denied { user_name, principal, siblings });
            }
            Err(unknown) => unknown,
        };
        let Some(key) = event.access_key_id.as_ref().filter(|_| provider == Provider::S3) else {
            return Err(unknown);
        };
        let Some(user_name) = account_of(self, key).await? else {
            return Err(conflict(
                format!("neither an inventory nor a log of the store names the user of {key}"),
                "let Claviger read the store's log (`docs/sources.md`)",
            ));
        };
        match store.principal_of_user(&user_name).await {
            Err(CloudError::Settings { why }) => {
                Err(conflict(why, "deny it in the store's own console"))
            }
            principal => {
                let principal = principal?;
                Ok(Denied { user_name, principal, siblings: Vec::new() })
            }
        }
    }
}
