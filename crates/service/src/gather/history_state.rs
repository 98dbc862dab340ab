//! What a person should know of the history itself: its size, and what of it was lost.

use claviger_history::{Damage, DroppedDays};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::condition::{Condition, Gravity};
use crate::{Service, ServiceError};

/// The history in numbers.
#[derive(Debug, Clone)]
pub struct HistoryState {
    /// Bytes of all its files.
    pub bytes: u64,
    /// Days that it holds.
    pub days: u64,
    /// Files that were damaged or could not be read, until somebody forgets them.
    pub damage: Vec<Damage>,
}

/// What to tell of files of the history that could not be read; `None` where there are none.
fn damaged(damage: &[Damage], now: Timestamp) -> Option<Condition> {
    let first = damage.first()?;
    let more = match damage.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let days = match (first.first_day, first.last_day) {
        (Some(first), Some(last)) if first == last => format!(" of {first}"),
        (Some(first), Some(last)) => format!(" of {first} to {last}"),
        _ => String::new(),
    };
    let place = first.moved_to.as_ref().unwrap_or(&first.file);
    Some(Condition {
        place: "history".to_owned(),
        code: "history_damaged".to_owned(),
        gravity: Gravity::Failing,
        message: format!(
            "events{days} may be missing: the file `{}` of the history could not be read: {}{more}",
            first.file.display(),
            first.why
        ),
        hint: Some(format!(
            "it lies in `history/{}` of the data folder; the rest is read and written as ever; once you \
             know it, `claviger history forget-damage` ends this",
            place.display()
        )),
        since: now,
    })
}

impl Service {
    /// What is to be told of the history's own state.
    pub(crate) async fn history_conditions(&self) -> Result<Option<Condition>, ServiceError> {
        let (history, now) = (self.history().clone(), self.now());
        let read = tokio::task::spawn_blocking(move || history.damage());
        let damage = read.await.map_err(|error| {
            ServiceError::Internal(format!("the history was not read: {error}"))
        })??;
        Ok(damaged(&damage, now))
    }

    /// The days since an instant that are no longer kept: what was done in them is not told.
    pub(crate) async fn days_not_kept(
        &self,
        since: Option<Timestamp>,
    ) -> Result<Vec<DroppedDays>, ServiceError> {
        let history = self.history().clone();
        let read = tokio::task::spawn_blocking(move || history.dropped());
        let mut dropped = read.await.map_err(|error| {
            ServiceError::Internal(format!("the history was not read: {error}"))
        })??;
        let first = since.map(|since| TimeZone::UTC.to_datetime(since).date());
        dropped.retain(|days| first.is_none_or(|first| first <= days.last));
        Ok(dropped)
    }

    /// The history in numbers.
    ///
    /// # Errors
    /// Its folder cannot be listed.
    pub async fn history_state(&self) -> Result<HistoryState, ServiceError> {
        let history = self.history().clone();
        let read = tokio::task::spawn_blocking(move || {
            Ok(HistoryState {
                bytes: history.bytes()?,
                days: history.days()?.len() as u64,
                damage: history.damage()?,
            })
        });
        read.await
            .map_err(|error| ServiceError::Internal(format!("the history was not read: {error}")))?
    }
}
