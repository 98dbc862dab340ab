//! Forgets whole days: by age, or to keep within so many bytes. Nothing is dropped silently: the manifest
//! remembers which days were.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::manifest::FileEntry;
use crate::moment::Moment;
use crate::state::{State, locked};
use crate::{Damage, HistoryError};

/// Which days go where all take more room than they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtLimit {
    /// The oldest, until the others fit. The present day stays.
    #[default]
    DropOldest,
    /// The newest that are over: what was recorded before stays, and no day is added to it. The present day
    /// and the one before stay, since what goes on is judged by them.
    StopRecording,
}

/// How much room the history may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes of all days together.
    pub bytes: u64,
    /// What happens there.
    pub at_limit: AtLimit,
}

/// Days in a row that are no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedDays {
    /// The first of them.
    pub first: Date,
    /// The last of them.
    pub last: Date,
}

impl fmt::Display for DroppedDays {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(out, "{}", self.first),
            false => write!(out, "{} to {}", self.first, self.last),
        }
    }
}

/// What was dropped, and what is left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retained {
    /// The days that were dropped, the oldest first.
    pub dropped: Vec<Date>,
    /// Rows of their files: their events, and repeats that were not merged yet.
    pub rows: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Bytes of the days that are left.
    pub bytes_left: u64,
    /// Bytes of what is left beyond the bound: some days are never dropped for their size.
    pub bytes_over: u64,
}

impl State {
    /// Drops days that ended `max_age` before `now` or earlier, then days until the others take no more than
    /// there is room for.
    pub(crate) fn retain(
        &self,
        now: Timestamp,
        max_age: Option<SignedDuration>,
        room: Option<Room>,
    ) -> Result<Retained, HistoryError> {
        self.flush()?;
        let _turn = locked(&self.upkeep);
        let today = Moment::of(now).day();
        // The day of this instant is not over then; those before it are.
        let kept_from = max_age.and_then(|age| now.checked_sub(age).ok());
        let kept_from = kept_from.map(|oldest| Moment::of(oldest).day());
        let days = self.manifest().days();
        let bytes_of = |files: &[FileEntry]| files.iter().map(|file| file.bytes).sum::<u64>();
        let is_old = |day: Date| kept_from.is_some_and(|kept| day < kept);
        // What goes for its age makes room.
        let young = days.iter().filter(|(day, _)| !is_old(**day));
        let mut left: u64 = young.map(|(_, files)| bytes_of(files)).sum();
        let mut done = Retained::default();
        let mut files = Vec::new();
        for day in in_turn(days.keys().copied(), room) {
            let of_day = &days[&day];
            let is_too_much =
                room.is_some_and(|room| left > room.bytes && room.may_drop(day, today));
            match (is_old(day), is_too_much) {
                (true, _) => {}
                (false, true) => left -= bytes_of(of_day),
                (false, false) => continue,
            }
            done.bytes += bytes_of(of_day);
            done.rows += of_day.iter().map(|file| file.rows).sum::<u64>();
            done.dropped.push(day);
            files.extend_from_slice(of_day);
        }
        done.dropped.sort_unstable();
        done.bytes_left = left;
        done.bytes_over = room.map_or(0, |room| left.saturating_sub(room.bytes));
        if !files.is_empty() {
            self.drop_files(&files, &done.dropped)?;
        }
        Ok(done)
    }

    /// Drops files, and what is known of damage to their days.
    fn drop_files(&self, files: &[FileEntry], days: &[Date]) -> Result<(), HistoryError> {
        let is_dropped = |number: u64| files.iter().any(|file| file.number == number);
        self.edit(|manifest| {
            manifest.files.retain(|file| !is_dropped(file.number));
            let left: BTreeSet<Date> = manifest.files.iter().map(|file| file.day).collect();
            manifest.damage.retain(|damage| !is_no_news(damage, days, &left));
            note_dropped(&mut manifest.dropped, days);
        })?;
        files.iter().for_each(|file| self.forget(file));
        Ok(())
    }
}

impl Room {
    /// Whether a day may go for its size.
    fn may_drop(self, day: Date, today: Date) -> bool {
        match self.at_limit {
            AtLimit::DropOldest => day < today,
            AtLimit::StopRecording => today.yesterday().is_ok_and(|yesterday| day < yesterday),
        }
    }
}

/// Days in the order in which they go.
fn in_turn(days: impl DoubleEndedIterator<Item = Date>, room: Option<Room>) -> Vec<Date> {
    match room.map(|room| room.at_limit) {
        Some(AtLimit::StopRecording) => days.rev().collect(),
        Some(AtLimit::DropOldest) | None => days.collect(),
    }
}

/// Whether a loss lies in days that nobody asks for any more: those that were dropped, and those before
/// everything that is left.
fn is_no_news(damage: &Damage, dropped: &[Date], left: &BTreeSet<Date>) -> bool {
    let Some(last) = damage.last_day else { return false };
    let first = damage.first_day.unwrap_or(Date::MIN).min(last);
    let is_gone =
        |day: Date| dropped.contains(&day) || left.first().is_none_or(|oldest| day < *oldest);
    is_gone(first) && is_gone(last) && left.range(first..=last).next().is_none()
}

/// Adds days to those that are known as dropped; what adjoins becomes one stretch.
fn note_dropped(known: &mut Vec<DroppedDays>, days: &[Date]) {
    known.extend(days.iter().map(|day| DroppedDays { first: *day, last: *day }));
    known.sort_unstable_by_key(|stretch| stretch.first);
    let all = std::mem::take(known);
    for stretch in all {
        match known.last_mut() {
            Some(before) if stretch.first <= before.last.tomorrow().unwrap_or(Date::MAX) => {
                before.last = before.last.max(stretch.last);
            }
            _ => known.push(stretch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_days_in_a_row_are_one_stretch() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let mut known = Vec::new();
        note_dropped(&mut known, &[day("2026-03-01"), day("2026-03-02"), day("2026-03-05")]);
        note_dropped(&mut known, &[day("2026-03-03"), day("2026-03-02")]);
        let stretch = |first, last| DroppedDays { first: day(first), last: day(last) };
        assert_eq!(
            known,
            [stretch("2026-03-01", "2026-03-03"), stretch("2026-03-05", "2026-03-05")]
        );
    }
}
