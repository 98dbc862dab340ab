//! Works out what other values of the alarm dial would have raised over the recorded history. The detector is that
//! of `claviger replay`; events are read once, for all values together.
//!
//! Habits are learned from the beginning of the history where that is not too long; what is left out is told.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use claviger_history::{DayHeld, History};
use claviger_model::{AccessKeyId, RiskType};
use claviger_store::dial_previews::{self, PreviewEnd, PreviewState};
use claviger_store::policies;
use claviger_watch::{Preview, Raised, RaisedAlarm, Use};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Ending;
use crate::act::dial_preview::{
    AlarmChange, PreviewAsked, PreviewResult, PreviewedAlarm, PreviewedDial,
};
use crate::gather::judge::{Beside, beside};
use crate::{Service, ServiceError, chain};

/// Events that are read at most: some minutes' work.
const EVENTS_MAX: u64 = 50_000_000;

/// Keys that all detectors together watch at once, about half a gigabyte.
const KEYS_MAX: usize = 400_000;

/// Keys that are told apart when they are counted.
const KEYS_COUNTED_MAX: usize = 1_000_000;

/// The values that are always shown beside the one asked for and the present one.
const OTHERS: [f64; 3] = [1.0, 5.0, 20.0];

/// So many events are read between two looks whether somebody stopped it.
const STRIDE: u64 = 1_024;

/// How often open pages are told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// In its first week hardly any habit of a key is known.
const FIRST_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How a run over the history ended.
enum Outcome {
    Done(Box<PreviewResult>),
    Stopped,
}

/// The work, with all that it needs.
struct Work {
    service: Service,
    id: String,
    asked: PreviewAsked,
    beside: Beside,
    now: Timestamp,
    /// Alarms of keys that did not leak open no event below this.
    score_min: u8,
}

pub(super) async fn run(service: &Service) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let Some(preview) = dial_previews::latest(&mut reader).await? else {
        return Ok(Ending::Done);
    };
    service.preview_work().want(&preview.id);
    // Whoever stopped it before that is not overheard.
    let latest = dial_previews::latest(&mut reader).await?;
    drop(reader);
    if latest.is_none_or(|one| one.id != preview.id || one.state != PreviewState::Running) {
        return Ok(Ending::Done);
    }
    let end = match work(service, &preview.id, preview.asked).await {
        Ok(Outcome::Done(result)) => {
            let result = serde_json::to_value(&result);
            PreviewEnd::Done(result.map_err(|error| ServiceError::Internal(error.to_string()))?)
        }
        // It begins anew with the next start, unless somebody cancelled it.
        Ok(Outcome::Stopped) if service.preview_work().is_stopping() => {
            return Ok(Ending::Again { after: Duration::ZERO });
        }
        Ok(Outcome::Stopped) => return Ok(Ending::Done),
        Err(error) => {
            tracing::warn!(error = %chain(&error), "the alarm dial's preview failed");
            let hint = error.hint().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            PreviewEnd::Failed(format!("{}{hint}", chain(&error)))
        }
    };
    let mut tx = service.store().write().await?;
    dial_previews::end(&mut tx, &preview.id, &end, service.now()).await?;
    tx.commit().await?;
    service.tell_pages("policies");
    Ok(Ending::Done)
}

async fn work(
    service: &Service,
    id: &str,
    asked: serde_json::Value,
) -> Result<Outcome, ServiceError> {
    let broken = |error| ServiceError::Internal(format!("what was asked has no form: {error}"));
    let asked: PreviewAsked = serde_json::from_value(asked).map_err(broken)?;
    let beside = beside(service).await?;
    let mut reader = service.store().read().await?;
    let policy = policies::get(&mut reader, RiskType::AbnormalAccess).await?;
    drop(reader);
    let work = Work {
        service: service.clone(),
        id: id.to_owned(),
        asked,
        beside,
        now: service.now(),
        score_min: policy.conditions.score_min,
    };
    let judged = tokio::task::spawn_blocking(move || work.judge());
    judged.await.map_err(|fault| ServiceError::Internal(format!("the detector broke: {fault}")))?
}

impl Work {
    /// Reads the history once and judges it at each value.
    fn judge(mut self) -> Result<Outcome, ServiceError> {
        let began = Instant::now();
        let history = self.service.history().clone();
        let span = Span::of(&history.days()?, EVENTS_MAX);
        let since = self.now - SignedDuration::from_hours(24 * i64::from(self.asked.days));
        let since = since.max(span.begin.unwrap_or(Timestamp::MIN));
        let values = values(&self.asked);
        self.beside.detector.watch_at_most(KEYS_MAX / values.len());
        let (detector, dial) = (self.beside.detector.clone(), self.service.dial_at_hand().get());
        let mut preview = Preview::new(detector, dial, since, &values);
        let mut seen = Seen::default();
        let whole = self.read(&history, (&span, since), &mut preview, &mut seen)?;
        let Some(is_partial) = whole else { return Ok(Outcome::Stopped) };
        let forgotten = preview.forgotten();
        let cautions = self.cautions((&span, since), &seen, (is_partial, forgotten));
        let raised = preview.into_raised();
        let (alarms, alarms_unlisted) = compared(&self.asked, &raised);
        let days = seen.days_counted(since, self.now);
        Ok(Outcome::Done(Box::new(PreviewResult {
            since,
            until: self.now,
            learned_since: seen.first,
            events: seen.events,
            keys: seen.keys.len() as u64,
            events_left_out: span.left_out,
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            cautions,
            dials: raised.iter().map(|one| summed_up(one, days)).collect(),
            alarms,
            alarms_unlisted,
        })))
    }

    /// Hands every event over. Whether some may be missing; `None` where it was stopped.
    fn read(
        &self,
        history: &History,
        (span, since): (&Span, Timestamp),
        preview: &mut Preview,
        seen: &mut Seen,
    ) -> Result<Option<bool>, ServiceError> {
        let progress = self.service.preview_work();
        progress.begin(span.events);
        let mut told_at = Instant::now();
        let mut events = history.read_all(span.begin, Some(self.now))?;
        for event in events.by_ref() {
            let event = event?;
            seen.events += 1;
            if seen.events.is_multiple_of(STRIDE) {
                if !progress.reach(&self.id, seen.events) {
                    return Ok(None);
                }
                if told_at.elapsed() >= TELL_EVERY {
                    told_at = Instant::now();
                    self.service.tell_pages("policies");
                }
            }
            if seen.events > EVENTS_MAX {
                seen.is_cut = true;
                break;
            }
            if let Some(key) = event.access_key_id.as_ref().filter(|_| Use::is_use(&event)) {
                seen.note(key, event.time, since);
            }
            let own = |key| self.beside.own_keys.contains(key);
            preview.observe(&event, event.access_key_id.as_ref().is_some_and(own));
        }
        let goes_on = progress.reach(&self.id, seen.events);
        Ok(goes_on.then(|| events.is_partial()))
    }

    /// What is to be known before the numbers are believed.
    fn cautions(
        &self,
        (span, since): (&Span, Timestamp),
        seen: &Seen,
        (is_partial, forgotten): (bool, u64),
    ) -> Vec<String> {
        let mut all = Vec::new();
        match seen.first {
            None => all.push(
                "the history holds no use of a key yet, so nothing can be said of any value"
                    .to_owned(),
            ),
            Some(first) if self.now.duration_since(first) < FIRST_WEEK => all.push(format!(
                "the history begins on {}, less than a week ago: hardly any habit of a key is known \
                 yet, so these numbers say little of later weeks",
                day_of(first)
            )),
            Some(first) if since.duration_since(first) < FIRST_WEEK => all.push(format!(
                "the days up to {} are counted, too: habits are learned from {} on, and in the \
                 first week hardly any is known",
                day_of(first + FIRST_WEEK),
                day_of(first)
            )),
            Some(_) => {}
        }
        if let Some(begin) = span.begin.filter(|_| span.left_out > 0) {
            let (left_out, most) = (span.left_out, EVENTS_MAX);
            all.push(format!(
                "{left_out} events of before {} were left out: at most {most} are read",
                day_of(begin)
            ));
        }
        if seen.is_cut {
            all.push(format!("the last events were left out: at most {EVENTS_MAX} are read"));
        }
        if is_partial {
            all.push("a part of the history could not be read: see `claviger history`".to_owned());
        }
        if forgotten > 0 {
            all.push(format!(
                "{forgotten} keys that were unused for longest were forgotten on the way, since \
                 there are too many to watch at several values at once"
            ));
        }
        if self.score_min > 0 {
            all.push(format!(
                "the policy of abnormal access opens no event for an alarm below {} nats; those \
                 are counted here",
                self.score_min
            ));
        }
        all
    }
}

/// The part of the history that is read.
#[derive(Debug, PartialEq)]
struct Span {
    /// `None`: from its beginning on.
    begin: Option<Timestamp>,
    events: u64,
    left_out: u64,
}

impl Span {
    /// The last days that together hold no more events than are read, and the last one in any case.
    fn of(days: &[DayHeld], events_max: u64) -> Self {
        let mut span = Self { begin: None, events: 0, left_out: 0 };
        let mut first = None;
        for day in days.iter().rev() {
            let fits = first.is_none() || span.events.saturating_add(day.rows) <= events_max;
            if fits && span.left_out == 0 {
                span.events += day.rows;
                first = Some(day.day);
            } else {
                span.left_out += day.rows;
            }
        }
        let midnight = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
        span.begin = first.filter(|_| span.left_out > 0).and_then(midnight);
        span
    }
}

/// What was read.
#[derive(Default)]
struct Seen {
    events: u64,
    /// The first use of a key.
    first: Option<Timestamp>,
    /// Keys used in the time that is counted.
    keys: HashSet<AccessKeyId>,
    is_cut: bool,
}

impl Seen {
    fn note(&mut self, key: &AccessKeyId, at: Timestamp, since: Timestamp) {
        self.first.get_or_insert(at);
        let is_news = at >= since && !self.keys.contains(key);
        if is_news && self.keys.len() < KEYS_COUNTED_MAX {
            self.keys.insert(key.clone());
        }
    }

    /// Days of which anything is known, at least one.
    fn days_counted(&self, since: Timestamp, now: Timestamp) -> f64 {
        let from = self.first.map_or(since, |first| first.max(since));
        (now.duration_since(from).as_secs_f64() / 86_400.0).max(1.0)
    }
}

/// The values to judge at, each once, the lowest first.
fn values(asked: &PreviewAsked) -> Vec<f64> {
    let mut values = vec![asked.alarms_per_day, asked.present];
    values.extend(OTHERS);
    values.sort_by(f64::total_cmp);
    values.dedup_by(|a, b| a.to_bits() == b.to_bits());
    values
}

#[expect(clippy::cast_precision_loss, reason = "a mean is shown rounded")]
fn summed_up(raised: &Raised, days: f64) -> PreviewedDial {
    // Of several days with as many, the latest.
    let worst = raised.by_day.iter().max_by_key(|(_, alarms)| **alarms);
    let alarms = raised.count();
    PreviewedDial {
        alarms_per_day: raised.alarms_per_day,
        alarms,
        mean: alarms as f64 / days,
        worst: worst.map(|(day, alarms)| (*day, *alarms)),
        keys: raised.keys.len() as u64,
    }
}

/// The alarms of the value asked for against those of the present one, and how many are not listed.
fn compared(asked: &PreviewAsked, raised: &[Raised]) -> (Vec<PreviewedAlarm>, u64) {
    let at = |value: f64| raised.iter().find(|one| one.alarms_per_day.to_bits() == value.to_bits());
    let (Some(then), Some(now)) = (at(asked.alarms_per_day), at(asked.present)) else {
        return (Vec::new(), 0);
    };
    let mut alarms: Vec<PreviewedAlarm> = Vec::new();
    for alarm in &then.alarms {
        alarms.push(previewed(alarm, change(alarm, &now.alarms, AlarmChange::New)));
    }
    for alarm in &now.alarms {
        if change(alarm, &then.alarms, AlarmChange::Gone) == AlarmChange::Gone {
            alarms.push(previewed(alarm, AlarmChange::Gone));
        }
    }
    alarms.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
    (alarms, then.count() - then.alarms.len() as u64)
}

/// How an alarm stands against others; `alone` where none tells of the same.
fn change(alarm: &RaisedAlarm, others: &[RaisedAlarm], alone: AlarmChange) -> AlarmChange {
    if others.iter().any(|other| other.id == alarm.id) {
        return AlarmChange::Same;
    }
    let is_told = others.iter().any(|other| other.tells_the_same(alarm));
    if is_told { AlarmChange::Moved } else { alone }
}

fn previewed(alarm: &RaisedAlarm, change: AlarmChange) -> PreviewedAlarm {
    PreviewedAlarm {
        id: alarm.id.clone(),
        time: alarm.time,
        access_key_id: alarm.access_key_id.clone(),
        score: alarm.score,
        sentence: alarm.sentence.clone(),
        change,
    }
}

fn day_of(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_days_are_read_that_fit_and_the_others_are_told() {
        let day = |number: i8, rows| {
            let day = Date::constant(2026, 3, number);
            DayHeld { day, rows, bytes: 0, segments: 0 }
        };
        let days = [day(1, 5), day(2, 40), day(3, 30), day(4, 20)];
        let of = |events_max| Span::of(&days, events_max);
        let at = |text: &str| Some(text.parse().unwrap());
        assert_eq!(of(95), Span { begin: None, events: 95, left_out: 0 });
        let begin = at("2026-03-03T00:00:00Z");
        assert_eq!(of(60), Span { begin, events: 50, left_out: 45 }, "no day is skipped");
        let begin = at("2026-03-04T00:00:00Z");
        assert_eq!(of(3), Span { begin, events: 20, left_out: 75 }, "the last day in any case");
        assert_eq!(Span::of(&[], 9), Span { begin: None, events: 0, left_out: 0 });
    }

    #[test]
    fn each_value_is_judged_once() {
        let asked = |alarms_per_day, present| PreviewAsked { alarms_per_day, present, days: 30 };
        assert_eq!(values(&asked(5.0, 5.0)), [1.0, 5.0, 20.0]);
        assert_eq!(values(&asked(50.0, 0.5)), [0.5, 1.0, 5.0, 20.0, 50.0]);
    }
}
