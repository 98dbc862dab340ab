//! What a drafted policy would have done to the requests that the history recorded: whose it stops, and
//! which good ones are lost.
//!
//! Only requests that were carried out are judged: the others were stopped already. Good are the sources that
//! used the key before the leak, as in [`crate::plan`].

use std::collections::{BTreeSet, HashSet};

use claviger_model::{AccessEvent, EventId, Provider};
use jiff::Timestamp;

use crate::policy::{Fact, Facts, Policy, Request, Verdict, Who, action_of};

/// Most requests of a kind that are listed one by one; all are counted.
pub const LISTED_MAX: usize = 1_000;

/// What stands for the address where the log has none.
const SOURCE_UNKNOWN: &str = "unknown";

/// A policy that is not in force, and where it would be.
#[derive(Debug, Clone)]
pub struct Drafted {
    /// The policy.
    pub policy: Policy,
    /// Whose language it is in.
    pub provider: Provider,
    /// The bucket it is of; `None` for one of the key's user.
    pub bucket: Option<String>,
    /// Whether it is all that would allow anything: else what was allowed stays so, unless it refuses.
    pub is_alone: bool,
}

/// One request, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its id in the history.
    pub event_id: EventId,
    /// When it was made.
    pub time: Timestamp,
    /// Where it came from, as the log has it.
    pub source_ip: String,
    /// What it did, as the log has it.
    pub operation: String,
    /// The right it needs.
    pub action: String,
    /// Bucket.
    pub bucket: Option<String>,
    /// Object.
    pub object: Option<String>,
    /// The statement that decides, as it is written; none where none speaks of it.
    pub by: Option<String>,
}

/// Requests that fare alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests {
    /// How many.
    pub count: u64,
    /// Bytes that left with them.
    pub bytes_out: u64,
    /// Their sources, in order.
    pub sources: BTreeSet<String>,
    /// The latest of them, latest first.
    pub listed: Vec<Judged>,
}

/// What the policy would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Requests of sources that were not seen before the leak, stopped.
    pub stopped: Requests,
    /// Those of them that go on.
    pub passing: Requests,
    /// Good requests that would be stopped.
    pub lost: Requests,
    /// Good requests that go on.
    pub kept: Requests,
    /// Requests that the policy decides by something that no log noted.
    pub unknown: Requests,
    /// Whether the history holds more than was judged.
    pub is_partial: bool,
}

impl WhatIf {
    /// Sources that were not seen before the leak and got something.
    #[must_use]
    pub fn stranger_count(&self) -> usize {
        self.stopped.sources.union(&self.passing.sources).count()
    }
}

/// Judges a policy on the requests of one key; an event may stand there twice.
#[must_use]
pub fn judge(
    drafted: &Drafted,
    events: &[AccessEvent],
    leaked_at: Option<Timestamp>,
    is_partial: bool,
) -> WhatIf {
    let is_before = |event: &&AccessEvent| leaked_at.is_some_and(|leak| event.time < leak);
    let good: HashSet<&str> = events.iter().filter(is_before).map(source_of).collect();
    let mut seen: HashSet<&EventId> = HashSet::new();
    let mut latest_first: Vec<&AccessEvent> = events
        .iter()
        .filter(|event| {
            event.succeeded() && drafted.is_about(event) && seen.insert(&event.event_id)
        })
        .collect();
    latest_first.sort_by_key(|event| core::cmp::Reverse(event.time));
    let mut answer = WhatIf { is_partial, ..WhatIf::default() };
    for event in latest_first {
        let action = action_of(drafted.provider, &event.operation);
        let (fate, by) = drafted.fate(event, &action);
        let of = match (fate, good.contains(source_of(event))) {
            (Fate::Unknown, _) => &mut answer.unknown,
            (Fate::Stopped, true) => &mut answer.lost,
            (Fate::Stopped, false) => &mut answer.stopped,
            (Fate::GoesOn, true) => &mut answer.kept,
            (Fate::GoesOn, false) => &mut answer.passing,
        };
        of.add(event, action, by);
    }
    answer
}

/// How a request would have fared.
enum Fate {
    Stopped,
    GoesOn,
    Unknown,
}

impl Drafted {
    fn is_about(&self, event: &AccessEvent) -> bool {
        self.bucket.as_ref().is_none_or(|bucket| event.bucket.as_ref() == Some(bucket))
    }

    fn fate(&self, event: &AccessEvent, action: &str) -> (Fate, Option<String>) {
        let path = match (&event.bucket, &event.object) {
            (Some(bucket), Some(object)) => format!("{bucket}/{object}"),
            (Some(bucket), None) => bucket.clone(),
            (None, _) => String::new(),
        };
        let facts = Facts::of_logged(event.source_ip.as_deref(), event.user_agent.as_deref());
        let facts = match event.access_key_id.as_ref().is_some_and(|key| key.is_temporary()) {
            true => facts,
            false => facts.with("tokenissuetime", Fact::Absent),
        };
        let request = Request { who: Who::Bound, action, path: &path, facts };
        match self.policy.judge(&request) {
            Verdict::Denied(line) => (Fate::Stopped, Some(line)),
            Verdict::Unknown(line) => (Fate::Unknown, Some(line)),
            Verdict::Allowed(line) => (Fate::GoesOn, Some(line)),
            Verdict::Silent if self.is_alone => (Fate::Stopped, None),
            Verdict::Silent => (Fate::GoesOn, None),
        }
    }
}

impl Requests {
    fn add(&mut self, event: &AccessEvent, action: String, by: Option<String>) {
        self.count += 1;
        self.bytes_out = self.bytes_out.saturating_add(event.bytes_out.unwrap_or(0));
        let source_ip = source_of(event).to_owned();
        self.sources.insert(source_ip.clone());
        if self.listed.len() < LISTED_MAX {
            self.listed.push(Judged {
                event_id: event.event_id.clone(),
                time: event.time,
                source_ip,
                operation: event.operation.clone(),
                action,
                bucket: event.bucket.clone(),
                object: event.object.clone(),
                by,
            });
        }
    }
}

fn source_of(event: &AccessEvent) -> &str {
    event.source_ip.as_deref().unwrap_or(SOURCE_UNKNOWN)
}
