//! A source of events of `CloudTrail`, looked up region by region.
//!
//! The newest events are told first. So the present is looked at again and again, back to where nothing can come
//! late any more, and a long past (before the source was set up, or while nothing ran) is read beside it, from its
//! end to its beginning. Each of the two has its own checkpoint, which moves with the events that it stands for.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use claviger_cloud::{Cloud, CloudError, Trail, TrailPage};
use claviger_model::LogSource;
use claviger_store::{Gap, GapKind, source_checkpoints, source_gaps};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::cloud_of;
use super::supervisor::recover;
use super::trail::{Asker, BACK, LATE_MAX, Line, RARER, Seen, Taken, lines, take, time_of};
use crate::gather::intake::Mark;
use crate::{Service, ServiceError};

/// How long the service tells of an event.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// After a longer stop what was missed is read beside the present, and not before it.
const STOP_MAX: SignedDuration = SignedDuration::from_hours(2);

/// How often all is looked at in which events may still come late; between, only what is new.
const SWEEP_EVERY: Duration = Duration::from_secs(300);

/// Looks for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    endpoint: Option<&str>,
) -> Result<(), ServiceError> {
    let cloud = cloud_of(service, source).await?;
    let mut regions = Vec::new();
    for name in cloud.trail_regions() {
        regions.push(Region::begin((service, source), &cloud, endpoint, name).await?);
    }
    // A region that answers must not hide that another does not.
    for region in &mut regions {
        region.try_out().await?;
    }
    recover(service, source).await?;
    try_join_all(regions.iter_mut().map(Region::read_on)).await.map(drop)
}

/// A stretch of time that is read from its end to its beginning, page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    from: Timestamp,
    until: Timestamp,
    /// The oldest event that was read; the end where none was.
    oldest: Timestamp,
    next: Option<String>,
}

impl Stretch {
    fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until, oldest: until, next: None }
    }

    /// How it stands in the state: what is left of it.
    fn words(&self) -> String {
        format!("{} {}", self.from, self.oldest)
    }

    fn of_words(words: &str) -> Option<Self> {
        let (from, until) = words.split_once(' ')?;
        Some(Self::new(from.parse().ok()?, until.parse().ok()?))
    }

    /// Reads the next page; with the last one there is no `next`.
    async fn page(&mut self, asker: &mut Asker, now: Timestamp) -> Result<TrailPage, CloudError> {
        loop {
            if self.next.is_none() {
                // What is older is not there, and must not be asked for.
                self.from = self.from.max(now - KEPT).min(self.until);
            }
            let asked = asker.ask((self.from, self.until), self.next.as_deref()).await;
            match asked {
                // Tokens end after a while: then the rest is asked for anew, unless that is where it began.
                Err(error) if self.has_lost_token(&error) => {
                    (self.until, self.next) = (self.oldest, None);
                }
                Err(error) => return Err(error),
                Ok(page) => {
                    let oldest = page.events.iter().map(|event| time_of(event, now)).min();
                    self.oldest = oldest.map_or(self.oldest, |at| at.clamp(self.from, self.oldest));
                    self.next.clone_from(&page.next);
                    return Ok(page);
                }
            }
        }
    }

    fn has_lost_token(&self, error: &CloudError) -> bool {
        let is_token =
            error.refusal().is_some_and(|refusal| refusal.code.starts_with("InvalidNextToken"));
        is_token && self.next.is_some() && self.oldest < self.until
    }
}

/// What one region tells.
struct Region<'a> {
    service: &'a Service,
    source: &'a LogSource,
    name: String,
    asker: Asker,
    /// All before it was read, but for the past.
    settled: Timestamp,
    past: Option<Stretch>,
    seen: Seen,
    swept_at: Option<Instant>,
}

impl<'a> Region<'a> {
    /// Finds out how far it was read.
    async fn begin(
        (service, source): (&'a Service, &'a LogSource),
        cloud: &Arc<dyn Cloud>,
        endpoint: Option<&str>,
        name: String,
    ) -> Result<Self, ServiceError> {
        let trail = Trail { endpoint: endpoint.map(str::to_owned), region: Some(name.clone()) };
        let (settled_part, past_part) = parts(&name);
        let (id, now) = (source.id.as_str(), service.now());
        let mut tx = service.store().write().await?;
        let kept: BTreeMap<String, String> =
            source_checkpoints::of_source(&mut tx, id).await?.into_iter().collect();
        let settled = kept.get(&settled_part).and_then(|words| words.parse().ok());
        let past = kept.get(&past_part).and_then(|words| Stretch::of_words(words));
        let (settled, mut past) = resumed(settled, past, source.created_at, now);
        if let Some(past) = past.as_mut().filter(|past| past.from < now - KEPT) {
            let gap = Gap {
                source: id.to_owned(),
                kind: GapKind::Lost,
                begun_at: past.from,
                ended_at: now - KEPT,
                words: format!("CloudTrail in {name} tells of 90 days, and nobody read them"),
            };
            source_gaps::insert(&mut tx, &gap).await?;
            past.from = (now - KEPT).min(past.until);
        }
        source_checkpoints::set(&mut tx, id, &settled_part, &settled.to_string(), now).await?;
        if let Some(past) = &past {
            source_checkpoints::set(&mut tx, id, &past_part, &past.words(), now).await?;
        }
        tx.commit().await?;
        let asker = Asker::new(cloud.clone(), trail);
        let (seen, swept_at) = (Seen::new("eventID"), None);
        Ok(Self { service, source, name, asker, settled, past, seen, swept_at })
    }

    /// Asks once, whatever the answer holds.
    async fn try_out(&mut self) -> Result<(), ServiceError> {
        let now = self.service.now();
        self.asker.ask((now - SignedDuration::from_secs(1), now), None).await?;
        Ok(())
    }

    /// Reads the present again and again, and the past where there is time left.
    async fn read_on(&mut self) -> Result<Infallible, ServiceError> {
        loop {
            self.look().await?;
            let next_look = Instant::now() + self.service.settings().log_poll * RARER;
            while let Some(past) = self.past.take() {
                self.past = self.read_past(past).await?;
                if Instant::now() >= next_look {
                    break;
                }
            }
            tokio::time::sleep_until(next_look).await;
        }
    }

    /// Reads what is new, and now and then all that may have come late.
    async fn look(&mut self) -> Result<(), ServiceError> {
        let now = self.service.now();
        let is_sweep = self.swept_at.is_none_or(|at| at.elapsed() >= SWEEP_EVERY);
        let settled = self.settled.max(now - LATE_MAX);
        let mut present = Stretch::new(self.settled, now);
        loop {
            let page = present.page(&mut self.asker, now).await?;
            let fresh = self.seen.fresh(&page, now);
            let is_last = page.next.is_none();
            let mark = match is_sweep && is_last {
                true => Mark::Checkpoints(vec![(parts(&self.name).0, Some(settled.to_string()))]),
                false => Mark::Nothing,
            };
            if !fresh.is_empty() || matches!(mark, Mark::Checkpoints(_)) {
                self.take(&fresh, mark, false).await?;
            }
            if is_last || (!is_sweep && fresh.is_empty()) {
                break;
            }
        }
        if is_sweep {
            (self.settled, self.swept_at) = (settled, Some(Instant::now()));
            self.seen.forget_before(settled);
        }
        Ok(())
    }

    /// Reads a page of the past. What is left of it then.
    async fn read_past(&mut self, mut past: Stretch) -> Result<Option<Stretch>, ServiceError> {
        let now = self.service.now();
        let page = past.page(&mut self.asker, now).await?;
        let is_done = page.next.is_none();
        let left = (!is_done).then(|| past.words());
        let mark = Mark::Checkpoints(vec![(parts(&self.name).1, left)]);
        self.take(&lines(&page.events, now), mark, true).await?;
        Ok((!is_done).then_some(past))
    }

    async fn take(&self, events: &[Line], mark: Mark, is_past: bool) -> Result<(), ServiceError> {
        let place = format!("LookupEvents {}", self.name);
        let taken = Taken { format: "cloudtrail", place: &place, events, mark, is_past };
        take(self.service, self.source, taken).await
    }
}

/// The parts under which it is kept up to when a region is read, and what of its past is left.
fn parts(region: &str) -> (String, String) {
    (format!("settled {region}"), format!("past {region}"))
}

/// From where the present is looked at, and what is read beside it.
fn resumed(
    settled: Option<Timestamp>,
    past: Option<Stretch>,
    created_at: Timestamp,
    now: Timestamp,
) -> (Timestamp, Option<Stretch>) {
    let present = now - LATE_MAX;
    match settled {
        Some(at) if now.duration_since(at) <= STOP_MAX => (at, past),
        Some(at) => {
            let from = past.map_or(at, |past| past.from.min(at));
            (present, Some(Stretch::new(from, present)))
        }
        None => (present, Some(Stretch::new(created_at.min(now) - BACK, present))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-{text}:00:00Z").parse().unwrap()
    }

    #[test]
    fn a_new_source_reads_the_present_and_a_week_beside_it() {
        let now = at("20T12");
        let present = now - LATE_MAX;
        let week = Stretch::new(at("13T10"), present);
        assert_eq!(resumed(None, None, at("20T10"), now), (present, Some(week)));
    }

    #[test]
    fn a_short_stop_goes_on_and_a_long_one_leaves_a_past() {
        let now = at("20T12");
        let (left, present) = (Stretch::new(at("14T00"), at("15T00")), now - LATE_MAX);
        let went_on = resumed(Some(at("20T11")), Some(left.clone()), at("01T00"), now);
        assert_eq!(went_on, (at("20T11"), Some(left.clone())));
        let missed = Some(Stretch::new(at("18T00"), present));
        assert_eq!(resumed(Some(at("18T00")), None, at("01T00"), now), (present, missed));
        let both = Some(Stretch::new(at("14T00"), present));
        assert_eq!(resumed(Some(at("18T00")), Some(left), at("01T00"), now), (present, both));
    }

    #[test]
    fn what_is_left_of_a_past_is_kept_in_words() {
        let mut past = Stretch::new(at("14T00"), at("15T00"));
        past.oldest = at("14T12");
        let left = Stretch::new(at("14T00"), at("14T12"));
        assert_eq!(Stretch::of_words(&past.words()), Some(left));
        assert_eq!(Stretch::of_words("yesterday"), None);
    }
}
