//! What is normal for one key: a fixed-size memory of where, with what, on what, when and how much.
//!
//! Days, not events, are the witnesses. At most 1 KiB a key; the same events in the same order
//! leave the same profile. It judges nothing: the sensors do.

use serde::{Deserialize, Serialize};

use crate::amounts::{Amounts, Most};
use crate::habit::{Day, Habit, Learned, Standing};
use crate::place::Places;
use crate::rhythm::Rhythm;
use crate::sketch::{Largest, hash, level};
use crate::source::Source;
use crate::trail::Trail;
use crate::traits::{DAY, Traits};

/// Whether the source was the key's own before, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Group {
    /// Its own: known before the leak, or for more than a day.
    Familiar,
    /// Not known yet. All such sources count as one, so that rotating addresses hides nothing.
    Foreign,
}

impl Group {
    /// Its place in arrays of two.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Familiar => 0,
            Self::Foreign => 1,
        }
    }
}

/// A trait that takes values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trait {
    /// Source address.
    Address,
    /// Its prefix.
    Prefix,
    /// Its network.
    Network,
    /// Its country.
    Country,
    /// Tool of the client.
    Tool,
    /// Client with version and system.
    Client,
    /// Operation.
    Operation,
    /// Bucket.
    Bucket,
    /// First folder in a bucket.
    Folder,
}

/// How many traits there are.
pub(crate) const TRAITS: usize = 9;

/// How the values of an event stand to the key, by [`Trait`]; `None` where the event has none.
pub(crate) type Standings = [Option<Standing>; TRAITS];

/// What closed when a day did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClosedDay {
    /// Traits that took a new value on it, as bits.
    pub(crate) new: u16,
    /// Its largest windows.
    pub(crate) most: Most,
    /// Days on which the key had been used before it.
    pub(crate) days_before: u16,
    /// How often it had come from somewhere new.
    pub(crate) moves_before: u16,
}

/// The memory of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Days on which the key was used in trust, today not counted.
    pub(crate) days: u16,
    pub(crate) today: Day,
    pub(crate) first_day: Day,
    /// Traits that took a new value today, as bits.
    new_today: u16,
    /// Days on which it changed rights, keys, records or protection.
    control_days: u16,
    control_day: Day,
    /// Days on which it was used from two prefixes within minutes, and the last such day.
    pub(crate) apart_days: u16,
    apart_day: Day,
    /// The most objects that were read in a row out of what had been listed: of past days, and the
    /// level of today.
    pub(crate) read_listed: Largest,
    read_today: u8,
    last_prefix: u16,
    last_prefix_at: u32,
    /// Whether today was used in trust, and whether the foreign group is under suspicion today.
    active: bool,
    tainted: bool,
    addresses: Habit<10>,
    prefixes: Habit<6>,
    networks: Habit<5>,
    countries: Habit<3>,
    tools: Habit<3>,
    clients: Habit<5>,
    operations: Habit<12>,
    buckets: Habit<6>,
    folders: Habit<6>,
    pub(crate) amounts: Amounts,
    pub(crate) rhythm: Rhythm,
    trails: [Trail; 2],
}

/// Uses from two places within so many seconds count as at once.
const AT_ONCE: u32 = 600;

/// Hashes of the network and country of an address. Without data of places the block around it stands
/// for its network.
pub(crate) fn network_of(source: &Source, places: &Places) -> (Option<u64>, Option<u64>) {
    if places.is_empty() {
        return (source.block(), None);
    }
    let Some(ip) = source.ip else { return (None, None) };
    let place = places.of(ip);
    let network = place.asn.map(|asn| hash(&asn.to_le_bytes()));
    (network, place.country.map(|country| hash(country.as_str().as_bytes())))
}

impl Profile {
    /// How the event's values stand. Networks are looked up only where the address is not known.
    pub(crate) fn standings(
        &self,
        traits: &Traits,
        places: &Places,
        leaked: Option<Day>,
    ) -> Standings {
        let today = traits.day;
        let mut standings = [None; TRAITS];
        let mut set = |of: Trait, standing| standings[of as usize] = Some(standing);
        if traits.source.is_somewhere() {
            let address = self.addresses.standing(traits.source.address, today, leaked);
            set(Trait::Address, address);
            if !matches!(address, Standing::Known { .. }) {
                let prefix = self.prefixes.standing(traits.source.prefix, today, leaked);
                set(Trait::Prefix, prefix);
                let (network, country) = network_of(&traits.source, places);
                if let Some(network) = network {
                    set(Trait::Network, self.networks.standing(network, today, leaked));
                }
                if let Some(country) = country {
                    set(Trait::Country, self.countries.standing(country, today, leaked));
                }
            }
        }
        if let Some(client) = traits.client {
            let whole = self.clients.standing(client.whole, today, leaked);
            set(Trait::Client, whole);
            set(Trait::Tool, self.tools.standing(client.tool, today, leaked));
        }
        let operation = self.operations.standing(traits.operation.name, today, leaked);
        set(Trait::Operation, operation);
        if let Some(bucket) = traits.bucket {
            set(Trait::Bucket, self.buckets.standing(bucket, today, leaked));
        }
        if let Some(folder) = traits.folder {
            set(Trait::Folder, self.folders.standing(folder, today, leaked));
        }
        standings
    }

    /// Whether the source is the key's own. A service of the provider acts on behalf of a call that
    /// was judged itself.
    pub(crate) fn group(traits: &Traits, standings: &Standings) -> Group {
        if traits.source.kind == crate::source::Kind::Service {
            return Group::Familiar;
        }
        match standings[Trait::Address as usize] {
            Some(Standing::Known { .. }) => Group::Familiar,
            _ => Group::Foreign,
        }
    }

    /// Counts what an event took. The profile's day must be the event's: see [`Self::close_day`].
    /// Tells whether the running burst got to something new.
    pub(crate) fn count(
        &mut self,
        traits: &Traits,
        group: Group,
        is_new: bool,
        trusted: bool,
    ) -> bool {
        self.active |= trusted;
        self.tainted |= !trusted;
        let is_object = self.amounts.count(traits, group.index());
        let trail = &mut self.trails[group.index()];
        let got_on = trail.take(traits, is_new, is_object);
        if trusted {
            self.read_today = self.read_today.max(level(trail.read_listed().into()));
        }
        got_on
    }

    /// Remembers the event's values as the key's own.
    pub(crate) fn learn(&mut self, traits: &Traits, places: &Places) -> Learned {
        let today = traits.day;
        let mut all = Learned::default();
        if traits.source.is_somewhere() {
            let learned = self.addresses.learn(traits.source.address, today);
            all.add(learned);
            if learned.is_first_today {
                all.add(self.prefixes.learn(traits.source.prefix, today));
                let (network, country) = network_of(&traits.source, places);
                if let Some(network) = network {
                    all.add(self.networks.learn(network, today));
                }
                if let Some(country) = country {
                    all.add(self.countries.learn(country, today));
                }
            }
        }
        if let Some(client) = traits.client {
            all.add(self.clients.learn(client.whole, today));
            all.add(self.tools.learn(client.tool, today));
        }
        all.add(self.operations.learn(traits.operation.name, today));
        if let Some(bucket) = traits.bucket {
            all.add(self.buckets.learn(bucket, today));
        }
        if let Some(folder) = traits.folder {
            all.add(self.folders.learn(folder, today));
        }
        all.is_first_today |= self.learn_ways(traits);
        all
    }

    /// Remembers when the key is used, that it changes rights, and that it is used in two places
    /// at once. Tells whether the hours of the week changed.
    pub(crate) fn learn_ways(&mut self, traits: &Traits) -> bool {
        let is_first = self.rhythm.learn(traits.second);
        if traits.operation.class.is_control() && traits.day > self.control_day {
            self.control_day = traits.day;
            self.control_days = self.control_days.saturating_add(1);
        }
        if !traits.source.is_somewhere() {
            return is_first;
        }
        if self.is_apart(traits) && traits.day > self.apart_day {
            self.apart_day = traits.day;
            self.apart_days = self.apart_days.saturating_add(1);
        }
        self.last_prefix = short(traits.source.prefix);
        self.last_prefix_at = traits.second;
        is_first
    }

    /// Days before one on which the key changed rights, keys, records or protection: what it did
    /// earlier that day is no habit yet.
    pub(crate) fn control_days_before(&self, day: Day) -> u16 {
        self.control_days.saturating_sub(u16::from(self.control_day >= day))
    }

    /// Whether the key was used from another prefix minutes ago.
    pub(crate) fn is_apart(&self, traits: &Traits) -> bool {
        self.last_prefix != 0
            && self.last_prefix != short(traits.source.prefix)
            && traits.second.saturating_sub(self.last_prefix_at) <= AT_ONCE
    }

    /// Marks the traits that took a new value.
    pub(crate) fn mark_new(&mut self, standings: &Standings) {
        for (place, standing) in standings.iter().enumerate() {
            self.new_today |= u16::from(*standing == Some(Standing::New)) << place;
        }
    }

    /// What the group does in its running burst.
    pub(crate) fn trail(&self, group: Group) -> &Trail {
        &self.trails[group.index()]
    }

    /// How many values of a trait are known that were seen up to a day.
    pub(crate) fn known(&self, of: Trait, until: Day) -> u64 {
        match of {
            Trait::Address => self.addresses.count(until),
            Trait::Prefix => self.prefixes.count(until),
            Trait::Network => self.networks.count(until),
            Trait::Country => self.countries.count(until),
            Trait::Tool => self.tools.count(until),
            Trait::Client => self.clients.count(until),
            Trait::Operation => self.operations.count(until),
            Trait::Bucket => self.buckets.count(until),
            Trait::Folder => self.folders.count(until),
        }
    }

    /// The chance that a day brings a new value of a trait.
    pub(crate) fn chance_of_new(&self, of: Trait, today: Day, peers: f64) -> f64 {
        let days = self.days;
        match of {
            Trait::Address => self.addresses.chance_of_new(days, today, peers),
            Trait::Prefix => self.prefixes.chance_of_new(days, today, peers),
            Trait::Network => self.networks.chance_of_new(days, today, peers),
            Trait::Country => self.countries.chance_of_new(days, today, peers),
            Trait::Tool => self.tools.chance_of_new(days, today, peers),
            Trait::Client => self.clients.chance_of_new(days, today, peers),
            Trait::Operation => self.operations.chance_of_new(days, today, peers),
            Trait::Bucket => self.buckets.chance_of_new(days, today, peers),
            Trait::Folder => self.folders.chance_of_new(days, today, peers),
        }
    }

    /// How often the key came from somewhere new before a day, as far as is remembered.
    pub(crate) fn moves(&self, before: Day) -> u16 {
        self.prefixes.later_days(before)
    }

    /// Whether nothing is known of the key.
    pub(crate) fn is_blank(&self) -> bool {
        self.addresses.is_empty() && self.operations.is_empty()
    }

    /// Closes the running day if a later one began, and tells what it was.
    pub(crate) fn close_day(&mut self, day: Day) -> Option<ClosedDay> {
        if day <= self.today {
            return None;
        }
        let was = self.today;
        let end = u32::from(was.saturating_add(1)).saturating_mul(DAY);
        let most = self.amounts.close_day(end, self.active, !self.tainted);
        let closed = ClosedDay {
            new: self.new_today,
            most,
            days_before: self.days,
            moves_before: self.moves(was),
        };
        let was_active = self.active;
        self.days = self.days.saturating_add(u16::from(was_active));
        if was_active {
            self.read_listed.add(core::mem::take(&mut self.read_today));
        }
        self.today = day;
        if was == 0 {
            self.first_day = day;
        }
        (self.active, self.tainted, self.new_today) = (false, false, 0);
        was_active.then_some(closed)
    }

    /// The profile with which a key begins that takes this one's place: its habits, not its day.
    pub(crate) fn heir(&self) -> Self {
        let mut heir = *self;
        heir.trails = [Trail::default(); 2];
        heir
    }
}

fn short(hash: u64) -> u16 {
    u16::try_from(hash >> 48).unwrap_or(0).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_fits_in_one_kibibyte() {
        assert!(size_of::<Profile>() <= 1024, "{} bytes", size_of::<Profile>());
    }
}
