//! Works out what other values of the alarm dial would have raised over the recorded history. The detector is that
//! of `claviger replay`; events are read once, for all values together.
//!
//! Habits are learned from the beginning of the history where that is not too long; what is left out is told.

mod cautions;
mod compared;
mod seen;
mod span;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use claviger_history::History;
use claviger_model::{AccessKeyId, RiskType};
use claviger_store::dial_previews::{self, PreviewEnd, PreviewState};
use claviger_store::policies;
use claviger_watch::{Detector, Preview, Raised, Use};
use jiff::{SignedDuration, Timestamp};

use self::cautions::Course;
use self::compared::Compared;
use self::seen::Seen;
use self::span::Span;
use super::Ending;
use crate::act::dial_preview::{PreviewAsked, PreviewResult, PreviewedDial};
use crate::gather::judge::{Beside, beside};
use crate::{Service, ServiceError, chain};

/// Events that are read at most: some minutes' work.
const EVENTS_MAX: u64 = 50_000_000;

/// Rows of each kind that are known beside the events, the latest: some hundred bytes each.
const ROWS_MAX: u32 = 500_000;

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
    /// Our own keys.
    own_keys: HashSet<AccessKeyId>,
    /// Kinds of which the detector may not know all.
    cut: Vec<&'static str>,
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
    let Beside { detector, own_keys, cut } = beside(service, ROWS_MAX).await?;
    let mut reader = service.store().read().await?;
    let policy = policies::get(&mut reader, RiskType::AbnormalAccess).await?;
    drop(reader);
    let work = Work {
        service: service.clone(),
        id: id.to_owned(),
        asked,
        own_keys,
        cut,
        now: service.now(),
        score_min: policy.conditions.score_min,
    };
    let judged = tokio::task::spawn_blocking(move || work.judge(detector));
    judged.await.map_err(|fault| ServiceError::Internal(format!("the detector broke: {fault}")))?
}

impl Work {
    /// Reads the history once and judges it at each value.
    fn judge(&self, mut detector: Detector) -> Result<Outcome, ServiceError> {
        let began = Instant::now();
        let history = self.service.history().clone();
        let span = Span::of(&history.days()?, EVENTS_MAX);
        let since = self.now - SignedDuration::from_hours(24 * i64::from(self.asked.days));
        let since = since.max(span.begin.unwrap_or(Timestamp::MIN));
        let values = values(&self.asked);
        detector.watch_at_most(KEYS_MAX / values.len());
        let dial = self.service.dial_at_hand().get();
        let mut preview = Preview::new(detector, dial, since, &values);
        let mut seen = Seen::default();
        let whole = self.read(&history, (&span, since), &mut preview, &mut seen)?;
        let Some(is_partial) = whole else { return Ok(Outcome::Stopped) };
        let forgotten = preview.forgotten();
        let raised = preview.into_raised();
        let compared = Compared::of(&self.asked, &raised);
        let course = Course {
            span: &span,
            seen: &seen,
            counted: (since, self.now),
            is_partial,
            forgotten,
            cut: &self.cut,
            raised: &raised,
            compared_until: compared.until,
            score_min: self.score_min,
        };
        let days = seen.days_counted(since, self.now);
        Ok(Outcome::Done(Box::new(PreviewResult {
            since,
            until: self.now,
            learned_since: seen.first,
            events: seen.events,
            keys: seen.keys.len() as u64,
            events_left_out: span.left_out,
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            cautions: course.cautions(),
            dials: raised.iter().map(|one| summed_up(one, days)).collect(),
            alarms: compared.alarms,
            alarms_unlisted: compared.unlisted,
            compared_until: compared.until,
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
            if seen.events == EVENTS_MAX {
                seen.is_cut = true;
                break;
            }
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
            if let Some(key) = event.access_key_id.as_ref().filter(|_| Use::is_use(&event)) {
                seen.note(key, (event.time, since), KEYS_COUNTED_MAX);
            }
            let own = |key| self.own_keys.contains(key);
            preview.observe(&event, event.access_key_id.as_ref().is_some_and(own));
        }
        let goes_on = progress.reach(&self.id, seen.events);
        Ok(goes_on.then(|| events.is_partial()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_judged_once() {
        let asked = |alarms_per_day, present| PreviewAsked { alarms_per_day, present, days: 30 };
        assert_eq!(values(&asked(5.0, 5.0)), [1.0, 5.0, 20.0]);
        assert_eq!(values(&asked(50.0, 0.5)), [0.5, 1.0, 5.0, 20.0, 50.0]);
    }
}
