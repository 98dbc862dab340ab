//! Disables an access key at its provider. Setting a key inactive that is inactive changes nothing, so
//! the step may run twice.

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{AccessKeyId, CloudKeyStatus};

use super::{Proof, StepError};

/// Sets the key inactive.
pub(super) async fn apply(
    cloud: &dyn Cloud,
    user_name: &str,
    key: &AccessKeyId,
) -> Result<(), CloudError> {
    cloud.set_key_status(user_name, key, CloudKeyStatus::Inactive).await
}

/// Asks the provider what the key is now; only the expected answer is a proof.
pub(super) async fn verify(
    cloud: &dyn Cloud,
    user_name: &str,
    key: &AccessKeyId,
    expected: CloudKeyStatus,
) -> Result<Proof, StepError> {
    let status = cloud.key_status(user_name, key).await?;
    match status {
        Some(status) if status == expected => Ok(Proof {
            words: format!("ListAccessKeys of {user_name} answered {status:?}"),
            key: (key.clone(), status),
        }),
        other => Err(StepError::NotProved {
            expected: format!("{key} is {expected:?}"),
            answer: other.map_or_else(|| "no such key".to_owned(), |status| format!("{status:?}")),
        }),
    }
}

/// Sets the key active again.
pub(super) async fn undo(
    cloud: &dyn Cloud,
    user_name: &str,
    key: &AccessKeyId,
) -> Result<(), CloudError> {
    cloud.set_key_status(user_name, key, CloudKeyStatus::Active).await
}
