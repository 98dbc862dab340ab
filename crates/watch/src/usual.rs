//! What a key did a moment ago: doing it again says nothing more.
//!
//! Nearly all of a log is the same few things over and over, and evidence is not added up within a
//! day. So what has been weighed, and cannot be told otherwise since, is known by a mark and not
//! weighed again. These marks are no part of a kept state: without them the same comes out, later.

use crate::habit::Day;
use crate::profile::Group;
use crate::sketch::join;
use crate::traits::Traits;

/// Marks of events, each at the place that it gives itself; 0 is none.
#[derive(Debug, Clone, Copy)]
struct Marks<const N: usize>([u32; N]);

impl<const N: usize> Default for Marks<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> Marks<N> {
    fn place(mark: u32) -> usize {
        usize::try_from(mark).unwrap_or(0) % N
    }

    fn holds(&self, mark: u32) -> bool {
        self.0[Self::place(mark)] == mark
    }

    fn add(&mut self, mark: u32) {
        self.0[Self::place(mark)] = mark;
    }
}

/// The mark of an event's values, never 0.
fn mark(traits: &Traits) -> u32 {
    let mut all = traits.source.address ^ traits.operation.name.rotate_left(11);
    all ^= traits.client.map_or(0, |client| client.whole.rotate_left(23));
    all ^= traits.bucket.map_or(1, |bucket| bucket.rotate_left(37));
    all ^= traits.folder.map_or(2, |folder| folder.rotate_left(49));
    u32::try_from(join(all, 0) >> 32).unwrap_or(0).max(1)
}

/// Events whose values were all the key's own and were remembered on their day, so that the habits
/// need not be asked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usual {
    day: Day,
    marks: Marks<4>,
}

impl Usual {
    /// Whether the same was done today.
    pub(crate) fn holds(&self, traits: &Traits) -> bool {
        self.day == traits.day && self.marks.holds(mark(traits))
    }

    /// Remembers what was done.
    pub(crate) fn add(&mut self, traits: &Traits) {
        if self.day != traits.day {
            *self = Self { day: traits.day, ..Self::default() };
        }
        self.marks.add(mark(traits));
    }

    /// Forgets everything: some value may stand otherwise now.
    pub(crate) fn forget(&mut self) {
        self.marks = Marks::default();
    }
}

/// Until when what was weighed says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct While {
    /// The hour, doubled: what other keys did counts from the next one on. One more while rights that a key
    /// under alarm gave are held against strange sources.
    pub(crate) hour: u32,
    /// What all keys show, as it changed so many times.
    pub(crate) tenant: u32,
    /// When the running day of the evidence of each group of sources began.
    pub(crate) since: [u32; 2],
}

/// Events that were weighed, by their group of sources.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weighed {
    then: While,
    marks: [Marks<4>; 2],
}

impl Weighed {
    /// Whether the same was weighed.
    pub(crate) fn holds(&self, group: Group, traits: &Traits, now: While) -> bool {
        self.then == now && self.marks[group.index()].holds(mark(traits))
    }

    /// Remembers what was weighed.
    pub(crate) fn add(&mut self, group: Group, traits: &Traits, now: While) {
        if self.then != now {
            *self = Self { then: now, ..Self::default() };
        }
        self.marks[group.index()].add(mark(traits));
    }

    /// Forgets everything: something that is weighed has changed.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}
