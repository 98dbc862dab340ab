//! The ids of a stretch's events. A busy key's state is copied with each of its turns, so what is full is shared by
//! the copies.

use std::sync::Arc;

use claviger_model::EventId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Ids that are shared together.
const PACK: usize = 32;

/// What an id takes in memory, about.
const BYTES: usize = 64;

/// Ids in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventIds {
    packs: Vec<Arc<[EventId]>>,
    rest: Vec<EventId>,
}

impl EventIds {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.packs.len() * PACK + self.rest.len()
    }

    /// And one more.
    pub(crate) fn push(&mut self, id: EventId) {
        self.rest.push(id);
        if self.rest.len() == PACK {
            self.packs.push(std::mem::take(&mut self.rest).into());
        }
    }

    /// The ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &EventId> {
        self.packs.iter().flat_map(|pack| pack.iter()).chain(&self.rest)
    }

    /// Bytes in memory, about: of what is shared a part.
    pub(crate) fn bytes(&self) -> usize {
        let shared = self.packs.iter().map(|pack| PACK * BYTES / Arc::strong_count(pack));
        shared.sum::<usize>() + self.rest.len() * BYTES
    }
}

impl FromIterator<EventId> for EventIds {
    fn from_iter<I: IntoIterator<Item = EventId>>(ids: I) -> Self {
        let mut all = Self::default();
        ids.into_iter().for_each(|id| all.push(id));
        all
    }
}

impl PartialEq for EventIds {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for EventIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Some forms are told beforehand how many come.
        self.iter().collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<EventId>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_the_ids_that_were_put_in_and_are_kept_as_a_list(
            first in prop::collection::vec("[a-z0-9]{0,9}", 0..100),
            more in prop::collection::vec("[a-z0-9]{0,9}", 0..100),
        ) {
            let ids = |texts: &[String]| texts.iter().cloned().map(EventId).collect::<Vec<_>>();
            let before: EventIds = ids(&first).into_iter().collect();
            let mut all = before.clone();
            ids(&more).into_iter().for_each(|id| all.push(id));
            let expected = [ids(&first), ids(&more)].concat();
            prop_assert_eq!(all.iter().cloned().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(before.iter().cloned().collect::<Vec<_>>(), ids(&first));
            prop_assert_eq!(all.len(), expected.len());
            let kept = postcard::to_allocvec(&all).unwrap();
            prop_assert_eq!(&kept, &postcard::to_allocvec(&expected).unwrap());
            prop_assert_eq!(postcard::from_bytes::<EventIds>(&kept).unwrap(), all);
        }
    }
}
