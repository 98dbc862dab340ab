//! What the history holds of keys that come into memory.

use std::collections::{HashMap, HashSet};

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alarms, key_states};
use jiff::{SignedDuration, Timestamp};

use super::change::content;
use super::held::Held;
use crate::{Service, ServiceError};

/// The most events read of a key beyond its state: more than that are judged from the history.
const EVENTS_MAX: usize = 50_000;

/// Brings keys into memory as they were kept.
pub(super) async fn load(
    service: &Service,
    reader: &mut AnyConnection,
    keys: &[&AccessKeyId],
) -> Result<HashMap<AccessKeyId, Held>, ServiceError> {
    let states = key_states::of_keys(reader, keys).await?;
    if states.is_empty() {
        return Ok(HashMap::new());
    }
    let known: Vec<&AccessKeyId> = states.keys().collect();
    let mut kept: HashMap<AccessKeyId, HashMap<String, u64>> = HashMap::new();
    for row in alarms::standing(reader, &known).await? {
        let key = &row.alarm.access_key_id;
        if states.get(key).is_some_and(|state| state.folded_until <= row.alarm.time) {
            let said = content(&row.alarm);
            kept.entry(key.clone()).or_default().insert(row.id, said);
        }
    }
    let history = service.history().clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut loaded = HashMap::new();
        for (key, state) in states {
            let since = Some(state.folded_until).filter(|since| *since > Timestamp::MIN);
            let (recent, is_partial) = history.of_key(&key, since, None, EVENTS_MAX)?;
            let mut held = Held::restored(state, recent, kept.remove(&key).unwrap_or_default());
            if is_partial {
                held.doubt();
            }
            loaded.insert(key, held);
        }
        Ok::<_, ServiceError>(loaded)
    });
    read.await.map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))?
}

/// The places of those of these events of a key that the history lacks.
pub(super) async fn lacking(
    service: &Service,
    key: &AccessKeyId,
    events: &[&AccessEvent],
) -> Result<Vec<usize>, ServiceError> {
    let Some(first) = events.iter().map(|event| event.time).min() else { return Ok(Vec::new()) };
    let last = events.iter().map(|event| event.time).max().unwrap_or(first);
    let until = last.checked_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
    let (history, of) = (service.history().clone(), key.clone());
    let read = tokio::task::spawn_blocking(move || {
        history.of_key(&of, Some(first), Some(until), EVENTS_MAX)
    });
    let (known, _) = read
        .await
        .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
    let known: HashSet<EventId> = known.into_iter().map(|event| event.event_id).collect();
    let lacks = |place: &usize| events.get(*place).is_some_and(|e| !known.contains(&e.event_id));
    Ok((0..events.len()).filter(lacks).collect())
}
