//! Ranges of addresses with a value each, made flat so that a look-up is one binary search.

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
        ranges.sort_by_key(|range| range.start);
        let mut flat = Self::default();
        let mut open = BinaryHeap::new();
        let mut rest = ranges.iter().enumerate().peekable();
        let mut at = ranges.first().map(|range| range.start);
        while let Some(here) = at {
            while let Some((order, range)) = rest.next_if(|(_, range)| range.start <= here) {
                let width = range.start.distance(range.end);
                open.push((core::cmp::Reverse(width), order));
            }
            let ranges_open = |order: usize| ranges.get(order).filter(|range| range.end >= here);
            while open.peek().is_some_and(|&(_, order)| ranges_open(order).is_none()) {
                open.pop();
            }
            let begins = rest.peek().map(|(_, range)| range.start);
            let top = open.peek().and_then(|&(_, order)| ranges.get(order));
            flat.add(here, top.map_or_else(V::default, |range| range.value));
            let ends = top.and_then(|range| range.end.next());
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
