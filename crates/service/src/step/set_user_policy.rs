//! Binds a user by a policy of its own: every key of the user, since no provider has a condition on the id
//! of a key.

use claviger_model::Kept;
use claviger_respond::plan::CONFIRMED_AT;
use claviger_respond::policy::says_the_same;

use super::{Ground, Proof, StepError, kept_document};

/// The policy that stands under the name.
pub(super) async fn before(ground: &Ground<'_>, user: &str, name: &str) -> Result<Kept, StepError> {
    Ok(Kept::Document { document: ground.cloud.user_policy(user, name).await? })
}

/// Sets the policy and asks for it.
pub(super) async fn apply(
    ground: &Ground<'_>,
    user: &str,
    name: &str,
    document: &str,
) -> Result<Proof, StepError> {
    let confirmed_at = ground.plan.confirmed_at.unwrap_or(ground.plan.drafted_at);
    let second = confirmed_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    set(ground, user, name, Some(&document.replace(CONFIRMED_AT, &second))).await
}

/// Puts back what stood.
pub(super) async fn undo(
    ground: &Ground<'_>,
    user: &str,
    name: &str,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    set(ground, user, name, kept_document(kept)?).await
}

async fn set(
    ground: &Ground<'_>,
    user: &str,
    name: &str,
    document: Option<&str>,
) -> Result<Proof, StepError> {
    match document {
        Some(document) => ground.cloud.set_user_policy(user, name, document).await?,
        None => ground.cloud.remove_user_policy(user, name).await?,
    }
    let now = ground.cloud.user_policy(user, name).await?;
    let same = match (document, &now) {
        (Some(wanted), Some(now)) => says_the_same(wanted, now),
        (None, None) => true,
        _ => false,
    };
    if same {
        let said = if now.is_some() { "binds" } else { "no longer binds" };
        return Ok(Proof::of(format!("the provider says that {name} {said} {user}")));
    }
    Err(StepError::NotProved {
        expected: format!("{name} of {user} is as the plan has it"),
        answer: now.unwrap_or_else(|| "no such policy".to_owned()),
    })
}
