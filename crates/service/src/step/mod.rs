//! The steps of plans: one file a step, with `apply`, `verify` and `undo` beside each other.
//!
//! The only place from which a cloud is changed.

mod disable_key;

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{AccessKeyId, CloudKeyStatus, StepKind};

use crate::job::check_key::keep_proved;
use crate::{Service, ServiceError};

/// What the provider answered when it was asked whether a step holds.
pub(crate) struct Proof {
    /// The answer in words.
    pub(crate) words: String,
    /// The key it is about, and the state it was seen in.
    pub(crate) key: (AccessKeyId, CloudKeyStatus),
}

/// Carries a step out and sees that it holds.
pub(crate) async fn apply(cloud: &dyn Cloud, kind: &StepKind) -> Result<Proof, CloudError> {
    match kind {
        StepKind::DisableKey { access_key_id, user_name } => {
            disable_key::apply(cloud, user_name, access_key_id).await?;
            disable_key::verify(cloud, user_name, access_key_id, CloudKeyStatus::Inactive).await
        }
    }
}

/// Takes a step back and sees that it is.
pub(crate) async fn undo(cloud: &dyn Cloud, kind: &StepKind) -> Result<Proof, CloudError> {
    match kind {
        StepKind::DisableKey { access_key_id, user_name } => {
            disable_key::undo(cloud, user_name, access_key_id).await?;
            disable_key::verify(cloud, user_name, access_key_id, CloudKeyStatus::Active).await
        }
    }
}

/// Keeps what a proof says.
pub(crate) async fn keep(service: &Service, proof: &Proof) -> Result<(), ServiceError> {
    keep_proved(service, &proof.key.0, proof.key.1, &proof.words).await
}
