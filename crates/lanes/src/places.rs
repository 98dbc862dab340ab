//! Places in a text that are looked at one after another: gathered from bits, and thinned out, without a branch that data
//! could lead astray.

use crate::bits::WIDTH;
use crate::{Bits, Path};

/// Places that are noted at a time, whether there are so many or not.
const AT_ONCE: usize = 4;

/// Places in a text, in order. Its memory is kept for the next ones.
#[derive(Debug, Default)]
pub struct Places {
    row: Vec<u32>,
    count: usize,
}

impl Places {
    /// Notes the places in `from..to` whose bit is set, in place of all others. Texts in memory have fewer than 4 GiB.
    pub fn gather(&mut self, bits: Bits<'_>, from: usize, to: usize) {
        self.gather_by(Path::best(), bits, from, to);
    }

    fn gather_by(&mut self, path: Path, bits: Bits<'_>, from: usize, to: usize) {
        let last = to.div_ceil(WIDTH).min(bits.0.len());
        let words = bits.0.get(from / WIDTH..last).unwrap_or_default();
        self.count = path.gather(words, (from, to), &mut self.row);
    }

    /// Forgets those that are not to be kept.
    #[inline]
    pub fn retain(&mut self, mut keeps: impl FnMut(usize) -> bool) {
        let mut kept = 0;
        let row = &mut self.row[..self.count];
        for at in 0..row.len() {
            let place = row[at];
            row[kept] = place;
            kept += usize::from(keeps(place as usize));
        }
        self.count = kept;
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u32] {
        &self.row[..self.count]
    }

    /// The places.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.as_slice().iter().map(|place| *place as usize)
    }
}

/// Notes the set bits of numbers that lie in `from..to`, of which the first number has the first: how many there are.
/// Each of them is noted by `note`.
#[inline(always)]
pub(crate) fn gather(
    words: &[u64],
    (from, to): (usize, usize),
    row: &mut Vec<u32>,
    note: impl Fn(u64, u32, &mut [u32]),
) -> usize {
    // More are noted at a time than there may be.
    let most: usize = words.iter().map(|bits| bits.count_ones() as usize).sum();
    row.resize(row.len().max(most + WIDTH), 0);
    let (mut count, mut begin, mut head) = (0, from / WIDTH * WIDTH, u64::MAX << (from % WIDTH));
    for bits in words {
        let tail = u64::MAX >> WIDTH.saturating_sub(to - begin);
        let bits = bits & head & tail;
        note(bits, begin as u32, &mut row[count..]);
        count += bits.count_ones() as usize;
        (begin, head) = (begin + WIDTH, u64::MAX);
    }
    count
}

/// Notes the set bits of one number, the first of which stands for `begin`.
#[inline(always)]
pub(crate) fn note(mut bits: u64, begin: u32, row: &mut [u32]) {
    for places in row.as_chunks_mut::<AT_ONCE>().0 {
        for place in places {
            *place = begin.wrapping_add(bits.trailing_zeros());
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_those_of_the_bits(
            words in prop::collection::vec(any::<u64>(), 0..6),
            from in 0_usize..300,
            length in 0_usize..300,
        ) {
            let (bits, to) = (Bits(&words), from + length);
            let expected: Vec<usize> = bits.iter(from, to).collect();
            for path in Path::known() {
                let mut places = Places::default();
                places.gather_by(path, bits, from, to);
                prop_assert_eq!(places.iter().collect::<Vec<_>>(), &expected[..], "{:?}", path);
                places.retain(|place| place % 3 == 0);
                let kept = expected.iter().copied().filter(|place| place % 3 == 0);
                prop_assert_eq!(places.iter().collect::<Vec<_>>(), kept.collect::<Vec<_>>());
            }
        }
    }
}
