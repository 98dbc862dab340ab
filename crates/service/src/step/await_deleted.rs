//! Waits until the secret manager has deleted the old pair, at the end of the rotation's window.

use std::time::Duration;

use claviger_model::{KeyStatus, UserKey};

use super::{Ground, Progress, Proof, StepError};

/// A window lasts from ten minutes to two days.
const LOOK_AFTER: Duration = Duration::from_secs(15);

/// Asks whether the key is gone.
pub(super) async fn apply(ground: &Ground<'_>, key: &UserKey) -> Result<Progress, StepError> {
    let (user, id) = (&key.user_name, &key.access_key_id);
    Ok(match ground.cloud.key_status(user, id).await? {
        None => Progress::Done(Proof::of_key(
            format!("ListAccessKeys of {user} no longer names it"),
            id,
            KeyStatus::Deleted,
        )),
        Some(status) => Progress::Held {
            why: format!("{id} is {status:?} until the rotation's window ends"),
            look_after: ground.service.settings().key_check.min(LOOK_AFTER),
        },
    })
}
