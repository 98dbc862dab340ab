//! Which steps an action takes: what a person asked for, joined with what stands at the provider.

mod bucket;
mod key;
mod storage;

use claviger_cloud::CloudError;
use claviger_model::{
    AccessKeyId, Ask, CloudKeyStatus, ConnectionId, KeyStatus, KeyUsage, PlanId, Provider,
    RiskEvent, StepKind, UserKey,
};

use crate::{Service, ServiceError};
use key::Asked;

/// What a plan is drafted from.
pub(super) struct Draft {
    pub(super) connection_id: ConnectionId,
    pub(super) provider: Provider,
    pub(super) user_name: String,
    pub(super) siblings: Vec<AccessKeyId>,
    pub(super) kinds: Vec<StepKind>,
}

/// The key of an event with whose it is.
struct Owned {
    connection_id: ConnectionId,
    key: UserKey,
}

fn conflict(message: impl Into<String>, hint: &str) -> ServiceError {
    ServiceError::Conflict { message: message.into(), hint: hint.to_owned() }
}

impl Service {
    /// The steps of what was asked for.
    ///
    /// # Errors
    /// Nobody knows whose the key is, the provider cannot do it, or there is nothing to do.
    pub(super) async fn steps_of(
        &self,
        event: &RiskEvent,
        usage: &KeyUsage,
        plan_id: &PlanId,
        ask: &Ask,
    ) -> Result<Draft, ServiceError> {
        match ask {
            Ask::BucketAcl { bucket, acl } => {
                let (connection_id, bucket) = self.bucket_place(event, bucket).await?;
                let kind = StepKind::SetBucketAcl { bucket, acl: *acl };
                self.storage_draft(connection_id, kind).await
            }
            Ask::BlockPublicAccess { bucket } => {
                let (connection_id, bucket) = self.bucket_place(event, bucket).await?;
                let kind = StepKind::BlockPublicAccess { bucket: Some(bucket) };
                self.storage_draft(connection_id, kind).await
            }
            Ask::BlockAccountPublicAccess => {
                let connection_id = self.store_of(event).await?;
                let draft =
                    self.storage_draft(connection_id, StepKind::BlockPublicAccess { bucket: None });
                let draft = draft.await?;
                if !matches!(draft.provider, Provider::Aliyun | Provider::Aws) {
                    return Err(conflict(
                        format!("{} has no account that could be blocked", draft.provider.title()),
                        "block public access bucket by bucket",
                    ));
                }
                Ok(draft)
            }
            Ask::ObjectAcl { bucket, object, acl } => {
                let (connection_id, bucket) = self.bucket_place(event, bucket).await?;
                let object = object.clone();
                let kind = StepKind::SetObjectAcl { bucket, object, acl: *acl };
                self.storage_draft(connection_id, kind).await
            }
            Ask::DeleteFile { bucket, object } => {
                let (connection_id, place) = self.bucket_place(event, bucket).await?;
                let (_, cloud) = self.cloud(&connection_id).await?;
                let versions = self.leaking_versions(cloud.as_ref(), event, &place, object).await?;
                let object = object.clone();
                let kind = StepKind::DeleteObject { bucket: place, object, versions };
                self.storage_draft(connection_id, kind).await
            }
            Ask::DenyBucket { bucket, addresses, prefixes } => {
                self.bucket_deny_draft(event, usage, bucket, (addresses, prefixes)).await
            }
            _ => self.key_draft(event, usage, plan_id, ask).await,
        }
    }

    async fn storage_draft(
        &self,
        connection_id: ConnectionId,
        kind: StepKind,
    ) -> Result<Draft, ServiceError> {
        let provider = self.connection(&connection_id).await?.provider;
        // MinIO answers to lists as if each were private, and means nothing by it.
        let opens_and_closes = matches!(
            kind,
            StepKind::SetBucketAcl { .. }
                | StepKind::SetObjectAcl { .. }
                | StepKind::BlockPublicAccess { .. }
        );
        if provider == Provider::Minio && opens_and_closes {
            return Err(conflict(
                "MinIO has no lists and no blocks: what is public there is so by the bucket's policy",
                "take the policy back: `mc anonymous set none ALIAS/BUCKET`",
            ));
        }
        let (user_name, siblings) = (String::new(), Vec::new());
        Ok(Draft { connection_id, provider, user_name, siblings, kinds: vec![kind] })
    }

    async fn key_draft(
        &self,
        event: &RiskEvent,
        usage: &KeyUsage,
        plan_id: &PlanId,
        ask: &Ask,
    ) -> Result<Draft, ServiceError> {
        let owned = owned(event)?;
        let (connection, cloud) = self.cloud(&owned.connection_id).await?;
        let id = &owned.key.access_key_id;
        let (keys, status) = match cloud.keys_of_user(&owned.key.user_name).await {
            // Whoever may not list keys may still be allowed to stop one: what is known must do. But a
            // user of MinIO takes its access keys with it, and they must be known.
            Err(CloudError::Denied(_))
                if matches!(ask, Ask::Disable | Ask::Enable)
                    || matches!(ask, Ask::Delete) && connection.provider != Provider::Minio =>
            {
                (Vec::new(), known_status(event))
            }
            keys => {
                let keys = keys?;
                let status = keys.iter().find(|key| key.access_key_id == *id);
                let status = status.map(|key| key.status);
                (keys, status)
            }
        };
        fits(ask, status)?;
        let siblings: Vec<AccessKeyId> =
            keys.into_iter().map(|key| key.access_key_id).filter(|key| key != id).collect();
        let asked = Asked {
            cloud: cloud.as_ref(),
            provider: connection.provider,
            key: &owned.key,
            siblings: &siblings,
            usage,
            plan_id,
        };
        let kinds = asked.kinds(self, ask).await?;
        Ok(Draft {
            connection_id: owned.connection_id,
            provider: connection.provider,
            user_name: owned.key.user_name,
            siblings,
            kinds,
        })
    }
}

/// Whose key the event is about.
fn owned(event: &RiskEvent) -> Result<Owned, ServiceError> {
    let owner = event.connection_id.clone().zip(event.account.clone());
    let Some((connection_id, user_name)) = owner else {
        return Err(conflict(
            format!("no connection's account lists the key {}", event.subject),
            "connect the account it belongs to with the right `ram:ListAccessKeys`, then \
             synchronize; or disable it in the provider's own console",
        ));
    };
    let access_key_id = match &event.access_key_id {
        Some(key) => key.clone(),
        None => AccessKeyId::parse(&event.subject).map_err(|_| {
            conflict("the risk event names no access key", "choose an action on its storage")
        })?,
    };
    Ok(Owned { connection_id, key: UserKey { access_key_id, user_name } })
}

/// What was last seen of the key; one that nobody could ask about may be active.
fn known_status(event: &RiskEvent) -> Option<CloudKeyStatus> {
    match event.key_state.status {
        KeyStatus::Active | KeyStatus::Unknown => Some(CloudKeyStatus::Active),
        KeyStatus::Inactive => Some(CloudKeyStatus::Inactive),
        KeyStatus::Rotated | KeyStatus::Deleted => None,
    }
}

/// Whether an action makes sense for a key as it is now.
fn fits(ask: &Ask, status: Option<CloudKeyStatus>) -> Result<(), ServiceError> {
    let nothing = |status: &str, hint: &str| Err(conflict(format!("the key is {status}"), hint));
    match (ask, status) {
        (_, None) => nothing("Deleted already", "nothing is left to do with it"),
        (Ask::Disable, Some(CloudKeyStatus::Inactive)) => {
            nothing("Inactive already", "nothing is left to disable")
        }
        (Ask::Enable, Some(CloudKeyStatus::Active)) => {
            nothing("Active already", "nothing is left to enable")
        }
        _ => Ok(()),
    }
}
