//! The keys of a batch are judged event by event in the order of time, all together: what one of them shows
//! counts for the others from then on, as in a replay.

use std::collections::HashMap;

use claviger_model::AccessEvent;
use claviger_watch::{Detector, Standing, Turn};
use jiff::Timestamp;

use super::batch::OneKey;
use super::lineage::Before;

/// What is under way of one key.
#[derive(Default)]
struct UnderWay {
    turn: Option<Turn>,
    /// The number of its first event of its newest instant, where that is to be marked.
    newest: Option<usize>,
    raised: Vec<Standing>,
}

/// Judges what was not judged yet of some keys.
pub(super) fn judge(
    detector: &mut Detector,
    keys: &mut [OneKey],
    births: &mut HashMap<usize, Before>,
) {
    recall(detector, keys);
    let mut under_way: Vec<UnderWay> = keys.iter().map(|_| UnderWay::default()).collect();
    for (key, number) in in_order(keys) {
        if number == 0 {
            let before = births.remove(&key);
            let habits = before.and_then(|before| habits(detector, keys, &under_way, key, before));
            let Some(one) = keys.get_mut(key) else { continue };
            if let Some(birth) = &mut one.birth {
                birth.state = habits.clone().unwrap_or_default();
            }
            if one.held.is_unborn() {
                one.held.inherit(habits);
            }
            if let Some(mine) = under_way.get_mut(key) {
                mine.turn = one.held.begin_turn(detector);
                mine.newest = one.held.newest_instant();
            }
        }
        let (Some(one), Some(mine)) = (keys.get_mut(key), under_way.get_mut(key)) else { continue };
        if let Some(turn) = mine.turn.as_ref().filter(|_| mine.newest == Some(number)) {
            one.held.pass(number, turn, mine.raised.len());
        }
        let (Some(event), Some(turn)) = (one.held.open().get(number), &mut mine.turn) else {
            continue;
        };
        mine.raised.extend(detector.judge_in_turn(turn, event));
    }
    for (one, mine) in keys.iter_mut().zip(under_way) {
        if let Some(turn) = mine.turn {
            one.held.end_turn(detector, turn, mine.raised);
        }
    }
}

/// What keys that are judged anew showed in a process before, which stands no longer by itself.
fn recall(detector: &Detector, keys: &mut [OneKey]) {
    let lack = keys.iter_mut().filter(|one| one.held.lacks_former().is_some());
    let mut lack: Vec<&mut OneKey> = lack.collect();
    if lack.is_empty() {
        return;
    }
    let since = |one: &OneKey| one.held.lacks_former().unwrap_or(Timestamp::MAX);
    let asked: Vec<_> = lack.iter().map(|one| (&one.key, since(one))).collect();
    let shown = detector.shown_since(&asked);
    drop(asked);
    for (one, shown) in lack.iter_mut().zip(shown) {
        one.held.set_former(shown);
    }
}

/// Every event to judge, by the place of its key and its number among those of the key.
fn in_order(keys: &[OneKey]) -> Vec<(usize, usize)> {
    let mut order: Vec<(Moment<'_>, usize, usize)> = Vec::new();
    for (key, one) in keys.iter().enumerate() {
        // What is judged ahead keeps its own order: none of it goes before what came before it.
        let mut latest: Option<Moment<'_>> = None;
        for (number, event) in one.held.open().iter().enumerate() {
            let moment = latest.map_or(Moment::of(event), |latest| latest.max(Moment::of(event)));
            order.push((moment, key, number));
            latest = Some(moment);
        }
    }
    // Each key's are in order: this sort takes what runs up as it is.
    order.sort_by_key(|(moment, ..)| *moment);
    order.into_iter().map(|(_, key, number)| (key, number)).collect()
}

/// The place of an event in the order of time and ids, which mostly differ at their beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Moment<'a> {
    time: Timestamp,
    id_begins: [u8; 8],
    id: &'a str,
}

impl<'a> Moment<'a> {
    fn of(event: &'a AccessEvent) -> Self {
        let id = event.event_id.as_str();
        let mut id_begins = [0; 8];
        id_begins.iter_mut().zip(id.bytes()).for_each(|(begin, byte)| *begin = byte);
        Self { time: event.time, id_begins, id }
    }
}

/// The habits of the key before one that begins.
fn habits(
    detector: &Detector,
    keys: &[OneKey],
    under_way: &[UnderWay],
    heir: usize,
    before: Before,
) -> Option<Vec<u8>> {
    let place = match before {
        Before::Elsewhere(habits) => return habits,
        Before::AtHand(place) => place,
    };
    let (first, one) = (keys.get(heir)?.held.recent().first()?, keys.get(place)?);
    let is_ahead = one
        .held
        .last_judged()
        .is_some_and(|last| (last.time, &last.event_id) > (first.time, &first.event_id));
    if let Some(turn) = under_way.get(place).and_then(|one| one.turn.as_ref())
        && !is_ahead
    {
        return Some(turn.heir());
    }
    let state = match is_ahead {
        true => one.held.state_before(detector, first)?,
        false => one.held.state_by_now()?,
    };
    detector.inherit(&one.key, &state).ok()
}
