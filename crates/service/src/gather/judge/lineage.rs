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

/// Whose habits a key begins with.
#[derive(Debug)]
pub(super) enum Before {
    /// Those of the key at this place, as they are when its own first event comes.
    AtHand(usize),
    /// Those of a key that does nothing meanwhile.
    Elsewhere(Option<Vec<u8>>),
}

/// Finds whose habits the keys that begin in a batch begin with, by their places.
pub(super) async fn find(
    service: &Service,
    reader: &mut AnyConnection,
    room: &Room,
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
        let at_hand = latest.insert(birth.line.clone(), place);
        one.birth = Some(birth);
        // Of one that begins with it what is kept may be no longer so.
        let kept = kept.filter(|kept| {
            let of = at_hand.and_then(|place| keys.get(place)?.birth.as_ref());
            let began = |one: &KeyLine| (one.began_at, one.first_event_id.clone());
            of.is_none_or(|of| began(of) < began(kept))
        });
        let before = match (kept, at_hand) {
            (None, None) => continue,
            (None, Some(place)) => Before::AtHand(place),
            // They are in the order of their names.
            (Some(kept), _) => {
                match keys.binary_search_by(|one| one.key.cmp(&kept.access_key_id)) {
                    Ok(place) => Before::AtHand(place),
                    Err(_) => Before::Elsewhere(
                        habits(service, reader, room, detector, (&kept.access_key_id, &first))
                            .await?,
                    ),
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

/// What a key that does nothing meanwhile was like up to the first use of the one that follows it.
async fn habits(
    service: &Service,
    reader: &mut AnyConnection,
    room: &Room,
    detector: &Detector,
    (before, first): (&AccessKeyId, &AccessEvent),
) -> Result<Option<Vec<u8>>, ServiceError> {
    let state = match room.peek(before) {
        Some(held) => held.state_before(detector, first),
        None => {
            let loaded = past::load(service, reader, &[before]).await?;
            loaded.get(before).and_then(|held| held.state_before(detector, first))
        }
    };
    Ok(state.and_then(|state| detector.inherit(before, &state).ok()))
}
