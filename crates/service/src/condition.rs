//! What is wrong with the installation right now, for the health page and the console's banner.
//!
//! A warning is told in the same places, but the installation does its work: whoever asks whether to send it
//! requests is told that it does.
//!
//! Lives in memory on purpose: a full disk must be told although nothing can be written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::{Service, ServiceError, chain};

/// How much a condition matters to the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// The work goes on as it is meant to; somebody should act before it does not.
    Warning,
    /// It keeps the installation from its work.
    Failing,
}

impl Gravity {
    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Failing => "failing",
        }
    }
}

/// Something that keeps the installation from its work, or is about to.
#[derive(Debug, Clone, Serialize)]
pub struct Condition {
    /// Where it was met: a job's kind, or `database`.
    pub place: String,
    /// A stable word: `disk_full`, `database`, …
    pub code: String,
    /// How much it matters.
    pub gravity: Gravity,
    /// What happens, in words.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// The conditions by place: at most one a place, so the list is short whatever happens.
#[derive(Default)]
pub(crate) struct Conditions(Mutex<BTreeMap<String, Condition>>);

impl Conditions {
    fn map(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Condition>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a place cannot do its work; keeps the instant when that began.
    pub(crate) fn set(&self, place: &str, error: &ServiceError, now: Timestamp) {
        let mut map = self.map();
        let since = map.get(place).filter(|old| old.code == error.code()).map(|old| old.since);
        map.insert(
            place.to_owned(),
            Condition {
                place: place.to_owned(),
                code: error.code().to_owned(),
                gravity: Gravity::Failing,
                message: chain(error),
                hint: error.hint(),
                since: since.unwrap_or(now),
            },
        );
    }

    /// Notes what no error of this layer says.
    pub(crate) fn say(&self, condition: Condition) {
        self.map().insert(condition.place.clone(), condition);
    }

    /// Notes that a place works again.
    pub(crate) fn clear(&self, place: &str) {
        self.map().remove(place);
    }
}

impl Service {
    /// What is wrong with the installation right now; empty when all is well.
    #[must_use]
    pub fn conditions_now(&self) -> Vec<Condition> {
        self.conditions().map().values().cloned().collect()
    }
}
