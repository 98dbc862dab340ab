//! Deletes an access key. Where the provider has a recycle bin the key can be restored from it.

use claviger_model::{CloudKeyStatus, Kept, KeyStatus, Provider, UserKey};
use claviger_respond::plan::is_own_pair;

use super::{Ground, Proof, StepError, listing, set_key_status};

/// Deletes the key unless it is gone, and asks for it.
pub(super) async fn apply(ground: &Ground<'_>, key: &UserKey) -> Result<Proof, StepError> {
    let (user, id) = (&key.user_name, &key.access_key_id);
    if ground.cloud.provider() == Provider::Minio && is_own_pair(key) {
        takes_no_other(ground, key).await?;
    }
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

/// MinIO deletes the access keys of a user with the user: one that was made since the plan was drafted stops it.
async fn takes_no_other(ground: &Ground<'_>, key: &UserKey) -> Result<(), StepError> {
    let keys = ground.cloud.keys_of_user(&key.user_name).await?;
    let other = keys.into_iter().find(|one| one.access_key_id != key.access_key_id);
    other.map_or(Ok(()), |other| {
        Err(StepError::InTheWay {
            message: format!(
                "{} has the access key {}, which MinIO would delete with it",
                key.user_name, other.access_key_id
            ),
            hint: "disable the user, or delete that key first".to_owned(),
        })
    })
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
