//! Waits until no good source uses the old key any more: the history says when one last did. What a thief
//! does with it is no reason to keep it.

use std::time::Duration;

use claviger_model::Kept;
use jiff::SignedDuration;

use super::{Ground, Progress, Proof, StepError, nothing_kept};

/// How often the history is asked at least.
const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Looks when a source known from before the leak last used the key with success.
pub(super) async fn apply(
    ground: &Ground<'_>,
    quiet_seconds: u32,
    kept: Option<&Kept>,
) -> Result<Progress, StepError> {
    let Some(Kept::Since { at: begun }) = kept else { return Err(nothing_kept()) };
    let event = ground.service.risk_event(&ground.plan.risk_event_id).await?;
    let usage = ground.service.usage_of(&event).await?;
    let good = usage.sources.iter().filter(|source| source.before_leak && source.allowed > 0);
    let last = good.max_by_key(|source| source.last_at).filter(|source| source.last_at > *begun);
    let since = last.map_or(*begun, |source| source.last_at);
    let quiet = SignedDuration::from_secs(quiet_seconds.into());
    let left = quiet.saturating_sub(ground.service.now().duration_since(since));
    let used = match last {
        Some(source) => format!("last used by {} at {}", source.source_ip, source.last_at),
        None => format!("not used by any source known from before the leak since {begun}"),
    };
    if !left.is_positive() {
        return Ok(Progress::Done(Proof::of(used)));
    }
    let look_after = left.min(LOOK_AFTER).max(SignedDuration::from_millis(100));
    Ok(Progress::Held {
        why: format!("{used}; it goes on after {quiet_seconds} s without use"),
        look_after: Duration::try_from(look_after).unwrap_or_default(),
    })
}
