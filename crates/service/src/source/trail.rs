//! What sources that look events up have in common: how fast they ask, what they have seen, and how events are
//! handed over.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use claviger_cloud::{Cloud, CloudError, Trail, TrailPage};
use claviger_model::LogSource;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::Instant;

use super::{format_of, parse, whose};
use crate::gather::intake::{self, Delivery, Mark};
use crate::{Service, ServiceError};

/// Events that come later than this are missed: twice what both services promise (`CloudTrail` user guide: within 15
/// minutes; `ActionTrail` documentation: usually within 10).
pub(super) const LATE_MAX: SignedDuration = SignedDuration::from_mins(30);

/// How far back a new source begins.
pub(super) const BACK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Looks at a trail come this many times rarer than those at a log bucket.
pub(super) const RARER: u32 = 5;

/// Both services answer two calls a second for a whole account; others want some of them.
const PAUSE: Duration = Duration::from_millis(600);

/// The longest pause between two calls.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Calls refused one after the other as too many, each tried several times, after which it is told.
const REFUSED_MAX: u32 = 6;

/// How far apart calls are made: further with each that is refused as one too many, and nearer with each answer.
#[derive(Debug)]
struct Pace {
    pause: Duration,
    refused: u32,
}

impl Pace {
    fn new() -> Self {
        Self { pause: PAUSE, refused: 0 }
    }

    fn answered(&mut self) {
        self.pause = (self.pause / 2).max(PAUSE);
        self.refused = 0;
    }

    /// Whether it is worth asking again.
    fn throttled(&mut self) -> bool {
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        self.refused += 1;
        self.refused < REFUSED_MAX
    }
}

/// Asks one trail, never faster than its pace.
pub(super) struct Asker {
    cloud: Arc<dyn Cloud>,
    trail: Trail,
    pace: Pace,
    not_before: Option<Instant>,
}

impl Asker {
    pub(super) fn new(cloud: Arc<dyn Cloud>, trail: Trail) -> Self {
        Self { cloud, trail, pace: Pace::new(), not_before: None }
    }

    /// A page of the events between two instants.
    ///
    /// # Errors
    /// The provider refuses, or says again and again that it is asked too often.
    pub(super) async fn ask(
        &mut self,
        between: (Timestamp, Timestamp),
        next: Option<&str>,
    ) -> Result<TrailPage, CloudError> {
        loop {
            if let Some(at) = self.not_before {
                tokio::time::sleep_until(at).await;
            }
            let answer = self.cloud.lookup_events(&self.trail, between, next).await;
            let asks_again = match &answer {
                Err(CloudError::Throttled(_)) => self.pace.throttled(),
                _ => {
                    self.pace.answered();
                    false
                }
            };
            self.not_before = Some(Instant::now() + self.pace.pause);
            if !asks_again {
                return answer;
            }
        }
    }
}

/// An event as a line, with its time.
pub(super) struct Line {
    text: String,
    pub(super) at: Timestamp,
}

/// When an event was. One without a time of its own counts as of now.
pub(super) fn time_of(event: &Value, now: Timestamp) -> Timestamp {
    event["eventTime"].as_str().and_then(|text| text.parse().ok()).unwrap_or(now)
}

/// The events of a page as lines.
pub(super) fn lines(events: &[Value], now: Timestamp) -> Vec<Line> {
    let line = |event: &Value| Line { text: event.to_string(), at: time_of(event, now) };
    events.iter().map(line).collect()
}

/// Which events were seen since the stretch that is looked at began.
pub(super) struct Seen {
    /// The field that holds an event's id.
    id: &'static str,
    known: HashMap<String, Timestamp>,
}

impl Seen {
    pub(super) fn new(id: &'static str) -> Self {
        Self { id, known: HashMap::new() }
    }

    /// The events that were not seen yet, as lines. Those without an id are never known again.
    pub(super) fn fresh(&mut self, page: &TrailPage, now: Timestamp) -> Vec<Line> {
        let mut fresh = Vec::new();
        for (event, line) in page.events.iter().zip(lines(&page.events, now)) {
            let id = event[self.id].as_str();
            if id.is_none_or(|id| self.known.insert(id.to_owned(), line.at).is_none()) {
                fresh.push(line);
            }
        }
        fresh
    }

    /// Forgets what is older than what is looked at. Trails are asked by whole seconds.
    pub(super) fn forget_before(&mut self, from: Timestamp) {
        self.known.retain(|_, at| at.as_second() >= from.as_second());
    }
}

/// What is handed over at once.
pub(super) struct Taken<'a> {
    /// The format of the events.
    pub(super) format: &'a str,
    /// Where they are found.
    pub(super) place: &'a str,
    pub(super) events: &'a [Line],
    /// How far the trail is read once they are kept.
    pub(super) mark: Mark,
    /// Whether they are old because the past is read, and not because the source is late.
    pub(super) is_past: bool,
}

/// Hands events over. Once this returns well, they and the mark are kept.
pub(super) async fn take(
    service: &Service,
    source: &LogSource,
    taken: Taken<'_>,
) -> Result<(), ServiceError> {
    let Taken { format, place, events, mark, is_past } = taken;
    let read_at = service.now();
    let lines: String = events.iter().map(|line| format!("{}\n", line.text)).collect();
    let bytes = lines.len() as u64;
    let _room = service.intake().room(bytes).await;
    let format = format_of(source).or_else(|| format.parse().ok());
    let parsed = parse(format, lines.as_bytes());
    let place = format!("{read_at:.6} {place}");
    let mut delivery = Delivery::new(source.id.as_str(), place, whose(source), parsed, read_at);
    delivery.bytes = bytes;
    delivery.delivered_at = Some(read_at);
    delivery.mark = mark;
    delivery.is_past = is_past;
    intake::take_in(service, delivery).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_stand_further_apart_with_each_refusal_and_nearer_with_each_answer() {
        let mut pace = Pace::new();
        for refused in 1..REFUSED_MAX {
            assert!(pace.throttled(), "{refused}");
            assert_eq!(pace.pause, (PAUSE * 2_u32.pow(refused)).min(PAUSE_MAX));
        }
        assert!(!pace.throttled(), "then it is told");
        pace.answered();
        assert_eq!(pace.refused, 0);
        (0..10).for_each(|_| pace.answered());
        assert_eq!(pace.pause, PAUSE);
        for _ in 0..20 {
            pace.throttled();
        }
        assert_eq!(pace.pause, PAUSE_MAX);
    }

    #[test]
    fn an_event_is_fresh_once_and_one_without_an_id_always() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let event = json!({ "eventID": "a", "eventTime": "2026-01-02T03:00:00Z" });
        let page = TrailPage { events: vec![event, json!("cut")], next: None };
        let mut seen = Seen::new("eventID");
        let texts = |lines: &[Line]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
        assert_eq!(seen.fresh(&page, now).len(), 2);
        assert_eq!(texts(&seen.fresh(&page, now)), ["\"cut\""]);
        seen.forget_before(now);
        assert_eq!(seen.fresh(&page, now).len(), 2, "it was forgotten");
    }
}
