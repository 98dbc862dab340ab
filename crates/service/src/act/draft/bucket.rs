//! A refusal of the key's user by the policy of a bucket.

use claviger_model::{AccessKeyId, KeyUsage, Provider, RiskEvent, StepKind};
use claviger_respond::plan::bucket_deny_document;

use super::key::addresses_of;
use super::{Draft, conflict, owned};
use crate::step::{bucket_of, policy_with};
use crate::{Service, ServiceError};

impl Service {
    /// Adds to the policy that stands on the bucket; the key's user may be of another account.
    pub(super) async fn bucket_deny_draft(
        &self,
        event: &RiskEvent,
        usage: &KeyUsage,
        bucket: &str,
        (addresses, prefixes): (&[String], &[String]),
    ) -> Result<Draft, ServiceError> {
        let owned = owned(event)?;
        let user = &owned.key.user_name;
        let (connection_id, bucket) = self.bucket_place(event, bucket).await?;
        let (connection, store) = self.cloud(&connection_id).await?;
        let (_, accounts) = self.cloud(&owned.connection_id).await?;
        if connection.provider == Provider::Minio {
            return Err(conflict(
                "policies of MinIO's buckets speak of unsigned requests alone, and bind no user",
                "deny it to the user: `deny_policy` with `--prefix BUCKET/folder/`",
            ));
        }
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
        let principal = accounts.principal_of_user(user).await?;
        let whom = (bucket.name.as_str(), principal.as_str());
        let document = bucket_deny_document(connection.provider, whom, &addresses, &prefixes);
        let stands = store.bucket_policy(&bucket_of(&bucket)).await?;
        let whole = policy_with(stands.as_deref(), &document).ok_or_else(|| {
            conflict(
                format!("the policy that stands on {} is no JSON", bucket.name),
                "mend it in the provider's own console",
            )
        })?;
        let keys = accounts.keys_of_user(user).await?.into_iter().map(|key| key.access_key_id);
        let siblings: Vec<AccessKeyId> =
            keys.filter(|key| *key != owned.key.access_key_id).collect();
        Ok(Draft {
            connection_id,
            provider: connection.provider,
            user_name: owned.key.user_name,
            siblings,
            kinds: vec![StepKind::DenyInBucket { bucket, document, whole }],
        })
    }
}
