//! Waits, so that what still needs the old key shows before it is gone.

use std::time::Duration;

use claviger_model::Kept;
use jiff::SignedDuration;

use super::{Ground, Progress, Proof};

/// Whether the time is over.
pub(super) fn apply(ground: &Ground<'_>, seconds: u32, kept: Option<&Kept>) -> Progress {
    let now = ground.service.now();
    let begun = match kept {
        Some(Kept::Since { at }) => *at,
        _ => now,
    };
    let left = SignedDuration::from_secs(seconds.into()).saturating_sub(now.duration_since(begun));
    if !left.is_positive() {
        return Progress::Done(Proof::of(format!("{seconds} s have passed since {begun}")));
    }
    Progress::Held {
        why: format!("waits {} s more", left.as_secs()),
        look_after: Duration::try_from(left).unwrap_or_default(),
    }
}
