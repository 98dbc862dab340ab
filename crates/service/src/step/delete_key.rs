//! Deletes an access key. Where the provider has a recycle bin the key can be restored from it.

use claviger_model::{CloudKeyStatus, Kept, KeyStatus, UserKey};

use super::{Ground, Proof, StepError, listing, set_key_status};

/// Deletes the key unless it is gone, and asks for it.
pub(super) async fn apply(ground: &Ground<'_>, key: &UserKey) -> Result<Proof, StepError> {
    let (user, id) = (&key.user_name, &key.access_key_id);
    if ground.cloud.key_status(user, id).await?.is_some() {
        ground.cloud.delete_key(user, id).await?;
    }
    match ground.cloud.key_status(user, id).await? {
        None => Ok(Proof::of_key(
            format!("{} of {user} no longer names it", listing(ground)),
            id,
            KeyStatus::Deleted,
        )),
        Some(status) => Err(StepError::NotProved {
            expected: format!("{id} is deleted"),
            answer: format!("{status:?}"),
        }),
    }
}

/// Restores the key, which comes back disabled, and sets it to what it was.
pub(super) async fn undo(
    ground: &Ground<'_>,
    key: &UserKey,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let (user, id) = (&key.user_name, &key.access_key_id);
    if ground.cloud.key_status(user, id).await?.is_none() {
        if !ground.cloud.is_recycled(user, id).await? {
            return Err(StepError::InTheWay {
                message: format!("the recycle bin holds no {id} of {user}"),
                hint: "it is deleted for good: make a new key in its place".to_owned(),
            });
        }
        ground.cloud.restore_key(user, id).await?;
    }
    set_key_status::undo(ground, key, kept, CloudKeyStatus::Inactive).await
}
