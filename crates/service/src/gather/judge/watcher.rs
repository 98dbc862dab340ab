//! The detector of this installation, with what all its keys show.
//!
//! What all keys show is learned from what is folded, and kept in a file now and then: it says how usual a
//! novelty is here, and a minute of it more or less says the same. A process that is killed loses no more.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use claviger_model::{AccessEvent, Leak};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{evidence, risk_events};
use claviger_watch::{Detector, TenantNews};
use jiff::{SignedDuration, Timestamp};

use crate::{Service, ServiceError};

/// How often it is kept what all keys show, while they show anything.
const KEEP_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How long what is known of leaks counts as the latest: so much later at most a place counts in which a key
/// was just found. The leaks of the keys that are used are asked for each time.
pub(super) const LEAKS_AGE_MAX: Duration = Duration::from_secs(1);

/// The detector, where nobody works with it, and what is known of its keeping.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    detector: Option<Detector>,
    /// From when on anything was seen.
    since: Option<Timestamp>,
    kept_at: Option<Timestamp>,
    is_news: bool,
    /// When it was looked last whether the leaks are still those that the detector knows, and their mark.
    leaks: Option<(Instant, [u64; 3])>,
}

/// A detector with the dial as it is set, that has seen nothing.
pub(super) fn detector(service: &Service) -> Detector {
    let alarms_per_day = service.settings().alarms_per_day;
    let mut detector = Detector::new(claviger_watch::Settings { alarms_per_day });
    detector.set_places(service.places_shared());
    detector
}

impl Watcher {
    /// Takes the detector to work with it, with what these events tell.
    pub(super) async fn take(
        &mut self,
        service: &Service,
        reader: &mut AnyConnection,
        events: &[AccessEvent],
    ) -> Result<Detector, ServiceError> {
        let mut detector = match self.detector.take() {
            Some(detector) => detector,
            None => self.open(service),
        };
        self.know_leaks(reader, &mut detector).await?;
        let first = events.iter().map(|event| event.time).min();
        if let Some(first) = first.filter(|first| self.since.is_none_or(|since| *first < since)) {
            self.since = Some(first);
            detector.watch_since(first);
        }
        events.iter().for_each(|event| detector.note_reader(event));
        Ok(detector)
    }

    /// The leaks that the detector knows are no longer those that are.
    pub(super) fn doubt_leaks(&mut self) {
        self.leaks = None;
    }

    /// Tells the detector all leaks that are known now, where they may be others than it knows: what was found
    /// and what was put on the allowlist since.
    async fn know_leaks(
        &mut self,
        reader: &mut AnyConnection,
        detector: &mut Detector,
    ) -> Result<(), ServiceError> {
        let is_fresh = |(at, _): &(Instant, _)| at.elapsed() < LEAKS_AGE_MAX;
        if self.leaks.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        let (now, mark) = (Instant::now(), evidence::mark(reader).await?);
        if self.leaks.replace((now, mark)).is_some_and(|(_, known)| known == mark) {
            return Ok(());
        }
        // What fails from here on is looked at again the next time.
        self.leaks = None;
        let mut leaks: Vec<Leak> = Vec::new();
        leaks.extend(risk_events::leaks(reader).await?.into_iter().map(|(leak, _)| leak));
        leaks.extend(evidence::leaks_in_objects(reader).await?);
        detector.set_leaks(leaks);
        self.leaks = Some((now, mark));
        Ok(())
    }

    /// Tells another detector what all keys show now, and who read the objects of the leaks that it knows.
    pub(super) fn teach(&self, other: &mut Detector) {
        let Some(detector) = &self.detector else { return };
        other.learn_readers(detector);
        if let Err(error) = other.restore_tenant(&detector.tenant_state()) {
            tracing::warn!(%error, "a key is judged without what all keys show");
        }
    }

    fn open(&mut self, service: &Service) -> Detector {
        let mut detector = detector(service);
        if let Ok(kept) = std::fs::read(path(service)) {
            let (since, tenant) = kept.split_at(kept.len().min(8));
            let since = <[u8; 8]>::try_from(since).ok().map(i64::from_le_bytes);
            match detector.restore_tenant(tenant) {
                Ok(()) => self.since = since.and_then(|at| Timestamp::from_microsecond(at).ok()),
                Err(error) => tracing::warn!(%error, "what all keys show is learned anew"),
            }
        }
        self.leaks = None;
        detector
    }

    /// Gives the detector back.
    pub(super) fn put(&mut self, detector: Detector) {
        self.detector = Some(detector);
    }

    /// What was folded up to an instant is kept: it counts for all keys.
    pub(super) fn absorb(&mut self, news: &[TenantNews], folded_until: Timestamp) {
        let Some(detector) = &mut self.detector else { return };
        if !news.is_empty() {
            news.iter().for_each(|news| detector.absorb(news));
            detector.settle_until(folded_until);
            self.is_news = true;
        }
    }

    /// Keeps what all keys show, if it is time.
    pub(super) fn keep(&mut self, service: &Service) {
        let now = service.now();
        let is_due = self.kept_at.is_none_or(|at| now.duration_since(at) >= KEEP_EVERY);
        let Some(detector) = self.detector.as_ref().filter(|_| self.is_news && is_due) else {
            return;
        };
        let mut bytes = self.since.map_or(0, Timestamp::as_microsecond).to_le_bytes().to_vec();
        bytes.extend(detector.tenant_state());
        let (path, part) = (path(service), path(service).with_extension("part"));
        let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
        if let Err(error) = written {
            // It is tried again in a minute, and nothing else waits for it.
            tracing::warn!(%error, "what all keys show could not be kept");
        }
        (self.kept_at, self.is_news) = (Some(now), false);
    }
}

fn path(service: &Service) -> PathBuf {
    service.settings().data_dir.join("tenant.state")
}
