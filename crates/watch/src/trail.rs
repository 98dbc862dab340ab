//! What one group of sources did in a row: a burst ends with half an hour of silence.

use serde::{Deserialize, Serialize};

use crate::operation::Class;
use crate::sketch::level;
use crate::traits::Traits;

/// A burst is over after so many seconds of silence.
const SILENCE: u32 = 1_800;

/// The steps of somebody who does not know the place.
const STEPS: [Class; 4] = [Class::Identity, Class::Buckets, Class::List, Class::Read];

/// What thieves change, and secrets they read: one kind is work, many at once are a raid.
const DANGERS: [Class; 8] = [
    Class::Mint,
    Class::Policy,
    Class::Logging,
    Class::Hide,
    Class::Encrypt,
    Class::Weaken,
    Class::Secret,
    Class::Role,
];

/// One group's running burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Trail {
    last: u32,
    /// Bits of the looks that are new to the key.
    looks: u64,
    /// Bits of requests that were refused: operation and bucket.
    denied: u64,
    /// Bits of buckets that were listed.
    listed: u32,
    /// Objects read in buckets that were listed.
    read_listed: u16,
    /// Bits of the steps that were done, and of those that are new to the key.
    steps: u8,
    new_steps: u8,
    /// Whether rights were changed, and whether something refused before was allowed after.
    changed_rights: bool,
    pub(crate) escalated: bool,
    /// Bits of the kinds of changes to rights, keys, records and protection.
    dangers: u8,
    /// Whether encryption was changed.
    pub(crate) encrypts: bool,
}

fn bit(hash: u64) -> u64 {
    1 << (hash % 64)
}

impl Trail {
    /// Takes an event in; `is_new` tells whether its operation is new to the key, `is_object` whether
    /// it reads an object that was not read a moment ago. Tells whether the burst got to something
    /// new.
    pub(crate) fn take(&mut self, traits: &Traits, is_new: bool, is_object: bool) -> bool {
        let before = *self;
        if traits.second.saturating_sub(self.last) > SILENCE {
            *self = Self::default();
        }
        self.last = self.last.max(traits.second);
        let class = traits.operation.class;
        if class.is_look() && is_new {
            self.looks |= bit(traits.operation.name);
        }
        if let Some(step) = STEPS.iter().position(|step| *step == class) {
            self.steps |= 1 << step;
            self.new_steps |= u8::from(is_new) << step;
        }
        if let Some(danger) = DANGERS.iter().position(|danger| *danger == class) {
            self.dangers |= 1 << danger;
        }
        if class == Class::List
            && let Some(bucket) = traits.bucket
        {
            self.listed |= 1 << (bucket % 32);
        }
        if is_object
            && traits.succeeded
            && traits.bucket.is_some_and(|bucket| self.listed & 1 << (bucket % 32) != 0)
        {
            self.read_listed = self.read_listed.saturating_add(1);
        }
        let tried = bit(traits.operation.name ^ traits.bucket.unwrap_or(0));
        if traits.denied {
            self.denied |= tried;
        } else if traits.succeeded {
            self.escalated |= self.changed_rights && self.denied & tried != 0;
            self.changed_rights |= matches!(class, Class::Policy | Class::Mint);
            self.encrypts |= class == Class::Encrypt;
        }
        let is_more = level(before.read_listed.into()) != level(self.read_listed.into());
        is_more || Self { last: self.last, read_listed: self.read_listed, ..before } != *self
    }

    /// How many different looks that are new to the key the burst has, up to 64.
    pub(crate) fn new_looks(&self) -> u32 {
        self.looks.count_ones()
    }

    /// How many kinds of dangerous things were tried.
    pub(crate) fn dangers(&self) -> u32 {
        self.dangers.count_ones()
    }

    /// How many of the steps were done, and how many of those are new to the key.
    pub(crate) fn steps(&self) -> (u32, u32) {
        (self.steps.count_ones(), self.new_steps.count_ones())
    }

    /// How many objects were read in buckets that were listed before.
    pub(crate) fn read_listed(&self) -> u16 {
        self.read_listed
    }

    /// How many buckets were listed, up to 32.
    pub(crate) fn listed(&self) -> u32 {
        self.listed.count_ones()
    }
}
