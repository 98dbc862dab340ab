//! What a message says: whose key, where it leaked, what it touched, how bad, what to press.
//!
//! Composed once for each language out of values alone; a channel gives it its form. Text from outside
//! (object names, accounts, agents) cannot break a line, see `text.rs`. No secret is ever among the
//! values, not even masked.

mod capacity;
mod facts;
mod lead;
mod others;
mod thing;

use claviger_model::{
    AccessEvent, AlertKind, AlertNotice, Evidence, EvidenceState, KeyUsage, Language, RiskEvent,
    RiskType,
};
use jiff::Timestamp;

use crate::catalogue::{self, Catalogue};
use crate::text;

pub use capacity::{CapacityNotice, compose_capacity};
pub use others::{
    compose_code, compose_digest, compose_escalation, compose_failure, compose_handling_failed,
    compose_response, compose_settled, label_acknowledge, label_open, spoken,
};

/// Characters of a name in the subject. With all names at this length the subject stays below the 998
/// bytes of a mail header line (RFC 5322, section 2.1.1).
const SUBJECT_NAME_MAX: usize = 48;

/// What a message is made of.
#[derive(Debug, Clone)]
pub struct NoticeInput<'a> {
    /// Why it is sent.
    pub kind: AlertKind,
    /// The risk event.
    pub event: &'a RiskEvent,
    /// Its evidence.
    pub evidence: &'a [Evidence],
    /// What was done with the key since the leak; `None` where the history was not read.
    pub usage: Option<&'a KeyUsage>,
    /// The access that the message is about; `None` for a leak.
    pub latest: Option<&'a AccessEvent>,
    /// When the log that tells the access could be read first, where the store says so.
    pub delivered_at: Option<Timestamp>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// Now: when the alarm is raised.
    pub now: Timestamp,
    /// Address of the risk event in the console.
    pub link: Option<String>,
    /// The language of the message.
    pub language: Language,
}

impl NoticeInput<'_> {
    fn words(&self) -> &'static Catalogue {
        catalogue::of(self.language)
    }

    /// The evidence that matters most: where the key still stands, most public first.
    fn worst_evidence(&self) -> Option<&Evidence> {
        self.evidence
            .iter()
            .min_by_key(|one| (one.state != EvidenceState::Found, one.source, one.found_at))
    }
}

/// The message about a risk event. Subject and lines are one line each; the lead has five.
#[must_use]
pub fn compose(input: &NoticeInput<'_>) -> AlertNotice {
    AlertNotice {
        subject: subject(input),
        lead: if thing::is_one(input) { thing::lead(input) } else { lead::lead(input) },
        facts: facts::facts(input),
        link: input.link.clone(),
    }
}

/// The message of the test button.
#[must_use]
pub fn compose_test(
    configuration_name: &str,
    language: Language,
    now: Timestamp,
    link: Option<String>,
) -> AlertNotice {
    let words = catalogue::of(language);
    let name = text::short(configuration_name, SUBJECT_NAME_MAX);
    let at = text::time(now);
    AlertNotice {
        subject: words.say("subject.test", &[("name", &name)]),
        lead: vec![
            words.say("test.works", &[("name", &name), ("at", &at)]),
            words.text("test.nothing_happened"),
        ],
        facts: Vec::new(),
        link,
    }
}

fn subject(input: &NoticeInput<'_>) -> String {
    let words = input.words();
    let event = input.event;
    let account = event.account.as_deref().map(|name| text::short(name, SUBJECT_NAME_MAX));
    let owner = match &account {
        Some(account) => words.say("subject.owner", &[("account", account)]),
        None => words.text("subject.owner_unknown"),
    };
    let address = input.latest.and_then(|access| access.source_ip.as_deref()).map_or_else(
        || words.text("subject.address_unknown"),
        |ip| text::short(ip, SUBJECT_NAME_MAX),
    );
    let source = input.worst_evidence().map(|one| one.source).or(event.sources.first().copied());
    let source = source.map_or_else(
        || words.text("source.unknown"),
        |source| words.text(&format!("source.{}", source.as_str())),
    );
    let refused = input.latest.is_some_and(|access| !access.succeeded());
    let message = match input.kind {
        AlertKind::LeakFound => thing::subject(event.risk_type),
        AlertKind::LeakedKeyUsed if event.risk_type == RiskType::CustomIntelligence => {
            "subject.intelligence_used"
        }
        AlertKind::LeakedKeyUsed if refused => "subject.leaked_key_refused",
        AlertKind::LeakedKeyUsed => "subject.leaked_key_used",
        AlertKind::Alarm if event.risk_type == RiskType::AccessKeyPairLeak => {
            "subject.alarm_leaked"
        }
        AlertKind::Alarm => "subject.alarm",
        // These have composers of their own; an event's line is the nearest that can be said.
        AlertKind::ResponseAnnounced
        | AlertKind::HandlingFailed
        | AlertKind::Escalation
        | AlertKind::Digest
        | AlertKind::DeliveryFailed
        | AlertKind::Capacity
        | AlertKind::Acknowledged
        | AlertKind::Resolved
        | AlertKind::Code
        | AlertKind::Test => "subject.alarm",
    };
    let key = key_short(event);
    let level = words.text(&format!("level.{}", event.level.as_str()));
    words.say(
        message,
        &[
            ("level", &level),
            ("key", &key),
            ("owner", &owner),
            ("address", &address),
            ("source", &source),
        ],
    )
}

/// The key as tables show it; the subject where the event names no key.
fn key_short(event: &RiskEvent) -> String {
    match &event.access_key_id {
        Some(key) => key.short(),
        None => text::short(&event.subject, SUBJECT_NAME_MAX),
    }
}

/// The whole key id; the subject where the event names no key.
fn key_whole(event: &RiskEvent) -> String {
    match &event.access_key_id {
        Some(key) => key.to_string(),
        None => text::plain(&event.subject),
    }
}
