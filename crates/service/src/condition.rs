//! What is wrong with the installation right now, for the health page and the console's banner.
//!
//! Lives in memory on purpose: a full disk must be told although nothing can be written.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::{Service, ServiceError, chain};

/// Something that keeps the installation from its work.
#[derive(Debug, Clone, Serialize)]
pub struct Condition {
    /// Where it was met: a job's kind, or `database`.
    pub place: String,
    /// A stable word: `disk_full`, `database`, …
    pub code: String,
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
