//! What the detector at work knows of leaks. All of them are read once; from then on it follows what is noted of
//! them, key by key, so that one more leak costs the same however many there are.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use claviger_model::{AccessKeyId, Leak};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{canaries, evidence, object_reads, risk_events};
use claviger_watch::Detector;
use jiff::{SignedDuration, Timestamp};

use crate::gather::readers;
use crate::{Service, ServiceError};

/// How long what is known of leaks counts as the latest: so much later at most a place counts in which a key
/// was just found. The leaks of the keys that are used are asked for each time.
pub(super) const LEAKS_AGE_MAX: Duration = Duration::from_secs(1);

/// For so long a change is asked for after it was noted: whoever notes it commits a little later.
const COMMIT_MAX: SignedDuration = SignedDuration::from_secs(30);

/// How often it is made sure that no change was missed, by a clock that was set or a commit that came late.
const SURE_EVERY: Duration = Duration::from_secs(600);

/// What is known of leaks.
#[derive(Debug, Default)]
pub(super) struct KnownLeaks {
    /// `None` where the detector knows nothing of them.
    followed: Option<Followed>,
    /// Keys whose leaks the detector may know wrongly.
    doubted: Vec<AccessKeyId>,
    /// Our own keys: that we read an object says nothing of a thief.
    own_keys: HashSet<AccessKeyId>,
}

/// How far the changes are followed.
#[derive(Debug)]
struct Followed {
    looked_at: Instant,
    /// What was noted before, and committed, is known.
    until: Timestamp,
    /// The latest change that is known of the keys of which something was noted lately.
    lately: HashMap<AccessKeyId, Timestamp>,
    sure_at: Instant,
    mark: [u64; 3],
}

impl KnownLeaks {
    /// Whether a key is one of our own.
    pub(super) fn is_own(&self, key: &AccessKeyId) -> bool {
        self.own_keys.contains(key)
    }

    /// What the detector knows of a key's leaks is no longer what is.
    pub(super) fn doubt(&mut self, key: AccessKeyId) {
        self.doubted.push(key);
    }

    /// Tells the detector what is known now of leaks, where that may be other than it knows: what was found and
    /// what was put on the allowlist since.
    pub(super) async fn tell(
        &mut self,
        service: &Service,
        reader: &mut AnyConnection,
        detector: &mut Detector,
    ) -> Result<(), ServiceError> {
        let is_fresh = |known: &Followed| known.looked_at.elapsed() < LEAKS_AGE_MAX;
        if self.doubted.is_empty() && self.followed.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        let (looked_at, now) = (Instant::now(), service.now());
        // What fails from here on is told whole the next time.
        let followed = self.followed.take().filter(|known| known.until <= now);
        self.own_keys = readers::own_keys(reader).await?;
        let mut followed = match still_sure(reader, followed).await? {
            Some(known) => self.tell_changed(service, reader, detector, known).await?,
            None => tell_all(service, reader, detector).await?,
        };
        let armed = canaries::armed_keys(reader).await?;
        service.intake().put_canaries_first(armed.into_iter().collect());
        self.doubted.clear();
        (followed.looked_at, followed.until) = (looked_at, now);
        self.followed = Some(followed);
        Ok(())
    }

    async fn tell_changed(
        &self,
        service: &Service,
        reader: &mut AnyConnection,
        detector: &mut Detector,
        mut known: Followed,
    ) -> Result<Followed, ServiceError> {
        let since = known.until - COMMIT_MAX;
        let noted: HashMap<_, _> =
            evidence::noted_since(reader, since).await?.into_iter().collect();
        let is_news = |(key, at): &(&AccessKeyId, &Timestamp)| known.lately.get(key) != Some(at);
        let changed: HashSet<&AccessKeyId> =
            noted.iter().filter(is_news).map(|(key, _)| key).chain(&self.doubted).collect();
        if !changed.is_empty() {
            let keys: Vec<&AccessKeyId> = changed.into_iter().collect();
            let found = risk_events::leaks_of_keys(reader, &keys).await?;
            let mut leaks: Vec<Leak> = found.into_iter().map(|(leak, _)| leak).collect();
            leaks.extend(evidence::leaks_in_objects_of_keys(reader, &keys).await?);
            let places: HashSet<(&str, &str)> = leaks.iter().filter_map(place_of).collect();
            let places: Vec<_> = places.into_iter().collect();
            let reads = object_reads::first_by_source_of(reader, &places).await?;
            drop(places);
            let keys: Vec<AccessKeyId> = keys.into_iter().cloned().collect();
            let leaked = leaks.iter().map(|leak| &leak.access_key_id).collect();
            service.intake().change_first(&keys, &leaked);
            detector.set_leaks_of(&keys, leaks);
            note_reads(detector, reads);
        }
        known.lately = noted;
        Ok(known)
    }
}

/// The same, unless it is time to make sure and something was missed.
async fn still_sure(
    reader: &mut AnyConnection,
    followed: Option<Followed>,
) -> Result<Option<Followed>, ServiceError> {
    let Some(mut known) = followed else { return Ok(None) };
    if known.sure_at.elapsed() >= SURE_EVERY {
        let mark = evidence::mark(reader).await?;
        if mark != known.mark {
            return Ok(None);
        }
        known.sure_at = Instant::now();
    }
    Ok(Some(known))
}

async fn tell_all(
    service: &Service,
    reader: &mut AnyConnection,
    detector: &mut Detector,
) -> Result<Followed, ServiceError> {
    let now = service.now();
    let mark = evidence::mark(reader).await?;
    let mut leaks: Vec<Leak> = Vec::new();
    leaks.extend(risk_events::leaks(reader).await?.into_iter().map(|(leak, _)| leak));
    leaks.extend(evidence::leaks_in_objects(reader).await?);
    service.intake().put_first(leaks.iter().map(|leak| leak.access_key_id.clone()).collect());
    detector.set_leaks(leaks);
    note_reads(detector, object_reads::first_by_source(reader).await?);
    let (looked_at, lately) = (Instant::now(), HashMap::new());
    Ok(Followed { looked_at, until: now, lately, sure_at: looked_at, mark })
}

pub(super) fn note_reads(detector: &mut Detector, reads: Vec<object_reads::FirstRead>) {
    for read in reads {
        detector.note_reading_since((&read.bucket, &read.object), &read.source_ip, read.at);
    }
}

fn place_of(leak: &Leak) -> Option<(&str, &str)> {
    leak.bucket.as_deref().zip(leak.object.as_deref())
}
