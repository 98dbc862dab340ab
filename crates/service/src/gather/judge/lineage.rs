//! A key that takes another one's place begins with the habits of that one, as in a replay: what its owner
//! always did is nothing new because the key is.

use std::collections::HashMap;

use claviger_history::History;
use claviger_model::{AccessEvent, AccessKeyId};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{KeyLine, key_lines};
use claviger_watch::{Detector, Use as KeyUse, line_of};
use jiff::{SignedDuration, Timestamp};

use super::batch::OneKey;
use super::held::Held;
use super::room::Room;
use super::{leaks, past};
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

/// Events of a key that are judged at once, to find out what it was like.
const EVENTS_AT_ONCE: usize = 4_096;

/// Whose habits a key begins with.
#[derive(Debug)]
pub(super) enum Before {
    /// Those of the key at this place, as they are when its own first event comes.
    AtHand(usize),
    /// Those of a key that does nothing meanwhile.
    Elsewhere(Option<Vec<u8>>),
}

/// Finds whose habits the keys that begin in a batch begin with, by their places. `judged` are the other keys of
/// the batch: what came of them is not kept yet.
pub(super) async fn find(
    service: &Service,
    reader: &mut AnyConnection,
    (room, judged): (&Room, &[OneKey]),
    detector: &Detector,
    keys: &mut [OneKey],
) -> Result<HashMap<usize, Before>, ServiceError> {
    let newborn = keys.iter().enumerate().filter(|(_, one)| one.held.is_unborn());
    let mut births: Vec<(AccessEvent, usize)> = newborn
        .filter_map(|(place, one)| Some((one.held.recent().first()?.clone(), place)))
        .filter(|(first, _)| line_of(first).is_some())
        .collect();
    births.sort_by(|(a, _), (b, _)| a.time.cmp(&b.time).then_with(|| a.event_id.cmp(&b.event_id)));
    let mut found = HashMap::new();
    let mut latest: HashMap<String, usize> = HashMap::new();
    for (first, place) in births {
        let (Some(birth), Some(one)) = (birth_of(&first), keys.get_mut(place)) else { continue };
        let kept = key_lines::before(reader, &birth).await?;
        let kept = latest_of(kept, judged, &birth);
        let at_hand = latest.insert(birth.line.clone(), place);
        one.birth = Some(birth);
        // Of one that begins with it what is kept may be no longer so.
        let kept = kept.filter(|kept| {
            let of = at_hand.and_then(|place| keys.get(place)?.birth.as_ref());
            of.is_none_or(|of| began(of) < began(kept))
        });
        let before = match (kept, at_hand) {
            (None, None) => continue,
            (None, Some(place)) => Before::AtHand(place),
            (Some(kept), _) => {
                let of = (&kept.access_key_id, &first);
                let (before, folded_until) =
                    found_at(service, reader, (room, judged), detector, keys, of).await?;
                match keys.get_mut(place) {
                    // What that did since then is in its habits, too.
                    Some(one) if folded_until > first.time => {
                        known(reader, one).await?.unwrap_or(before)
                    }
                    _ => before,
                }
            }
        };
        found.insert(place, before);
    }
    Ok(found)
}

/// How a key begins with an event, before it is known with whose habits.
pub(super) fn birth_of(first: &AccessEvent) -> Option<KeyLine> {
    Some(KeyLine {
        access_key_id: first.access_key_id.clone()?,
        line: line_of(first)?.to_owned(),
        began_at: first.time,
        first_event_id: first.event_id.clone(),
        state: Vec::new(),
    })
}

/// The habits that a key is known to have begun with. Where they are not, the history knows better.
async fn known(
    reader: &mut AnyConnection,
    one: &mut OneKey,
) -> Result<Option<Before>, ServiceError> {
    let known = key_lines::of_key(reader, &one.key).await?;
    let is_own = |known: &KeyLine| one.birth.as_ref().is_some_and(|own| began(own) == began(known));
    let Some(known) = known.filter(is_own) else {
        one.held.doubt();
        return Ok(None);
    };
    let habits = Some(known.state).filter(|state| !state.is_empty());
    Ok(Some(Before::Elsewhere(habits)))
}

/// The key before one that begins: as it was kept, or one that began a moment ago.
fn latest_of(kept: Option<KeyLine>, judged: &[OneKey], of: &KeyLine) -> Option<KeyLine> {
    let begun = judged.iter().filter_map(|one| one.birth.as_ref());
    let before = begun.filter(|one| one.line == of.line && began(one) < began(of));
    before.cloned().chain(kept).max_by(|a, b| began(a).cmp(&began(b)))
}

/// The key of a line that began next after another, among some.
pub(super) fn next_of<'a>(begun: &[&'a KeyLine], of: &KeyLine) -> Option<&'a KeyLine> {
    let after = begun.iter().copied().filter(|one| began(one) > began(of));
    after.min_by(|a, b| began(a).cmp(&began(b)))
}

/// Where the habits are of the key before one that begins with an event, and up to when they are folded.
async fn found_at(
    service: &Service,
    reader: &mut AnyConnection,
    (room, judged): (&Room, &[OneKey]),
    detector: &Detector,
    keys: &[OneKey],
    (before, first): (&AccessKeyId, &AccessEvent),
) -> Result<(Before, Timestamp), ServiceError> {
    // They are in the order of their names.
    let at_hand = keys.binary_search_by(|one| one.key.cmp(before));
    if let Some((place, one)) = at_hand.ok().and_then(|at| Some((at, keys.get(at)?))) {
        return Ok((Before::AtHand(place), one.held.folded_until()));
    }
    let loaded;
    let judged = judged.iter().find(|one| one.key == *before).map(|one| &one.held);
    let held = match judged.or_else(|| room.peek(before)) {
        Some(held) => Some(held),
        None => {
            loaded = past::load(service, reader, &[before]).await?;
            loaded.get(before)
        }
    };
    let state = held.and_then(|held| held.state_before(detector, first));
    let habits = state.and_then(|state| detector.inherit(before, &state).ok());
    Ok((Before::Elsewhere(habits), held.map_or(Timestamp::MIN, Held::folded_until)))
}

/// How a key began, by its whole history: what was kept of it may come from the first line that was seen, and
/// an earlier one came since.
pub(super) async fn of_history(
    service: &Service,
    key: &AccessKeyId,
    mut detector: Detector,
) -> Result<(Option<KeyLine>, Detector), ServiceError> {
    let mut reader = service.store().read().await?;
    let kept = key_lines::of_key(&mut reader, key).await?;
    let birth = first_use(service, key).await?.as_ref().and_then(birth_of);
    // The history keeps less than a long life.
    let is_older = |kept: &KeyLine| birth.as_ref().is_none_or(|birth| began(kept) < began(birth));
    if kept.as_ref().is_some_and(is_older) {
        return Ok((kept, detector));
    }
    let Some(mut birth) = birth else { return Ok((None, detector)) };
    let Some(before) = key_lines::before(&mut reader, &birth).await? else {
        return Ok((Some(birth), detector));
    };
    let exposed = leaks::of_keys(&mut reader, &[&before.access_key_id], &[]).await?;
    drop(reader);
    exposed.into_values().for_each(|one| detector.add_leak(one.leak));
    let (history, mut heir) = (service.history().clone(), birth.clone());
    let work = tokio::task::spawn_blocking(move || {
        let is_known = kept.is_some_and(|kept| {
            heir.state.clone_from(&kept.state);
            began(&kept) == began(&heir)
        });
        let habits = habits_by_history(&history, &detector, &before, &heir)?;
        // What the key before did is no longer there: what was made of it in time stands.
        if !(habits.is_none() && is_known) {
            heir.state = habits.unwrap_or_default();
        }
        Ok::<_, ServiceError>((heir.state, detector))
    });
    let (state, detector) = work
        .await
        .map_err(|fault| ServiceError::Internal(format!("the detector broke: {fault}")))??;
    birth.state = state;
    Ok((Some(birth), detector))
}

/// Keeps how a key began. Whoever took its place, then or now, is judged anew.
pub(super) async fn keep(
    service: &Service,
    tx: &mut AnyConnection,
    birth: &KeyLine,
) -> Result<(), ServiceError> {
    let kept = key_lines::of_key(tx, &birth.access_key_id).await?;
    if kept.as_ref() == Some(birth) {
        return Ok(());
    }
    key_lines::insert(tx, birth).await?;
    if kept.as_ref().is_some_and(|kept| began(kept) == began(birth)) {
        return Ok(());
    }
    for begun in kept.iter().chain([birth]) {
        if let Some(heir) = key_lines::after(tx, begun).await? {
            let kind = Kind::Rejudge { access_key_id: heir.access_key_id };
            enqueue(tx, &kind, service.now()).await?;
        }
    }
    Ok(())
}

fn began(one: &KeyLine) -> (Timestamp, &str) {
    (one.began_at, one.first_event_id.as_str())
}

/// The first use of a key that the history holds.
async fn first_use(
    service: &Service,
    key: &AccessKeyId,
) -> Result<Option<AccessEvent>, ServiceError> {
    let (history, key) = (service.history().clone(), key.clone());
    let read = tokio::task::spawn_blocking(move || {
        let mut events = history.read_key(&key, None, None)?;
        events.find(|event| event.as_ref().map_or(true, KeyUse::is_use)).transpose()
    });
    let read = read.await;
    Ok(read.map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??)
}

/// What a key was like up to the first use of its heir; `None` where the history does not hold its beginning.
fn habits_by_history(
    history: &History,
    detector: &Detector,
    before: &KeyLine,
    heir: &KeyLine,
) -> Result<Option<Vec<u8>>, ServiceError> {
    let until = heir.began_at.checked_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
    let key = &before.access_key_id;
    let mut events = history.read_key(key, None, Some(until))?;
    let is_first = |event: &AccessEvent| event.event_id == before.first_event_id;
    let mut state = (!before.state.is_empty()).then(|| before.state.clone());
    let mut is_whole = false;
    loop {
        let some: Result<Vec<AccessEvent>, _> = events.by_ref().take(EVENTS_AT_ONCE).collect();
        let mut some = some?;
        some.retain(|event| (event.time, event.event_id.as_str()) < began(heir));
        if some.is_empty() {
            break;
        }
        is_whole |= some.iter().any(is_first);
        let judged = detector.judge_key(key, state.as_deref(), &some, Timestamp::MAX);
        let Ok(judged) = judged else { return Ok(None) };
        state = Some(judged.state);
    }
    Ok(state.filter(|_| is_whole).and_then(|state| detector.inherit(key, &state).ok()))
}
