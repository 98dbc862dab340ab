//! Disables or enables an access key at its provider. Setting what already holds changes nothing, so the
//! step may run twice; it names one key, and the user's other keys stay as they are.

use claviger_model::{CloudKeyStatus, Kept, UserKey};

use super::{Ground, Proof, StepError, listing};
use crate::gather::risk_event::key_status;

/// What the provider says of the key; a key that is gone cannot be set.
pub(super) async fn before(ground: &Ground<'_>, key: &UserKey) -> Result<Kept, StepError> {
    match ground.cloud.key_status(&key.user_name, &key.access_key_id).await? {
        Some(status) => Ok(Kept::KeyStatus { status }),
        None => Err(StepError::InTheWay {
            message: format!("{} has no key {} any more", key.user_name, key.access_key_id),
            hint: "nothing is left to do with it".to_owned(),
        }),
    }
}

/// Sets the key and asks the provider what it is now; only the expected answer is a proof.
pub(super) async fn set(
    ground: &Ground<'_>,
    key: &UserKey,
    wanted: CloudKeyStatus,
) -> Result<Proof, StepError> {
    let (user, id) = (&key.user_name, &key.access_key_id);
    ground.cloud.set_key_status(user, id, wanted).await?;
    match ground.cloud.key_status(user, id).await? {
        Some(status) if status == wanted => Ok(Proof::of_key(
            format!("{} of {user} answered {status:?}", listing(ground)),
            id,
            key_status(status),
        )),
        other => Err(StepError::NotProved {
            expected: format!("{id} is {wanted:?}"),
            answer: other.map_or_else(|| "no such key".to_owned(), |status| format!("{status:?}")),
        }),
    }
}

/// Sets the key to what it was; `otherwise` where nobody noted that.
pub(super) async fn undo(
    ground: &Ground<'_>,
    key: &UserKey,
    kept: Option<&Kept>,
    otherwise: CloudKeyStatus,
) -> Result<Proof, StepError> {
    let status = match kept {
        Some(Kept::KeyStatus { status }) => *status,
        _ => otherwise,
    };
    set(ground, key, status).await
}
