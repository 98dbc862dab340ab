//! A stretch of suspect access by one key from one group of sources, and when to speak of it again.

use claviger_model::AccessEvent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event_ids::EventIds;
use crate::profile::Group;
use crate::sketch::Distinct;
use crate::traits::{DAY, Traits, object_of};
use crate::words;

/// Event ids kept, the oldest ones: what an alarm may hold.
const EVENTS_MAX: usize = 1_000;

/// Addresses kept.
const SOURCES_MAX: usize = 64;

/// Longest address kept, in characters.
const SOURCE_LENGTH_MAX: usize = 128;

/// A stretch without events for so long is over.
const QUIET: u32 = 3 * DAY;

/// Clearly worse: so many times the bytes, counted from at least one MiB.
const WORSE_BYTES: u64 = 8;
const WORSE_BYTES_MIN: u64 = 1024 * 1024;

/// Clearly surer: so many nats, odds of seven times as much. What was said to be a stranger rather than not is
/// looked at already.
const SURER: f64 = 2.0;
const UNLIKELY: f64 = 0.0;

/// A stretch that goes on without getting worse is told again after so long.
const STILL: u32 = 7 * DAY;

/// The stretch, growing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Episode {
    /// The first events, at most 1,000.
    pub(crate) event_ids: EventIds,
    /// Addresses as the log has them, sorted.
    pub(crate) sources: Vec<String>,
    /// Bytes that left.
    pub(crate) bytes_out: u64,
    events: u64,
    refused: u64,
    objects: Distinct,
    pub(crate) began: Timestamp,
    last: u32,
    told: Option<Told>,
}

/// How the stretch stood at its last alarm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Told {
    second: u32,
    bytes_out: u64,
    sources: usize,
    leaked: bool,
    score: f64,
}

impl Episode {
    /// Begins with an event, which is still to be taken.
    pub(crate) fn begin(event: &AccessEvent) -> Self {
        Self {
            event_ids: EventIds::default(),
            sources: Vec::new(),
            bytes_out: 0,
            events: 0,
            refused: 0,
            objects: Distinct::default(),
            began: event.time,
            last: 0,
            told: None,
        }
    }

    /// Takes an event in.
    pub(crate) fn take(&mut self, event: &AccessEvent, traits: &Traits) {
        self.events += 1;
        self.last = self.last.max(traits.second);
        if self.event_ids.len() < EVENTS_MAX {
            self.event_ids.push(event.event_id.clone());
        }
        if traits.succeeded {
            self.bytes_out = self.bytes_out.saturating_add(traits.bytes_out);
            if let Some(object) = traits.object.or_else(|| object_of(event)) {
                self.objects.add(object);
            }
        }
        self.refused += u64::from(traits.denied);
        if let Some(source) = &event.source_ip {
            let found = self.sources.binary_search_by(|known| known.as_str().cmp(source));
            if let Err(place) = found
                && self.sources.len() < SOURCES_MAX
            {
                self.sources.insert(place, source.chars().take(SOURCE_LENGTH_MAX).collect());
            }
        }
    }

    /// Bytes that its texts take in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        const TEXT: usize = 64;
        self.event_ids.bytes() + self.sources.len() * TEXT
    }

    /// Whether it ended before this second.
    pub(crate) fn is_over(&self, second: u32) -> bool {
        second.saturating_sub(self.last) >= QUIET
    }

    /// Whether an alarm has been raised for it.
    pub(crate) fn was_told(&self) -> bool {
        self.told.is_some()
    }

    /// Whether the last alarm for it was raised before a second.
    pub(crate) fn was_told_before(&self, second: u32) -> bool {
        self.told.is_some_and(|told| told.second < second)
    }

    /// Whether it is to be told: for the first time, or because it became clearly worse: eight
    /// times the bytes, twice the strangers' addresses after a leak, a leak that was not known, a score that
    /// is clearly higher after a low one, or a week later. What was hardly suspicious hides nothing that comes after it.
    pub(crate) fn is_news(&self, second: u32, score: f64, leaked: bool, group: Group) -> bool {
        let Some(told) = self.told else { return true };
        let strangers = leaked && group == Group::Foreign;
        self.bytes_out / WORSE_BYTES >= told.bytes_out.max(WORSE_BYTES_MIN)
            || (strangers && self.sources.len() >= 2 * told.sources.max(1))
            || (leaked && !told.leaked)
            || (told.score < UNLIKELY && score >= told.score + SURER)
            || second.saturating_sub(told.second) >= STILL
    }

    /// Notes that it was told.
    pub(crate) fn tell(&mut self, second: u32, score: f64, leaked: bool) {
        let sources = self.sources.len();
        self.told = Some(Told { second, bytes_out: self.bytes_out, sources, leaked, score });
    }

    /// What happened so far, in a sentence.
    pub(crate) fn summary(&self) -> String {
        let refused = match self.refused {
            0 => String::new(),
            refused => format!(" ({} refused)", words::number(refused)),
        };
        let objects = match self.objects.count() {
            0 => String::new(),
            count => format!(" on about {}", words::counted(count, "object", "objects")),
        };
        format!(
            "so far {}{refused}{objects}, {} out, from {}, since {}",
            words::counted(self.events, "request", "requests"),
            words::bytes(self.bytes_out),
            words::counted(self.sources.len() as u64, "address", "addresses"),
            words::instant(self.began),
        )
    }
}
