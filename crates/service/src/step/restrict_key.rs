//! Lets one key be used from some addresses only, by the provider's own restriction of that key.

use claviger_model::{Kept, UserKey};
use claviger_respond::plan::restriction_document;

use super::{Ground, Proof, StepError, kept_document, same_document};

/// The restriction that stands.
pub(super) async fn before(ground: &Ground<'_>, key: &UserKey) -> Result<Kept, StepError> {
    let document = ground.cloud.key_restriction(&key.user_name, &key.access_key_id).await?;
    Ok(Kept::Document { document })
}

/// Restricts the key and asks what restricts it.
pub(super) async fn apply(
    ground: &Ground<'_>,
    key: &UserKey,
    addresses: &[String],
) -> Result<Proof, StepError> {
    set(ground, key, Some(&restriction_document(addresses))).await
}

/// Puts back what stood.
pub(super) async fn undo(
    ground: &Ground<'_>,
    key: &UserKey,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    set(ground, key, kept_document(kept)?).await
}

async fn set(
    ground: &Ground<'_>,
    key: &UserKey,
    document: Option<&str>,
) -> Result<Proof, StepError> {
    let (user, id) = (&key.user_name, &key.access_key_id);
    ground.cloud.set_key_restriction(user, id, document).await?;
    let now = ground.cloud.key_restriction(user, id).await?;
    let same = match (document, &now) {
        (Some(wanted), Some(now)) => same_document(wanted, now),
        (None, None) => true,
        _ => false,
    };
    let said = now.unwrap_or_else(|| "no restriction".to_owned());
    if same {
        return Ok(Proof::of(format!("GetAccessKeyPolicy of {id} answered {said}")));
    }
    Err(StepError::NotProved {
        expected: format!("{id} is restricted by {}", document.unwrap_or("nothing")),
        answer: said,
    })
}
