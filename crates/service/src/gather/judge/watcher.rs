//! The detector of this installation, with what all its keys show.
//!
//! What all keys show is learned from what is folded, and kept in a file now and then: it says how usual a
//! novelty is here, and a minute of it more or less says the same. A process that is killed loses no more.

use std::path::PathBuf;

use claviger_model::AccessEvent;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{evidence, risk_events};
use claviger_watch::{Detector, TenantNews};
use jiff::{SignedDuration, Timestamp};

use crate::{Service, ServiceError};

/// How often it is kept what all keys show, while they show anything.
const KEEP_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The detector, where nobody works with it, and what is known of its keeping.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    detector: Option<Detector>,
    /// From when on anything was seen.
    since: Option<Timestamp>,
    kept_at: Option<Timestamp>,
    is_news: bool,
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
            None => self.open(service, reader).await?,
        };
        let first = events.iter().map(|event| event.time).min();
        if let Some(first) = first.filter(|first| self.since.is_none_or(|since| *first < since)) {
            self.since = Some(first);
            detector.watch_since(first);
        }
        events.iter().for_each(|event| detector.note_reader(event));
        Ok(detector)
    }

    async fn open(
        &mut self,
        service: &Service,
        reader: &mut AnyConnection,
    ) -> Result<Detector, ServiceError> {
        let mut detector = detector(service);
        if let Ok(kept) = std::fs::read(path(service)) {
            let (since, tenant) = kept.split_at(kept.len().min(8));
            let since = <[u8; 8]>::try_from(since).ok().map(i64::from_le_bytes);
            match detector.restore_tenant(tenant) {
                Ok(()) => self.since = since.and_then(|at| Timestamp::from_microsecond(at).ok()),
                Err(error) => tracing::warn!(%error, "what all keys show is learned anew"),
            }
        }
        for (leak, _) in risk_events::leaks(reader).await? {
            detector.add_leak(leak);
        }
        for leak in evidence::leaks_in_objects(reader).await? {
            detector.add_leak(leak);
        }
        Ok(detector)
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

    /// What all keys show now, for another detector.
    pub(super) fn tenant(&self) -> Option<Vec<u8>> {
        self.detector.as_ref().map(Detector::tenant_state)
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
