//! The steps of plans: one file a step, with `before`, `apply` and `undo` beside each other.
//!
//! The only place from which a cloud is changed. Before a step acts it tells what stands, so that taking it
//! back restores exactly that; it may be applied and taken back again and again with the same result; and
//! it holds only once the provider, asked anew, says so.

mod await_deleted;
mod await_quiet;
mod await_time;
mod block_public_access;
mod create_key;
mod delete_key;
mod delete_object;
mod deny_in_bucket;
mod hand_over;
mod host_secret;
mod restrict_key;
mod rotate_secret;
mod set_acl;
mod set_key_status;
mod set_user_policy;
mod store_pair;

use std::time::Duration;

use claviger_cloud::{BucketRef, Cloud, CloudError};
use claviger_model::{
    AccessKeyId, BucketPlace, CloudKeyStatus, Kept, KeyStatus, Plan, Provider, Step, StepKind,
};
use claviger_store::assets;

use crate::job::check_key::keep_proved;
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

pub(crate) use create_key::seal_name;
pub(crate) use deny_in_bucket::with as policy_with;
pub(crate) use host_secret::seal_pairs;
pub(crate) use store_pair::stored_pair;

/// Where a step acts.
pub(crate) struct Ground<'a> {
    pub(crate) service: &'a Service,
    pub(crate) cloud: &'a dyn Cloud,
    /// The plan as it stands.
    pub(crate) plan: &'a Plan,
}

/// How far a step came.
pub(crate) enum Progress {
    /// It holds.
    Done(Proof),
    /// It goes on by itself, or waits for somebody.
    Held {
        /// For what.
        why: String,
        /// When to look again.
        look_after: Duration,
    },
}

/// What the provider answered when it was asked whether a step holds.
#[derive(Default)]
pub(crate) struct Proof {
    /// The answer in words.
    pub(crate) words: String,
    /// The key it is about, and the state it was seen in.
    pub(crate) key: Option<(AccessKeyId, KeyStatus)>,
    /// What the step keeps from now on, where that is more than what stood before.
    pub(crate) kept: Option<Kept>,
}

impl Proof {
    fn of(words: String) -> Self {
        Self { words, ..Self::default() }
    }

    fn of_key(words: String, key: &AccessKeyId, status: KeyStatus) -> Self {
        Self { words, key: Some((key.clone(), status)), kept: None }
    }
}

/// A step that was not carried out, or not seen to hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// The provider refused or was not reached.
    #[error("the provider did not carry it out")]
    Cloud(#[from] CloudError),
    /// The provider answered something else than what the step should have made.
    #[error("the provider was asked whether {expected}, and answered {answer}")]
    NotProved {
        /// What should hold.
        expected: String,
        /// What the provider says instead.
        answer: String,
    },
    /// Something stands in the way that only a person can judge.
    #[error("{message}")]
    InTheWay {
        /// What.
        message: String,
        /// The way out.
        hint: String,
    },
    /// Claviger's own state could not be read.
    #[error("what the step needs could not be read")]
    Own(#[from] ServiceError),
}

impl StepError {
    /// The way out, in words.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Cloud(error) => error.hint(),
            Self::NotProved { .. } => {
                "look at it in the provider's console, then confirm the plan again".to_owned()
            }
            Self::InTheWay { hint, .. } => hint.clone(),
            Self::Own(_) => "see the log of the service, then confirm the plan again".to_owned(),
        }
    }

    /// Whether it may pass by itself.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self, Self::Cloud(error) if error.is_retryable())
    }
}

/// What stands before a step acts.
pub(crate) async fn before(ground: &Ground<'_>, kind: &StepKind) -> Result<Kept, StepError> {
    match kind {
        StepKind::DisableKey(key) | StepKind::EnableKey(key) => {
            set_key_status::before(ground, key).await
        }
        StepKind::DeleteKey(key) => set_key_status::before(ground, key).await,
        StepKind::RestrictKey { key, .. } => restrict_key::before(ground, key).await,
        StepKind::SetUserPolicy { user_name, policy_name, .. } => {
            set_user_policy::before(ground, user_name, policy_name).await
        }
        StepKind::DenyInBucket { bucket, .. } => deny_in_bucket::before(ground, bucket).await,
        StepKind::SetBucketAcl { bucket, .. } => set_acl::before(ground, bucket, None).await,
        StepKind::SetObjectAcl { bucket, object, .. } => {
            set_acl::before(ground, bucket, Some(object)).await
        }
        StepKind::BlockPublicAccess { bucket } => {
            block_public_access::before(ground, bucket.as_ref()).await
        }
        StepKind::CreateKey { user_name, .. } => create_key::before(ground, user_name).await,
        StepKind::RotateSecret { secret_name, access_key_id, .. } => {
            rotate_secret::before(ground, secret_name, access_key_id).await
        }
        StepKind::HostSecret { user_name, .. } => host_secret::before(ground, user_name).await,
        StepKind::StorePair { secret_name, version_id, key } => {
            store_pair::before(ground, &store_pair::To { secret_name, version_id, key }).await
        }
        StepKind::AwaitQuiet { .. } | StepKind::AwaitTime { .. } => {
            Ok(Kept::Since { at: ground.service.now() })
        }
        StepKind::DeleteObject { .. } | StepKind::HandOver { .. } | StepKind::AwaitDeleted(_) => {
            Ok(Kept::Nothing)
        }
    }
}

/// Carries a step out and sees that it holds.
pub(crate) async fn apply(ground: &Ground<'_>, step: &Step) -> Result<Progress, StepError> {
    let proof = match &step.kind {
        StepKind::DisableKey(key) => {
            set_key_status::set(ground, key, CloudKeyStatus::Inactive).await
        }
        StepKind::EnableKey(key) => set_key_status::set(ground, key, CloudKeyStatus::Active).await,
        StepKind::DeleteKey(key) => delete_key::apply(ground, key).await,
        StepKind::RestrictKey { key, addresses, .. } => {
            restrict_key::apply(ground, key, addresses, step.kept.as_ref()).await
        }
        StepKind::SetUserPolicy { user_name, policy_name, document } => {
            set_user_policy::apply(ground, user_name, policy_name, document).await
        }
        StepKind::DenyInBucket { bucket, document, .. } => {
            deny_in_bucket::apply(ground, bucket, document).await
        }
        StepKind::SetBucketAcl { bucket, acl } => set_acl::apply(ground, bucket, None, *acl).await,
        StepKind::SetObjectAcl { bucket, object, acl } => {
            set_acl::apply(ground, bucket, Some(object), *acl).await
        }
        StepKind::BlockPublicAccess { bucket } => {
            block_public_access::apply(ground, bucket.as_ref()).await
        }
        StepKind::DeleteObject { bucket, object, versions } => {
            delete_object::apply(ground, bucket, object, versions).await
        }
        StepKind::CreateKey { user_name, in_place_of, .. } => {
            let kept = step.kept.as_ref();
            create_key::apply(ground, user_name, in_place_of.as_ref(), kept).await
        }
        StepKind::HostSecret { user_name, sealed, version_id } => {
            host_secret::apply(ground, user_name, sealed, version_id).await
        }
        StepKind::StorePair { secret_name, version_id, key } => {
            let to = store_pair::To { secret_name, version_id, key };
            store_pair::apply(ground, &to, step.kept.as_ref()).await
        }
        StepKind::HandOver { .. } => return Ok(hand_over::apply(ground)),
        StepKind::AwaitQuiet { quiet_seconds, .. } => {
            return await_quiet::apply(ground, *quiet_seconds, step.kept.as_ref()).await;
        }
        StepKind::AwaitTime { seconds } => {
            return Ok(await_time::apply(ground, *seconds, step.kept.as_ref()));
        }
        StepKind::RotateSecret { secret_name, version_id, access_key_id } => {
            return rotate_secret::apply(ground, secret_name, version_id, access_key_id).await;
        }
        StepKind::AwaitDeleted(key) => return await_deleted::apply(ground, key).await,
    };
    proof.map(Progress::Done)
}

/// Takes a step back and sees that what stood before stands again.
pub(crate) async fn undo(ground: &Ground<'_>, step: &Step) -> Result<Proof, StepError> {
    let kept = step.kept.as_ref();
    match &step.kind {
        StepKind::DisableKey(key) => {
            set_key_status::undo(ground, key, kept, CloudKeyStatus::Active).await
        }
        StepKind::EnableKey(key) => {
            set_key_status::undo(ground, key, kept, CloudKeyStatus::Inactive).await
        }
        StepKind::DeleteKey(key) => delete_key::undo(ground, key, kept).await,
        StepKind::RestrictKey { key, .. } => restrict_key::undo(ground, key, kept).await,
        StepKind::SetUserPolicy { user_name, policy_name, .. } => {
            set_user_policy::undo(ground, user_name, policy_name, kept).await
        }
        StepKind::DenyInBucket { bucket, document, .. } => {
            deny_in_bucket::undo(ground, bucket, document, kept).await
        }
        StepKind::SetBucketAcl { bucket, .. } => set_acl::undo(ground, bucket, None, kept).await,
        StepKind::SetObjectAcl { bucket, object, .. } => {
            set_acl::undo(ground, bucket, Some(object), kept).await
        }
        StepKind::BlockPublicAccess { bucket } => {
            block_public_access::undo(ground, bucket.as_ref(), kept).await
        }
        StepKind::CreateKey { user_name, .. } => create_key::undo(ground, user_name, kept).await,
        StepKind::HostSecret { user_name, .. } => host_secret::undo(ground, user_name).await,
        StepKind::StorePair { secret_name, version_id, key } => {
            let to = store_pair::To { secret_name, version_id, key };
            store_pair::undo(ground, &to, kept).await
        }
        StepKind::HandOver { .. }
        | StepKind::AwaitQuiet { .. }
        | StepKind::AwaitTime { .. }
        | StepKind::AwaitDeleted(_) => Ok(Proof::of("nothing was changed".to_owned())),
        StepKind::DeleteObject { .. } | StepKind::RotateSecret { .. } => Err(StepError::InTheWay {
            message: format!("`{}` cannot be taken back", step.title),
            hint: "see the plan for what else helps".to_owned(),
        }),
    }
}

/// Keeps what a proof says of a key, and has looked again at whatever the step changed.
pub(crate) async fn keep(
    ground: &Ground<'_>,
    kind: &StepKind,
    proof: &Proof,
) -> Result<(), ServiceError> {
    let service = ground.service;
    if let Some((key, status)) = &proof.key {
        keep_proved(service, key, *status, &proof.words).await?;
    }
    let connection_id = &ground.plan.connection_id;
    let again = match kind {
        StepKind::SetObjectAcl { bucket, object, .. }
        | StepKind::DeleteObject { bucket, object, .. } => {
            let mut reader = service.store().read().await?;
            let asset = assets::find(&mut reader, connection_id, &bucket.name).await?;
            let Some(asset) = asset else { return Ok(()) };
            Kind::CheckObject { asset_id: asset.id, object: object.clone() }
        }
        StepKind::SetBucketAcl { .. }
        | StepKind::DenyInBucket { .. }
        | StepKind::BlockPublicAccess { .. }
        | StepKind::CreateKey { .. } => Kind::Synchronize { connection_id: connection_id.clone() },
        _ => return Ok(()),
    };
    let mut tx = service.store().write().await?;
    enqueue(&mut tx, &again, service.now()).await?;
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}

/// How the cloud addresses a bucket of a plan.
pub(crate) fn bucket_of(place: &BucketPlace) -> BucketRef {
    BucketRef {
        name: place.name.clone(),
        region: place.region.clone(),
        endpoint: place.endpoint.clone(),
    }
}

/// The call that tells the keys of a user, as the provider names it.
fn listing(ground: &Ground<'_>) -> &'static str {
    match ground.cloud.provider() {
        Provider::Minio => "ListServiceAccounts",
        _ => "ListAccessKeys",
    }
}

/// A document that was kept; an error where the step kept none.
fn kept_document(kept: Option<&Kept>) -> Result<Option<&str>, StepError> {
    match kept {
        Some(Kept::Document { document }) => Ok(document.as_deref()),
        _ => Err(nothing_kept()),
    }
}

/// Nobody noted what stood before: it cannot be put back exactly.
fn nothing_kept() -> StepError {
    StepError::InTheWay {
        message: "the plan does not say what stood before".to_owned(),
        hint: "take it back in the provider's own console".to_owned(),
    }
}
