//! Which keys are judged anew because another one was: they asked what others do, took its place, or were made
//! by it, and what it showed is no longer so.

use std::collections::{BTreeSet, HashMap};

use claviger_model::AccessKeyId;
use claviger_store::{KeyLine, grants, key_lines, minted_keys};
use claviger_watch::Overtaken;
use jiff::Timestamp;

use super::batch::{Batch, OneKey};
use super::held::Held;
use super::room::Room;
use super::{handed_on, leaks, lineage, past};
use crate::{Service, ServiceError};

/// The most events that are judged anew in a round because other keys were.
const EVENTS_MAX: usize = 200_000;

/// The most keys that one made which are read for it: the latest.
const CHILDREN_MAX: u32 = 100;

/// Takes the keys to judge anew out of those that were judged, out of the room, and out of the history.
pub(super) async fn take(
    service: &Service,
    room: &mut Room,
    keys: &mut Vec<OneKey>,
    mut overtaken: Overtaken,
    batch: &Batch,
) -> Result<Vec<OneKey>, ServiceError> {
    add_children(service, room, keys, &mut overtaken).await?;
    add_heirs(service, keys, &mut overtaken).await?;
    if overtaken == Overtaken::default() {
        return Ok(Vec::new());
    }
    let since = overtaken.all_since;
    let is_meant = |held: &Held| {
        let last = held.last_judged().map(|event| event.time);
        let is_later = since.is_some_and(|since| last >= Some(since));
        last.is_some() && (is_later || overtaken.keys.contains(held.key()))
    };
    let mut anew: Vec<OneKey> = keys.extract_if(.., |one| is_meant(&one.held)).collect();
    let mut left = room.take_all(is_meant);
    let mut absent: BTreeSet<AccessKeyId> = overtaken.keys.clone();
    let unknown = [overtaken.all_since, overtaken.any_since].into_iter().flatten().min();
    if let Some(since) = unknown.filter(|since| !room.knows_since(*since)) {
        absent.extend(used_since(service, since).await?);
        room.know_since(since);
    }
    let at_hand = |key: &AccessKeyId| {
        room.peek(key).is_some()
            || keys.iter().chain(&anew).any(|one| one.key == *key)
            || left.iter().any(|held| held.key() == key)
    };
    absent.retain(|key| !at_hand(key));
    let mut reader = service.store().read().await?;
    let loaded = past::load(service, &mut reader, &absent.iter().collect::<Vec<_>>()).await?;
    left.extend(loaded.into_values().map(|mut held| {
        if !room.was_read(held.key()) {
            held.be_unsure();
        }
        held
    }));
    let of_these = left.iter().chain(anew.iter().map(|one| &one.held));
    let events: usize = of_these.map(|held| held.recent().len()).sum();
    if events > EVENTS_MAX {
        tracing::debug!(events, "what came late changes too much to judge it all anew");
        left.into_iter().for_each(|held| room.put(held.key().clone(), held));
        keys.append(&mut anew);
        keys.sort_by(|a, b| a.key.cmp(&b.key));
        return Ok(Vec::new());
    }
    let names: Vec<&AccessKeyId> = left.iter().map(Held::key).collect();
    let mut leaks = leaks::of_keys(&mut reader, &names, &batch.minted).await?;
    drop(reader);
    for held in left {
        let exposed = leaks.remove(held.key());
        anew.push(OneKey::unused(held, exposed));
    }
    for one in &mut anew {
        one.held.rewind();
        // It is known that it is, and its heirs are told when it was.
        one.birth = None;
    }
    anew.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(anew)
}

/// Adds the keys that took the place of those which begin, or were judged anew.
async fn add_heirs(
    service: &Service,
    keys: &mut [OneKey],
    overtaken: &mut Overtaken,
) -> Result<(), ServiceError> {
    let mut births = Vec::new();
    let mut begun: BTreeSet<AccessKeyId> = BTreeSet::new();
    for one in keys.iter_mut() {
        let (is_rewound, is_begun) = (one.held.take_rewound(), one.held.take_begun());
        if is_begun {
            begun.insert(one.key.clone());
        }
        let first = one.held.recent().first().filter(|_| is_rewound || is_begun);
        births.extend(first.and_then(lineage::birth_of));
    }
    if births.is_empty() {
        return Ok(());
    }
    // Those that began in the round before are not kept yet; of those that began in this one each was the heir that
    // it is.
    let mut of_line: HashMap<&str, Vec<&KeyLine>> = HashMap::new();
    for birth in keys.iter().filter_map(|one| one.birth.as_ref()) {
        if !begun.contains(&birth.access_key_id) {
            of_line.entry(birth.line.as_str()).or_default().push(birth);
        }
    }
    let mut reader = service.store().read().await?;
    for birth in births {
        let kept = key_lines::after(&mut reader, &birth).await?;
        let at_hand = of_line.get(birth.line.as_str());
        let at_hand = at_hand.and_then(|begun| lineage::next_of(begun, &birth));
        for heir in kept.as_ref().into_iter().chain(at_hand) {
            if !begun.contains(&heir.access_key_id) {
                overtaken.keys.insert(heir.access_key_id.clone());
            }
        }
    }
    Ok(())
}

/// Adds the keys that suspects made, and those of whoever was given rights with them: the detector knows those that
/// were used since the start.
async fn add_children(
    service: &Service,
    room: &Room,
    keys: &[OneKey],
    overtaken: &mut Overtaken,
) -> Result<(), ServiceError> {
    let suspects = std::mem::take(&mut overtaken.suspects);
    if suspects.is_empty() {
        return Ok(());
    }
    let mut reader = service.store().read().await?;
    for suspect in &suspects {
        let made = minted_keys::of_parent(&mut reader, suspect, CHILDREN_MAX).await?;
        let unread = made.into_iter().map(|one| one.child).filter(|child| !room.was_read(child));
        overtaken.keys.extend(unread);
    }
    let given = grants::by_granters(&mut reader, &suspects).await?;
    drop(reader);
    overtaken.keys.extend(handed_on::reached(service, room, keys, &given).await?);
    Ok(())
}

/// The keys that were used since an instant, as far as they are few.
async fn used_since(
    service: &Service,
    since: Timestamp,
) -> Result<BTreeSet<AccessKeyId>, ServiceError> {
    let history = service.history().clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut keys = BTreeSet::new();
        for event in history.read_all(Some(since), None)?.take(EVENTS_MAX) {
            if let Some(key) = event?.access_key_id
                && !keys.contains(&key)
            {
                keys.insert(key);
            }
        }
        Ok::<_, ServiceError>(keys)
    });
    read.await.map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))?
}
