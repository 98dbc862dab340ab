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
}

impl StepError {
    /// The way out, in words.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Cloud(error) => error.hint(),
            Self::NotProved { .. } => {
                "look at the key in the provider's console, then confirm the plan again".to_owned()
            }
        }
    }

    /// Whether it may pass by itself.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(self, Self::Cloud(error) if error.is_retryable())
    }
}

/// Carries a step out and sees that it holds.
pub(crate) async fn apply(cloud: &dyn Cloud, kind: &StepKind) -> Result<Proof, StepError> {
    match kind {
        StepKind::DisableKey { access_key_id, user_name } => {
            disable_key::apply(cloud, user_name, access_key_id).await?;
            disable_key::verify(cloud, user_name, access_key_id, CloudKeyStatus::Inactive).await
        }
    }
}

/// Takes a step back and sees that it is.
pub(crate) async fn undo(cloud: &dyn Cloud, kind: &StepKind) -> Result<Proof, StepError> {
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
