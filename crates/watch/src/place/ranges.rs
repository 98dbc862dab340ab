//! Ranges of addresses with a value each, made flat so that a look-up is one binary search.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

/// An address as a number.
pub(super) trait Address: Copy + Ord {
    /// The address after this one.
    fn next(self) -> Option<Self>;
    /// How many addresses lie between the two.
    fn distance(self, end: Self) -> u128;
}

impl Address for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn distance(self, end: Self) -> u128 {
        u128::from(end.saturating_sub(self))
    }
}

impl Address for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
    fn distance(self, end: Self) -> u128 {
        end.saturating_sub(self)
    }
}

/// A range as a file states it, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range<A, V> {
    pub(super) start: A,
    pub(super) end: A,
    pub(super) value: V,
}

/// Ranges that do not overlap, in order. The default value stands for nothing.
#[derive(Debug, Clone)]
pub(super) struct Ranges<A, V> {
    /// Where each piece begins; it lasts until the next one.
    starts: Vec<A>,
    values: Vec<V>,
}

impl<A, V> Default for Ranges<A, V> {
    fn default() -> Self {
        Self { starts: Vec::new(), values: Vec::new() }
    }
}

impl<A: Address, V: Copy + Eq + Default> Ranges<A, V> {
    /// Where ranges overlap, the narrowest counts; of two as narrow, the later.
    pub(super) fn flat(mut ranges: Vec<Range<A, V>>) -> Self {
        ranges.retain(|range| range.start <= range.end);
        let mut ranges: Vec<(usize, Range<A, V>)> = ranges.into_iter().enumerate().collect();
        ranges.sort_by_key(|(_, range)| range.start);
        let mut flat = Self::default();
        // The ranges that hold `here`, and some that have ended; the one that counts is on top.
        let mut open = BinaryHeap::new();
        let mut rest = ranges.iter().enumerate().peekable();
        let mut at = ranges.first().map(|(_, range)| range.start);
        while let Some(here) = at {
            while let Some((index, (order, range))) = rest.next_if(|(_, (_, r))| r.start <= here) {
                open.push((Reverse(range.start.distance(range.end)), *order, index));
            }
            let of = |&(_, _, index): &(_, _, usize)| ranges.get(index).map(|(_, range)| range);
            while open.peek().and_then(of).is_some_and(|range| range.end < here) {
                open.pop();
            }
            let top = open.peek().and_then(of);
            flat.add(here, top.map_or_else(V::default, |range| range.value));
            let ends = top.and_then(|range| range.end.next());
            let begins = rest.peek().map(|(_, (_, range))| range.start);
            at = match (ends, begins) {
                (Some(ends), Some(begins)) => Some(ends.min(begins)),
                (ends, begins) => ends.or(begins),
            };
        }
        flat.starts.shrink_to_fit();
        flat.values.shrink_to_fit();
        flat
    }

    fn add(&mut self, start: A, value: V) {
        if self.values.last() != Some(&value) {
            self.starts.push(start);
            self.values.push(value);
        }
    }

    /// The value at an address; the default where there is none.
    pub(super) fn at(&self, address: A) -> V {
        let after = self.starts.partition_point(|start| *start <= address);
        let piece = after.checked_sub(1).and_then(|piece| self.values.get(piece));
        piece.copied().unwrap_or_default()
    }

    /// Memory in bytes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.starts.as_slice()) + size_of_val(self.values.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the ranges say at an address, one by one: the narrowest; of two as narrow, the later.
    fn naive(ranges: &[Range<u32, u8>], at: u32) -> u8 {
        let mut best: Option<&Range<u32, u8>> = None;
        for range in ranges.iter().filter(|range| (range.start..=range.end).contains(&at)) {
            if best.is_none_or(|best| range.end - range.start <= best.end - best.start) {
                best = Some(range);
            }
        }
        best.map_or(0, |range| range.value)
    }

    /// Ranges crowded at both ends of the address space, so that they touch, nest and overlap.
    fn crowded() -> impl Strategy<Value = Vec<Range<u32, u8>>> {
        let one = (any::<bool>(), 0_u32..60, 0_u32..60, 0_u8..5).prop_map(|(high, a, b, value)| {
            let (start, end) = (a.min(b), a.max(b));
            let shift = if high { u32::MAX - 59 } else { 0 };
            Range { start: start + shift, end: end + shift, value }
        });
        proptest::collection::vec(one, 0..24)
    }

    proptest! {
        #[test]
        fn a_look_up_equals_a_walk_through_all_ranges(ranges in crowded()) {
            let flat = Ranges::flat(ranges.clone());
            for at in (0..64).chain(u32::MAX - 63..=u32::MAX) {
                prop_assert_eq!(flat.at(at), naive(&ranges, at), "at {}", at);
            }
        }
    }

    #[test]
    fn the_whole_space_of_ipv6_is_one_range() {
        let all = Range { start: 0_u128, end: u128::MAX, value: true };
        let flat = Ranges::flat(vec![all]);
        assert!(flat.at(0) && flat.at(u128::MAX));
        assert!(!Ranges::<u128, bool>::default().at(7));
    }
}
