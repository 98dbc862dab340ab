//! The detector of this installation, with what all its keys show.
//!
//! What all keys show changes with every batch. Each change commits with the batch that it follows from; the
//! whole is written to a file now and then, and the changes that are in it are dropped.

use std::io::Write;
use std::path::{Path, PathBuf};

use claviger_model::{AccessEvent, AccessKeyId};
use claviger_store::sqlx::AnyConnection;
use claviger_store::tenant_news;
use claviger_watch::Detector;
use jiff::{SignedDuration, Timestamp};

use super::known_leaks::KnownLeaks;
use crate::{Service, ServiceError};

/// How often it is written what all keys show, while they show anything.
const KEEP_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The detector, where nobody works with it, and what is known of its keeping.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    detector: Option<Detector>,
    /// The number of the last change that was committed, and that of the last in the file.
    number: u64,
    written: u64,
    /// The last that was dropped since it is in the file.
    dropped: u64,
    kept_at: Option<Timestamp>,
    leaks: KnownLeaks,
    /// What is being committed.
    under_way: WatchNews,
}

/// What is to be kept of what all keys show.
#[derive(Debug, Default, Clone)]
pub(crate) struct WatchNews {
    /// What changed, under its number.
    changed: Option<(u64, Vec<u8>)>,
    /// Changes up to this one are in the file.
    in_file: Option<u64>,
}

impl WatchNews {
    /// Keeps it with what it follows from.
    pub(crate) async fn keep(&self, tx: &mut AnyConnection) -> Result<(), ServiceError> {
        if let Some((number, changes)) = &self.changed {
            tenant_news::insert(tx, *number, changes).await?;
        }
        if let Some(until) = self.in_file {
            tenant_news::forget(tx, until).await?;
        }
        Ok(())
    }
}

/// A detector with the dial as it is set, that has seen nothing.
pub(super) fn detector(service: &Service) -> Detector {
    let alarms_per_day = service.settings().alarms_per_day;
    let mut detector = Detector::new(claviger_watch::Settings { alarms_per_day });
    detector.set_dial(service.dial_at_hand().get());
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
        detector.set_dial(service.dial_at_hand().get());
        self.leaks.tell(service, reader, &mut detector).await?;
        let used = events.iter().filter(|event| event.access_key_id.is_some());
        let first = used.map(|event| event.time).min();
        let is_earlier = |first: &Timestamp| {
            detector.watched_since().is_none_or(|since| first.as_second() < since.as_second())
        };
        if let Some(first) = first.filter(is_earlier) {
            detector.watch_since(first);
        }
        Ok(detector)
    }

    /// Tells the detector who reads objects that hold a key. Gives the places of such reads.
    pub(super) fn note_readers(
        &self,
        detector: &mut Detector,
        events: &[AccessEvent],
    ) -> Vec<usize> {
        let is_own = |event: &AccessEvent| {
            event.access_key_id.as_ref().is_some_and(|key| self.leaks.is_own(key))
        };
        let others = events.iter().enumerate().filter(|(_, event)| !is_own(event));
        others.filter_map(|(place, event)| detector.note_reader(event).then_some(place)).collect()
    }

    /// The same of what the history holds, where the detector is at work.
    pub(super) fn note_past_readers(&mut self, events: &[AccessEvent]) {
        if let Some(mut detector) = self.detector.take() {
            let _places = self.note_readers(&mut detector, events);
            self.detector = Some(detector);
        }
    }

    /// The leaks of a key that the detector knows are no longer those that are.
    pub(super) fn doubt_leaks(&mut self, key: &AccessKeyId) {
        self.leaks.doubt(key.clone());
    }

    /// Tells another detector what all keys show now, and who read the objects of the leaks that it knows, to
    /// judge one key.
    pub(super) async fn teach(
        &mut self,
        service: &Service,
        other: &mut Detector,
        key: &AccessKeyId,
    ) -> Result<(), ServiceError> {
        let mut reader = service.store().read().await?;
        let detector = self.take(service, &mut reader, &[]).await?;
        other.look_over(&detector, key);
        self.put(detector);
        Ok(())
    }

    async fn open(
        &mut self,
        service: &Service,
        reader: &mut AnyConnection,
    ) -> Result<Detector, ServiceError> {
        let mut detector = detector(service);
        let kept = std::fs::read(path(service)).unwrap_or_default();
        (self.number, self.leaks) = (0, KnownLeaks::default());
        if let Some((number, tenant)) = kept.split_first_chunk() {
            match detector.restore_tenant(tenant) {
                Ok(()) => self.number = u64::from_le_bytes(*number),
                Err(error) => tracing::warn!(%error, "what all keys show is learned anew"),
            }
        }
        self.written = self.number;
        for (number, changes) in tenant_news::after(reader, self.number).await? {
            self.number = number;
            if let Err(error) = detector.take_up_changes(&changes) {
                tracing::warn!(%error, "a part of what all keys show is learned anew");
            }
        }
        Ok(detector)
    }

    /// Gives the detector back.
    pub(super) fn put(&mut self, detector: Detector) {
        self.detector = Some(detector);
    }

    /// What is to be kept of it with what was judged.
    pub(super) fn news(&mut self) -> WatchNews {
        let changes = self.detector.as_mut().map(Detector::take_changes).unwrap_or_default();
        self.news_of(changes)
    }

    /// The same of what another detector learned of one key.
    pub(super) fn news_of(&mut self, changes: Vec<u8>) -> WatchNews {
        self.under_way = WatchNews {
            changed: (!changes.is_empty()).then_some((self.number + 1, changes)),
            in_file: Some(self.written).filter(|written| *written > self.dropped),
        };
        self.under_way.clone()
    }

    /// It was committed.
    pub(super) fn was_kept(&mut self) {
        let WatchNews { changed, in_file } = std::mem::take(&mut self.under_way);
        self.number = changed.map_or(self.number, |(number, _)| number);
        self.dropped = in_file.unwrap_or(self.dropped);
    }

    /// The detector takes up what another one learned of one key, and was committed.
    pub(super) fn learn(&mut self, changes: &[u8]) {
        if let Some(detector) = self.detector.as_mut().filter(|_| !changes.is_empty())
            && detector.take_up_changes(changes).is_err()
        {
            self.forget();
        }
    }

    /// What the detector learned last was not committed: it is opened anew.
    pub(super) fn forget(&mut self) {
        self.detector = None;
        self.under_way = WatchNews::default();
    }

    /// Writes what all keys show, if it is time.
    pub(super) fn keep(&mut self, service: &Service) {
        let now = service.now();
        let is_due = self.kept_at.is_none_or(|at| now.duration_since(at).abs() >= KEEP_EVERY);
        let is_news = self.number > self.written;
        let Some(detector) = self.detector.as_ref().filter(|_| is_news && is_due) else {
            return;
        };
        self.kept_at = Some(now);
        match write(&path(service), self.number, &detector.tenant_state()) {
            Ok(()) => self.written = self.number,
            // It is tried again in a minute, and until then every change is kept.
            Err(error) => tracing::warn!(%error, "what all keys show could not be written"),
        }
    }
}

/// Writes the file whole, or leaves it as it was.
fn write(path: &Path, number: u64, tenant: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let mut file = std::fs::File::create(&part)?;
    file.write_all(&number.to_le_bytes())?;
    file.write_all(tenant)?;
    file.sync_all()?;
    std::fs::rename(part, path)
}

fn path(service: &Service) -> PathBuf {
    service.settings().data_dir.join("tenant.state")
}
