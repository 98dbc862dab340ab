//! What is known of leaks and of keys that keys made, and who read the objects that hold a key.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_model::{AccessEvent, AccessKeyId, Leak, LeakSource};
use hashbrown::HashMap;
use jiff::Timestamp;

use crate::format::Minted;
use crate::grants::Reach;
use crate::judge;
use crate::sketch::hash;
use crate::traits::{Traits, second};

/// The leaks of a key that are in force at an instant, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// The first instant from which the key could be read.
    pub(crate) since: Timestamp,
    /// The gravest way in which it was.
    pub(crate) source: LeakSource,
}

impl Exposure {
    /// Whether what a key does after the leak, where it looks like the owner, is still taken for
    /// hers: most of what lies in private storage or code is never found by a stranger.
    pub(crate) fn leaves_habits(&self) -> bool {
        matches!(self.source, LeakSource::PrivatePlaintext | LeakSource::PrivateCode)
    }
}

/// How a key came to be: made by another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Birth {
    /// The key that made it.
    pub(crate) parent: AccessKeyId,
    /// When.
    pub(crate) at: u32,
}

/// Readers remembered for each object.
const READERS_MAX: usize = 256;

/// Everything known of keys beside what they did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaks {
    of_key: HashMap<AccessKeyId, Vec<Leak>>,
    births: HashMap<AccessKeyId, Birth>,
    /// By the keys whose holders have them.
    grants: HashMap<AccessKeyId, Arc<Reach>>,
    /// The objects that hold a key.
    objects: HashMap<u64, Holding>,
}

/// An object that holds keys.
#[derive(Debug, Clone, Default)]
struct Holding {
    /// Of how many leaks it is the place.
    leaks: u32,
    /// Who read it: address and first second.
    readers: BTreeMap<u64, u32>,
}

fn object_of(leak: &Leak) -> Option<u64> {
    let (bucket, object) = (leak.bucket.as_deref()?, leak.object.as_deref()?);
    Some(object_named(bucket, object))
}

/// An object as its readers are remembered by.
pub(crate) fn object_named(bucket: &str, object: &str) -> u64 {
    crate::sketch::join(hash(bucket.as_bytes()), hash(object.as_bytes()))
}

impl Leaks {
    /// Replaces all leaks. Who read an object that holds a key still is remembered.
    pub(crate) fn replace(&mut self, leaks: Vec<Leak>) {
        self.of_key.clear();
        let mut former = std::mem::take(&mut self.objects);
        leaks.into_iter().for_each(|leak| self.add(leak));
        for (object, holding) in &mut self.objects {
            if let Some(known) = former.remove(object) {
                holding.readers = known.readers;
            }
        }
    }

    /// Replaces the leaks of some keys. Who read an object that holds a key still is remembered.
    pub(crate) fn replace_of(&mut self, keys: &[AccessKeyId], leaks: Vec<Leak>) {
        let former: Vec<Leak> =
            keys.iter().filter_map(|key| self.of_key.remove(key)).flatten().collect();
        leaks.into_iter().for_each(|leak| self.add(leak));
        for object in former.iter().filter_map(object_of) {
            let Some(holding) = self.objects.get_mut(&object) else { continue };
            holding.leaks = holding.leaks.saturating_sub(1);
            if holding.leaks == 0 {
                self.objects.remove(&object);
            }
        }
    }

    /// Takes over who read the objects that are watched here, as another remembers it.
    pub(crate) fn learn_readers(&mut self, other: &Self) {
        for (object, holding) in &mut self.objects {
            if let Some(known) = other.objects.get(object) {
                holding.readers.clone_from(&known.readers);
            }
        }
    }

    /// Adds a leak; one that is known already changes nothing.
    pub(crate) fn add(&mut self, leak: Leak) {
        let leaks = self.of_key.entry(leak.access_key_id.clone()).or_default();
        if leaks.contains(&leak) {
            return;
        }
        if let Some(object) = object_of(&leak) {
            self.objects.entry(object).or_default().leaks += 1;
        }
        leaks.push(leak);
    }

    /// Adds that a key was made by another. The first maker known is kept.
    pub(crate) fn mint(&mut self, minted: &Minted) {
        let birth = Birth { parent: minted.parent.clone(), at: second(minted.at) };
        let known = self.births.entry(minted.child.clone()).or_insert_with(|| birth.clone());
        if (birth.at, &birth.parent) < (known.at, &known.parent) {
            *known = birth;
        }
    }

    /// Whether a key leaked, sooner or later.
    pub(crate) fn contains(&self, id: &AccessKeyId) -> bool {
        self.of_key.contains_key(id)
    }

    /// Sets what rights the holders of some keys were given.
    pub(crate) fn grant(&mut self, keys: &[AccessKeyId], reach: Reach) {
        let reach = Arc::new(reach);
        self.grants.extend(keys.iter().map(|key| (key.clone(), reach.clone())));
    }

    /// The keys that a key made, and those to whose holders it gave rights.
    pub(crate) fn children<'a>(
        &'a self,
        parent: &'a AccessKeyId,
    ) -> impl Iterator<Item = &'a AccessKeyId> {
        let born = self.births.iter().filter(move |(_, birth)| birth.parent == *parent);
        let given = self.grants.iter().filter(move |(_, reach)| reach.is_by(parent));
        born.map(|(child, _)| child).chain(given.map(|(id, _)| id))
    }

    /// What rights the holder of a key was given by others.
    pub(crate) fn reach(&self, id: &AccessKeyId) -> Option<&Reach> {
        if self.grants.is_empty() {
            return None;
        }
        self.grants.get(id).map(|reach| &**reach)
    }

    /// How a key came to be.
    pub(crate) fn birth(&self, id: &AccessKeyId) -> Option<&Birth> {
        if self.births.is_empty() {
            return None;
        }
        self.births.get(id)
    }

    /// Whether there are objects whose readers are remembered.
    pub(crate) fn asks_for_readers(&self) -> bool {
        !self.objects.is_empty()
    }

    /// Remembers who read an object that holds a key. Whether the event is such a read.
    pub(crate) fn note_reader(&mut self, event: &AccessEvent, traits: &Traits) -> bool {
        if self.objects.is_empty() || !event.succeeded() {
            return false;
        }
        let Some(object) = traits.object.filter(|object| self.objects.contains_key(object)) else {
            return false;
        };
        if traits.source.is_somewhere() {
            self.note_reading(object, traits.source.address, traits.second);
        }
        true
    }

    /// Remembers that an address read an object at a second, if it holds a key.
    pub(crate) fn note_reading(&mut self, object: u64, address: u64, second: u32) {
        let Some(Holding { readers, .. }) = self.objects.get_mut(&object) else { return };
        if readers.len() < READERS_MAX || readers.contains_key(&address) {
            let first = readers.entry(address).or_insert(second);
            *first = (*first).min(second);
        }
    }

    /// When an address first read an object that holds the key, if that was before a second.
    pub(crate) fn read_at(&self, id: &AccessKeyId, address: u64, now: u32) -> Option<u32> {
        let objects = self.of_key.get(id)?.iter().filter_map(object_of);
        let reads =
            objects.filter_map(|object| self.objects.get(&object)?.readers.get(&address).copied());
        reads.filter(|first| *first < now).min()
    }

    /// The leaks in force at an instant, as one.
    pub(crate) fn exposure(&self, id: &AccessKeyId, at: Timestamp) -> Option<Exposure> {
        if self.of_key.is_empty() {
            return None;
        }
        let leaks = self.of_key.get(id)?;
        let in_force = || leaks.iter().filter(|leak| leak.leaked_at <= at);
        let since = in_force().map(|leak| leak.leaked_at).min()?;
        let exposures = in_force().map(|leak| Exposure { since, source: leak.source });
        exposures.max_by(|a, b| {
            let grave = |exposure: &Exposure| judge::prior_of(exposure.source);
            grave(a).total_cmp(&grave(b)).then_with(|| a.source.cmp(&b.source))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One of few keys, leaked in one of few objects, or elsewhere.
    fn leak() -> impl Strategy<Value = Leak> {
        (0_u8..5, proptest::option::of(0_u8..4), 0_i64..3).prop_map(|(key, object, at)| {
            let key = AccessKeyId::parse(&format!("LTAI5tFAKEFAKEFAKE00000{key}")).unwrap();
            let at = Timestamp::from_second(at).unwrap();
            let (bucket, object) = (Some("b".to_owned()), object.map(|name| name.to_string()));
            Leak { bucket, object, ..Leak::new(key, at, LeakSource::PrivatePlaintext) }
        })
    }

    /// The leaks, and how many of them an object holds, with its readers.
    type Known = (Vec<String>, BTreeMap<u64, (u32, BTreeMap<u64, u32>)>);

    /// What is known, in one order.
    fn known(leaks: &Leaks) -> Known {
        let mut all: Vec<String> =
            leaks.of_key.values().flatten().map(|leak| format!("{leak:?}")).collect();
        all.sort();
        let of = |held: &Holding| (held.leaks, held.readers.clone());
        (all, leaks.objects.iter().map(|(object, held)| (*object, of(held))).collect())
    }

    proptest! {
        #[test]
        fn leaks_that_are_followed_key_by_key_are_those_that_are_told_at_once(
            turns in proptest::collection::vec(proptest::collection::vec(leak(), 0..6), 1..6),
        ) {
            let (mut followed, mut whole) = (Leaks::default(), Leaks::default());
            let mut stands: Vec<Leak> = Vec::new();
            for (turn, news) in turns.into_iter().enumerate() {
                // What a turn tells of a key takes the place of all that was known of it.
                let mut keys: Vec<AccessKeyId> =
                    news.iter().map(|leak| leak.access_key_id.clone()).collect();
                keys.dedup();
                stands.retain(|leak| !keys.contains(&leak.access_key_id));
                // Every other turn its leaks are gone.
                let news = if turn % 2 == 0 { news } else { Vec::new() };
                stands.extend(news.iter().cloned());
                followed.replace_of(&keys, news);
                whole.replace(stands.clone());
                for leaks in [&mut followed, &mut whole] {
                    for name in 0_u8..4 {
                        let object = object_named("b", &name.to_string());
                        leaks.note_reading(object, turn as u64, 7);
                    }
                }
                prop_assert_eq!(known(&followed), known(&whole));
            }
        }
    }
}
