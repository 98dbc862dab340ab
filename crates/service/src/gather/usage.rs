//! What was done with a key, out of the history, joined with how sensitive it was.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use claviger_model::{AccessEvent, AccessKeyId, Acl, ConnectionId, KeyUsage, Sensitivity};
use claviger_respond::usage::summarize;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{assets, objects};
use jiff::{SignedDuration, Timestamp};

use crate::{Service, ServiceError};

/// Most events read of one key for one answer: a page shows hundreds of rows, and a summary of this
/// many takes well under a second. Beyond it the answer says that it is partial.
const EVENTS_MAX: usize = 200_000;

/// The same where every moment counts: a message is waiting for it.
const EVENTS_LATELY: usize = 20_000;

/// After how long the uses of a busy key are counted anew.
pub(crate) const COUNT_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// Most objects whose sensitivity is looked up for one answer.
const OBJECTS_MAX: usize = 2_000;

/// The events of a key, oldest first, and whether the history holds more than was read.
pub(crate) async fn events_of(
    service: &Service,
    key: &AccessKeyId,
) -> Result<(Vec<AccessEvent>, bool), ServiceError> {
    latest_of(service, key, EVENTS_MAX).await
}

async fn latest_of(
    service: &Service,
    key: &AccessKeyId,
    limit: usize,
) -> Result<(Vec<AccessEvent>, bool), ServiceError> {
    let history = service.history().clone();
    let key = key.clone();
    let read = tokio::task::spawn_blocking(move || history.of_key(&key, None, None, limit));
    let events = read
        .await
        .map_err(|error| ServiceError::Internal(format!("the history was not read: {error}")))?;
    Ok(events?)
}

/// The account of a key as logs name it, by the latest event that does.
pub(crate) async fn account_of(
    service: &Service,
    key: &AccessKeyId,
) -> Result<Option<String>, ServiceError> {
    let (events, _) = latest_of(service, key, EVENTS_LATELY).await?;
    Ok(events.into_iter().rev().find_map(|event| event.account))
}

/// What was done with a key, and the stretch in which it was done.
#[derive(Debug, Default, Clone)]
pub(crate) struct Past {
    /// By bucket, object and source.
    pub(crate) usage: Arc<KeyUsage>,
    /// Requests since the leak, carried out or refused.
    pub(crate) uses: u64,
    /// The first of them.
    pub(crate) first_used_at: Option<Timestamp>,
    /// The last of them.
    pub(crate) last_used_at: Option<Timestamp>,
    /// The last of them, whole.
    pub(crate) latest: Option<AccessEvent>,
    /// Whether there is more than was read.
    pub(crate) is_partial: bool,
}

impl Past {
    /// With what followed since it was read; sums by bucket and object stay as they were read.
    pub(crate) fn followed_by(&self, fresh: &[&AccessEvent], leaked_at: Timestamp) -> Self {
        let used: Vec<&&AccessEvent> = fresh.iter().filter(|one| one.time >= leaked_at).collect();
        let last = used.iter().max_by_key(|event| event.time);
        let first = used.iter().map(|event| event.time).min();
        let is_later = last.is_some_and(|event| self.last_used_at.is_none_or(|at| event.time > at));
        Self {
            usage: self.usage.clone(),
            uses: self.uses + used.len() as u64,
            first_used_at: self.first_used_at.into_iter().chain(first).min(),
            last_used_at: self.last_used_at.max(last.map(|event| event.time)),
            latest: match last {
                Some(event) if is_later => Some((**event).clone()),
                _ => self.latest.clone(),
            },
            is_partial: self.is_partial,
        }
    }
}

/// What was done with a key since its leak.
pub(crate) async fn of_key(
    service: &Service,
    key: &AccessKeyId,
    connection_id: Option<&ConnectionId>,
    leaked_at: Option<Timestamp>,
) -> Result<Past, ServiceError> {
    let read = events_of(service, key).await?;
    sum_up(service, read, connection_id, leaked_at).await
}

/// As [`of_key`], of a key that is used at this moment: what is read is less, so that it takes moments.
pub(crate) async fn lately_of_key(
    service: &Service,
    key: &AccessKeyId,
    connection_id: Option<&ConnectionId>,
    leaked_at: Timestamp,
) -> Result<Past, ServiceError> {
    let read = latest_of(service, key, EVENTS_LATELY).await?;
    sum_up(service, read, connection_id, Some(leaked_at)).await
}

async fn sum_up(
    service: &Service,
    (events, partial): (Vec<AccessEvent>, bool),
    connection_id: Option<&ConnectionId>,
    leaked_at: Option<Timestamp>,
) -> Result<Past, ServiceError> {
    let mut reader = service.store().read().await?;
    let known = known_objects(&mut reader, connection_id, &events).await?;
    drop(reader);
    let usage =
        summarize(&events, leaked_at, |bucket, object| known.look_up(bucket, object), partial);
    let since = |event: &&AccessEvent| leaked_at.is_none_or(|leaked_at| event.time >= leaked_at);
    let used: Vec<&AccessEvent> = events.iter().filter(since).collect();
    Ok(Past {
        usage: Arc::new(usage),
        is_partial: partial,
        uses: used.len() as u64,
        first_used_at: used.first().map(|event| event.time),
        last_used_at: used.last().map(|event| event.time),
        latest: used.last().map(|event| (*event).clone()),
    })
}

/// How sensitive the buckets and objects of some events are.
struct Known {
    buckets: HashMap<String, Sensitivity>,
    objects: HashMap<(String, String), (Sensitivity, Option<Acl>)>,
}

impl Known {
    fn look_up(&self, bucket: &str, object: Option<&str>) -> (Sensitivity, Option<Acl>) {
        match object {
            None => (self.buckets.get(bucket).copied().unwrap_or_default(), None),
            Some(object) => self
                .objects
                .get(&(bucket.to_owned(), object.to_owned()))
                .copied()
                .unwrap_or_default(),
        }
    }
}

async fn known_objects(
    reader: &mut AnyConnection,
    connection_id: Option<&ConnectionId>,
    events: &[AccessEvent],
) -> Result<Known, ServiceError> {
    let touched: BTreeSet<(&str, &str)> = events
        .iter()
        .filter_map(|event| event.bucket.as_deref().zip(event.object.as_deref()))
        .collect();
    let names: BTreeSet<&str> = events.iter().filter_map(|e| e.bucket.as_deref()).collect();
    let mut known = Known { buckets: HashMap::new(), objects: HashMap::new() };
    let Some(connection_id) = connection_id else { return Ok(known) };
    for bucket in names {
        let Some(asset) = assets::find(reader, connection_id, bucket).await? else { continue };
        known.buckets.insert(bucket.to_owned(), asset.sensitivity);
        for (_, object) in touched.iter().take(OBJECTS_MAX).filter(|(of, _)| *of == bucket) {
            if let Some(row) = objects::get(reader, &asset.id, object).await? {
                let acl = row.acl.or(Some(Acl::Default));
                known
                    .objects
                    .insert((bucket.to_owned(), (*object).to_owned()), (row.sensitivity, acl));
            }
        }
    }
    Ok(known)
}
