//! A key that takes another one's place begins with the habits of that one, as in a replay: what its owner
//! always did is nothing new because the key is.

use std::collections::HashMap;

use claviger_model::{AccessEvent, AccessKeyId};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{KeyLine, key_lines};
use claviger_watch::{Detector, line_of};

use super::batch::OneKey;
use super::past;
use super::room::Room;
use crate::{Service, ServiceError};

/// Lets the keys that begin in a batch begin as the heirs of those before them.
pub(super) async fn begin(
    service: &Service,
    reader: &mut AnyConnection,
    room: &Room,
    detector: &Detector,
    keys: &mut [OneKey],
) -> Result<(), ServiceError> {
    let newborn = keys.iter().enumerate().filter(|(_, one)| one.held.is_unborn());
    let mut births: Vec<(AccessEvent, usize)> = newborn
        .filter_map(|(place, one)| Some((one.held.recent().first()?.clone(), place)))
        .filter(|(first, _)| line_of(first).is_some())
        .collect();
    births.sort_by(|(a, _), (b, _)| a.time.cmp(&b.time).then_with(|| a.event_id.cmp(&b.event_id)));
    let mut latest: HashMap<String, AccessKeyId> = HashMap::new();
    for (first, place) in births {
        let (Some(line), Some(key)) = (line_of(&first), first.access_key_id.clone()) else {
            continue;
        };
        let before = match latest.insert(line.to_owned(), key) {
            Some(before) => Some(before),
            None => key_lines::latest(reader, line, first.time).await?.map(|one| one.access_key_id),
        };
        let habits = match &before {
            Some(before) => habits(service, reader, room, detector, keys, (before, &first)).await?,
            None => None,
        };
        let Some(one) = keys.get_mut(place) else { continue };
        let state = habits.and_then(|habits| detector.inherit(&one.key, &habits).ok());
        let birth = KeyLine {
            access_key_id: one.key.clone(),
            line: line.to_owned(),
            began_at: first.time,
            state: state.clone().unwrap_or_default(),
        };
        one.held.inherit(state);
        one.birth = Some(birth);
    }
    Ok(())
}

/// What a key was like up to the first use of the one that follows it.
async fn habits(
    service: &Service,
    reader: &mut AnyConnection,
    room: &Room,
    detector: &Detector,
    keys: &[OneKey],
    (before, first): (&AccessKeyId, &AccessEvent),
) -> Result<Option<Vec<u8>>, ServiceError> {
    // They are in the order of their names.
    let at_hand = keys.binary_search_by(|one| one.key.cmp(before));
    if let Some(one) = at_hand.ok().and_then(|place| keys.get(place)) {
        return Ok(one.held.state_before(detector, first));
    }
    if let Some(held) = room.peek(before) {
        return Ok(held.state_before(detector, first));
    }
    let loaded = past::load(service, reader, &[before]).await?;
    Ok(loaded.get(before).and_then(|held| held.state_before(detector, first)))
}
