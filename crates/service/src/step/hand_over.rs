//! Waits until a person has taken the new pair: from then on the old one can go.

use std::time::Duration;

use claviger_model::Kept;

use super::{Ground, Progress, Proof};

/// Whoever takes the pair wakes the plan; this is only in case that is lost.
const LOOK_AFTER: Duration = Duration::from_secs(600);

/// Whether the pair of this plan was taken.
pub(super) fn apply(ground: &Ground<'_>) -> Progress {
    let waits = ground.plan.steps.iter().find_map(|step| match &step.kept {
        Some(Kept::Keys { made: Some(made), .. }) if made.sealed.is_some() => {
            Some(&made.access_key_id)
        }
        _ => None,
    });
    match waits {
        Some(key) => Progress::Held {
            why: format!(
                "the new pair {key} waits to be taken: `claviger plan take {}`",
                ground.plan.id
            ),
            look_after: LOOK_AFTER,
        },
        None => Progress::Done(Proof::of("the new pair was taken".to_owned())),
    }
}
