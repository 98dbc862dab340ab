//! How much a key takes: running windows, and the largest days of the past.
//!
//! Windows begin at multiples of themselves. A day gives one largest amount for each window, so a
//! job that reads everything every night is a habit and not a record.

use serde::{Deserialize, Serialize};

use crate::operation::Class;
use crate::sketch::{Largest, level};
use crate::traits::{DAY, Traits};

/// The windows in which amounts are counted, in seconds.
pub(crate) const WINDOWS: [u32; 3] = [300, 3_600, DAY];

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Requests.
    Requests,
    /// Objects read: those read over and over count once.
    Objects,
    /// Bytes that left.
    Bytes,
    /// Requests refused for lack of a right.
    Denied,
    /// Objects written, copied or deleted.
    Changed,
}

/// How many measures there are.
pub(crate) const MEASURES: usize = 5;

impl Measure {
    /// Every measure, by its place.
    pub(crate) const ALL: [Self; MEASURES] =
        [Self::Requests, Self::Objects, Self::Bytes, Self::Denied, Self::Changed];
}

/// Objects that were read a moment ago, by a part of their hash.
const RECENT: usize = 16;

/// What one group of sources took in the running windows, and the most of each window today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Tally {
    counts: [[u32; 3]; 4],
    bytes: [u64; 3],
    most: [[u8; 3]; MEASURES],
}

/// The place of a measure among the counts; bytes stand apart.
fn place(measure: Measure) -> usize {
    match measure {
        Measure::Requests | Measure::Bytes => 0,
        Measure::Objects => 1,
        Measure::Denied => 2,
        Measure::Changed => 3,
    }
}

impl Tally {
    fn now(&self, measure: Measure, window: usize) -> u64 {
        match measure {
            Measure::Bytes => self.bytes[window],
            _ => u64::from(self.counts[place(measure)][window]),
        }
    }

    /// Closes a window.
    fn close(&mut self, window: usize) {
        for (place, measure) in Measure::ALL.into_iter().enumerate() {
            let now = self.now(measure, window);
            if now > 0 {
                self.most[place][window] = self.most[place][window].max(level(now));
            }
        }
        self.counts.iter_mut().for_each(|counts| counts[window] = 0);
        self.bytes[window] = 0;
    }
}

/// An amount beside the key's own past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Amount {
    /// What the group took in the running window.
    pub(crate) now: u64,
    /// On how many past days a window took as much: exact up to four.
    pub(crate) days_at_least: usize,
    /// The level of the most that any past window took.
    pub(crate) record: u8,
}

/// The largest levels of a closed day, by measure and window.
pub(crate) type Most = [[u8; 3]; MEASURES];

/// Amounts of one key, of two groups of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Amounts {
    last: u32,
    tallies: [Tally; 2],
    past: [[Largest; 3]; MEASURES],
    recent: [u16; RECENT],
    /// Whether the last event raised any amount to another level.
    grew: bool,
}

impl Amounts {
    /// Counts an event.
    pub(crate) fn count(&mut self, traits: &Traits, group: usize) {
        self.roll(traits.second);
        let is_object = match traits.object {
            Some(object) if traits.operation.class == Class::Read => self.is_new(object),
            _ => false,
        };
        let changes = matches!(traits.operation.class, Class::Write | Class::Copy | Class::Delete);
        let tally = &mut self.tallies[group];
        self.grew = false;
        let add = [true, is_object && traits.succeeded, traits.denied, changes && traits.succeeded];
        for (counts, is_counted) in tally.counts.iter_mut().zip(add) {
            if is_counted {
                for count in counts {
                    let before = u64::from(*count);
                    *count = count.saturating_add(1);
                    self.grew = self.grew || level(u64::from(*count)) > level(before);
                }
            }
        }
        for bytes in &mut tally.bytes {
            let before = *bytes;
            *bytes = bytes.saturating_add(traits.bytes_out);
            self.grew = self.grew || level(*bytes) > level(before);
        }
    }

    /// Whether an object was not read a moment ago.
    fn is_new(&mut self, object: u64) -> bool {
        let slot = &mut self.recent[usize::try_from(object % RECENT as u64).unwrap_or(0)];
        let short = u16::try_from(object >> 48).unwrap_or(0).max(1);
        core::mem::replace(slot, short) != short
    }

    /// Closes the windows that are over. A late event counts in the running ones.
    fn roll(&mut self, second: u32) {
        // The longer windows begin only where the shortest does.
        if second / WINDOWS[0] <= self.last / WINDOWS[0] {
            self.last = self.last.max(second);
            return;
        }
        for (window, length) in WINDOWS.into_iter().enumerate() {
            if second / length > self.last / length {
                self.tallies.iter_mut().for_each(|tally| tally.close(window));
            }
        }
        self.last = self.last.max(second);
    }

    /// An amount of the running window, by its place in [`WINDOWS`].
    pub(crate) fn amount(&self, group: usize, measure: Measure, window: usize) -> Amount {
        let now = self.tallies[group].now(measure, window);
        let past = self.past[measure as usize][window];
        Amount { now, days_at_least: past.at_least(level(now)), record: past.record() }
    }

    /// Whether the last event took anything in a running window beyond all of the past. What did
    /// not grow has been weighed before.
    pub(crate) fn is_beyond(&self, group: usize) -> bool {
        if !self.grew {
            return false;
        }
        let tally = &self.tallies[group];
        Measure::ALL.into_iter().zip(&self.past).any(|(measure, past)| {
            (0..WINDOWS.len()).any(|window| {
                let now = tally.now(measure, window);
                now > 4 && level(now) > past[window].record()
            })
        })
    }

    /// Closes a day: its largest windows become part of the past, those of the second group only
    /// if it is trusted.
    pub(crate) fn close_day(&mut self, end: u32, counts: bool, trusts_foreign: bool) -> Most {
        self.roll(end);
        let [familiar, foreign] = self.tallies;
        let mut most = familiar.most;
        if trusts_foreign {
            for (most, foreign) in most.iter_mut().zip(&foreign.most) {
                for (most, foreign) in most.iter_mut().zip(foreign) {
                    *most = (*most).max(*foreign);
                }
            }
        }
        if counts {
            for (past, most) in self.past.iter_mut().zip(&most) {
                past.iter_mut().zip(most).for_each(|(past, most)| past.add(*most));
            }
        }
        self.tallies.iter_mut().for_each(|tally| tally.most = Most::default());
        most
    }
}
