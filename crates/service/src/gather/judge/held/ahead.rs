//! The newest instant of a busy key, judged ahead: in the order in which its requests come.
//!
//! Logs whose times are whole seconds are out of order within each of them. In the order of their ids, which is the one
//! that counts, each delivery would have a busy key judged anew from the beginning of its second. So its requests of
//! one instant are judged once as they come, and once more in order when the instant is over or nothing more comes.

use claviger_model::{AccessEvent, EventId};
use jiff::Timestamp;

use super::Held;
use super::marks::EVENTS_MIN;

/// The events of one instant, which is the newest, as they came.
#[derive(Debug)]
pub(super) struct Ahead {
    /// The place of the first of them.
    pub(super) from: usize,
    /// Their places behind that, by their ids.
    by_id: Vec<usize>,
}

impl Ahead {
    /// Begins with so many events, which are in the order of their ids.
    fn of(from: usize, count: usize) -> Self {
        Self { from, by_id: (0..count).collect() }
    }

    /// Where among `recent` an event of the instant is, or that it is new: then it is to be the last.
    fn place(&mut self, recent: &[AccessEvent], id: &EventId) -> Result<usize, usize> {
        let own = recent.get(self.from..).unwrap_or_default();
        let order = |place: &usize| own.get(*place).map(|event| &event.event_id).cmp(&Some(id));
        match self.by_id.binary_search_by(order) {
            Ok(at) => Ok(self.from + self.by_id.get(at).copied().unwrap_or_default()),
            Err(at) => {
                self.by_id.insert(at, own.len());
                Err(recent.len())
            }
        }
    }

    /// How many of its first events are in the order of their ids.
    fn in_order(&self) -> usize {
        self.by_id.iter().enumerate().take_while(|(at, place)| at == *place).count()
    }

    /// Bytes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        self.by_id.capacity() * size_of::<usize>()
    }
}

impl Held {
    /// The newest instant, where it is judged in the order in which its events came.
    pub(crate) fn ahead_at(&self) -> Option<Timestamp> {
        self.ahead.as_ref()?;
        self.recent.last().map(|last| last.time)
    }

    /// Its newest instant is judged in the order of the ids of its events from here on.
    pub(crate) fn end_instant(&mut self) {
        let Some(ahead) = self.ahead.take() else { return };
        let first = ahead.from + ahead.in_order();
        if first < self.judged {
            self.rewind_to(first);
        }
        self.sort_since(ahead.from);
    }

    /// What is judged anew from before the newest instant is judged in order.
    pub(super) fn end_instant_after(&mut self, place: usize) {
        if let Some(ahead) = self.ahead.take_if(|ahead| place <= ahead.from) {
            self.sort_since(ahead.from);
        }
    }

    fn sort_since(&mut self, from: usize) {
        let instant = self.recent.get_mut(from..).unwrap_or_default();
        instant.sort_by(|a, b| a.event_id.cmp(&b.event_id));
    }

    /// Where an event is among those that are not folded, or belongs.
    pub(super) fn place_of(&mut self, event: &AccessEvent) -> Result<usize, usize> {
        let newest = self.recent.last().map(|last| last.time);
        if newest.is_some_and(|newest| event.time > newest) {
            self.end_instant();
            return Err(self.recent.len());
        }
        let is_newest = newest == Some(event.time);
        if let Some(ahead) = self.ahead.as_mut().filter(|_| is_newest) {
            return ahead.place(&self.recent, &event.event_id);
        }
        let sorted = self.ahead.as_ref().map_or(self.recent.len(), |ahead| ahead.from);
        let order = |known: &AccessEvent| {
            known.time.cmp(&event.time).then_with(|| known.event_id.cmp(&event.event_id))
        };
        let place = self.recent.get(..sorted).unwrap_or_default().binary_search_by(order);
        let Err(at) = place else { return place };
        if is_newest && at < self.judged {
            let from = self.recent.partition_point(|known| known.time < event.time);
            if self.judged.saturating_sub(from) >= EVENTS_MIN {
                let mut ahead = Ahead::of(from, self.recent.len() - from);
                let place = ahead.place(&self.recent, &event.event_id);
                self.ahead = Some(ahead);
                return place;
            }
        }
        Err(at)
    }
}
