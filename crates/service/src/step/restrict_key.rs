//! Lets one key be used from some addresses only, by the provider's own restriction of that key: with MinIO the
//! policy of that key alone, which keeps what stood in it.

use claviger_model::{Kept, Provider, UserKey};
use claviger_respond::plan::{own_policy_document, restriction_document};
use claviger_respond::policy::says_the_same;

use super::{Ground, Proof, StepError, kept_document};

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
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let document = match ground.cloud.provider() {
        Provider::Minio => own_policy_document(kept_document(kept)?, addresses),
        _ => restriction_document(addresses),
    };
    set(ground, key, Some(&document)).await
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
        (Some(wanted), Some(now)) => says_the_same(wanted, now),
        (None, None) => true,
        _ => false,
    };
    let said = now.unwrap_or_else(|| "no restriction".to_owned());
    if same {
        let call = match ground.cloud.provider() {
            Provider::Minio => "InfoServiceAccount",
            _ => "GetAccessKeyPolicy",
        };
        return Ok(Proof::of(format!("{call} of {id} answered {said}")));
    }
    Err(StepError::NotProved {
        expected: format!("{id} is restricted by {}", document.unwrap_or("nothing")),
        answer: said,
    })
}
