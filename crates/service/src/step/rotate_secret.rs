//! Has the provider's secret manager replace a pair. It makes the new one on its own time; the rotation is
//! asked for under one version, so that asking twice is asking once.

use std::time::Duration;

use claviger_model::{AccessKeyId, Kept};

use super::{Ground, Progress, Proof, StepError};

/// A new pair is there within seconds.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// The secret must hand out the key that is to go: another one was rotated already.
pub(super) async fn before(
    ground: &Ground<'_>,
    secret: &str,
    key: &AccessKeyId,
) -> Result<Kept, StepError> {
    let user = secret.rsplit('/').next().unwrap_or(secret);
    let managed = ground.cloud.managed_secret(user).await?;
    match managed.and_then(|managed| managed.current) {
        Some(current) if current == *key => Ok(Kept::Nothing),
        other => Err(StepError::InTheWay {
            message: format!(
                "{secret} hands out {}, not {key}",
                other.map_or_else(|| "nothing".to_owned(), |id| id.to_string())
            ),
            hint: "the key was rotated already, or is not hosted: disable it instead".to_owned(),
        }),
    }
}

/// Asks for the rotation and whether the new pair is handed out.
pub(super) async fn apply(
    ground: &Ground<'_>,
    secret: &str,
    version: &str,
    key: &AccessKeyId,
) -> Result<Progress, StepError> {
    ground.cloud.rotate_secret(secret, version).await?;
    let user = secret.rsplit('/').next().unwrap_or(secret);
    let managed = ground.cloud.managed_secret(user).await?;
    let current = managed.filter(|managed| managed.current_version.as_deref() == Some(version));
    Ok(match current.and_then(|managed| managed.current).filter(|current| current != key) {
        Some(current) => {
            let words = format!("GetSecretValue of {secret} hands out {current}");
            Progress::Done(Proof::of(words))
        }
        None => Progress::Held {
            why: format!("KMS is making the new pair of {secret}"),
            look_after: ground.service.settings().key_check.min(LOOK_AFTER),
        },
    })
}
