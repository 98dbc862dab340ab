//! What changed about a key's alarms.

use std::hash::{DefaultHasher, Hash, Hasher};

use claviger_model::Alarm;
use claviger_watch::Standing;

/// What changed about a key's alarms.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Change {
    /// Alarms that stand and did not.
    pub(crate) raised: Vec<Standing>,
    /// Alarms that stood and say something else: what came late is part of them.
    pub(crate) altered: Vec<Standing>,
    /// Names of alarms that stood and do no longer.
    pub(crate) withdrawn: Vec<String>,
}

/// What an alarm says, as a number. Scores that differ by how they were written down are the same.
pub(crate) fn content(alarm: &Alarm) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{:.6}", alarm.score).hash(&mut hasher);
    (&alarm.families, &alarm.reasons, &alarm.event_ids).hash(&mut hasher);
    (alarm.bytes_out, &alarm.sources).hash(&mut hasher);
    hasher.finish()
}
