//! An alarm in words: what happened, in one sentence; the evidence for a stranger; what argues
//! against.

use claviger_model::{AccessEvent, Alarm, LeakSource};

use crate::judge::{self, Evidence, Heard};
use crate::profile::Trait;
use crate::sensor::{Sensor, Sight};
use crate::source::Source;
use crate::traits::second;
use crate::watched::Stretch;
use crate::words;

/// Weaker arguments against are not worth a sentence, in nats.
const AGAINST: f64 = -0.5;

/// The alarm of a stretch at an event.
pub(crate) fn alarm(
    sight: &Sight<'_>,
    score: f64,
    evidence: &Evidence,
    stretch: &Stretch,
    heard: &Heard,
) -> Option<Alarm> {
    let episode = stretch.episode.as_ref()?;
    let parts = evidence.parts(sight.traits.second);
    let mut reasons = vec![what_happened(sight, stretch)];
    for (family, nats) in &parts {
        let note = &stretch.notes[*family as usize];
        if !note.is_empty() {
            reasons.push(format!("{note} ({})", words::nats(*nats)));
        }
    }
    reasons.push(start(sight));
    let speaks = |sensor: &Sensor| parts.iter().any(|(family, _)| *family == sensor.family);
    let against = heard.iter().flatten().filter(|(nats, _)| *nats <= AGAINST);
    for (nats, sensor) in against.filter(|(_, sensor)| !speaks(sensor)) {
        reasons.push(format!("against: {} ({})", (sensor.words)(sight), words::nats(*nats)));
    }
    Some(Alarm {
        time: sight.event.time,
        access_key_id: sight.event.access_key_id.clone()?,
        score,
        families: parts.iter().map(|(family, _)| family.as_str().to_owned()).collect(),
        reasons,
        first_event_id: episode.event_ids.iter().next()?.clone(),
        event_ids: episode.event_ids.iter().cloned().collect(),
        bytes_out: episode.bytes_out,
        sources: episode.sources.clone(),
    })
}

/// Where the key can be read, as the end of a sentence.
pub(crate) fn place_of_leak(source: LeakSource) -> &'static str {
    match source {
        LeakSource::PrivatePlaintext => "first stood in private storage in plain text",
        LeakSource::PrivateCode => "first stood in private source code",
        LeakSource::Public => "became readable by anybody",
        LeakSource::CodeHost => "appeared in public source code",
        LeakSource::ThreatFeed => "became known to a threat feed",
        LeakSource::SelfManaged => "was reported as leaked",
        LeakSource::Provider => "was reported as leaked by its provider",
        LeakSource::Canary => "was planted as a canary that nobody may use",
    }
}

/// The key with its account, or the account alone where the log names no key.
fn who(event: &AccessEvent) -> String {
    let id = event.access_key_id.as_ref();
    let key = id.map(|id| format!("key {}", id.short())).unwrap_or_default();
    match event.account.as_deref() {
        Some(account) if id.is_some_and(|id| id.as_str() == account) => {
            format!("account {}", words::quoted(account))
        }
        Some(account) => format!("{key} ({})", words::quoted(account)),
        None => key,
    }
}

/// What happened so far, in one sentence that stands alone.
fn what_happened(sight: &Sight<'_>, stretch: &Stretch) -> String {
    let who = who(sight.event);
    let source = Source::name(sight.event.source_ip.as_deref(), sight.places);
    let since = sight.exposure.map(|exposure| {
        let age = sight.traits.second.saturating_sub(second(exposure.since));
        format!(", {} after it {}", words::span(u64::from(age)), place_of_leak(exposure.source))
    });
    let days = words::counted(u64::from(sight.profile.days), "day", "days");
    let addresses = sight
        .profile
        .known(Trait::Address, sight.leaked.unwrap_or_else(|| sight.traits.day.saturating_sub(1)));
    let past = match (sight.profile.days, addresses) {
        (0, _) | (_, 0) => "the key has no past of its own".to_owned(),
        (_, many) if many >= 10 => format!("in {days} of use it came from 10 addresses or more"),
        (_, few) => {
            format!("in {days} of use it came from {}", words::counted(few, "address", "addresses"))
        }
    };
    let summary = stretch.episode.as_ref().map(|episode| episode.summary()).unwrap_or_default();
    let how = if sight.traits.denied { "tried and refused" } else { "used" };
    format!(
        "{who} was {how} from {source} at {}{}; {summary}; {past}",
        words::instant(sight.event.time),
        since.unwrap_or_default(),
    )
}

/// From where the score starts.
fn start(sight: &Sight<'_>) -> String {
    let prior = words::nats(judge::prior(sight));
    match (sight.exposure, sight.tainted_by, sight.inherited) {
        (None, None, _) if sight.granted_by.is_some() => {
            format!(
                "a strange source of one whose rights a key under alarm widened starts at {prior}"
            )
        }
        (Some(exposure), _, _) => {
            format!("any use after such a leak ({}) starts at {prior}", exposure.source.as_str())
        }
        (None, Some(_), _) => format!("a key made by one under alarm starts at {prior}"),
        (None, None, Some(_)) => {
            format!("a key made from a suspicious source of another one starts at {prior}")
        }
        (None, None, None) => format!("a key without a known leak starts at {prior}"),
    }
}
