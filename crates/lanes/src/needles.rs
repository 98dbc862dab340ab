//! Where one of some literals may begin: by its first bytes, 64 places at a time.
//!
//! The idea of Teddy (Hyperscan; the `aho-corasick` crate): literals share a few buckets, a table says of each
//! byte which buckets allow it in each place, and what all places allow is a candidate. Bytes past a short
//! literal are allowed whatever they are.

/// First bytes of a literal that are compared.
pub(crate) const PLACES: usize = 4;
/// Groups of eight buckets.
pub(crate) const GROUPS: usize = 2;
const BUCKETS: usize = 8 * GROUPS;

/// A set of bytes.
type Set = [u64; 4];

/// Tables that tell where literals may begin.
#[derive(Debug)]
pub struct Needles {
    /// Of each byte in each place, the buckets that allow it.
    pub(crate) plain: [[u16; 256]; PLACES],
    /// The same by the lowest six bits of a byte, for each group.
    pub(crate) by_six: [[[u8; 64]; PLACES]; GROUPS],
    /// The same by the lower and by the upper half of a byte.
    pub(crate) by_half: [[[[u8; 16]; 2]; PLACES]; GROUPS],
}

impl Needles {
    /// The tables for these literals.
    pub fn new<'l>(literals: impl IntoIterator<Item = &'l [u8]>) -> Self {
        let heads = literals.into_iter().filter(|literal| !literal.is_empty()).map(head);
        let buckets = grouped(heads.collect());
        let mut needles = Self {
            plain: [[0; 256]; PLACES],
            by_six: [[[0; 64]; PLACES]; GROUPS],
            by_half: [[[[0; 16]; 2]; PLACES]; GROUPS],
        };
        for (bucket, sets) in buckets.iter().enumerate() {
            let (group, bit) = (bucket / 8, 1 << (bucket % 8));
            for (place, set) in sets.iter().enumerate() {
                for byte in (0..256).filter(|byte| set[byte / 64] >> (byte % 64) & 1 == 1) {
                    needles.plain[place][byte] |= 1 << bucket;
                    needles.by_six[group][place][byte % 64] |= bit;
                    let [low, high] = &mut needles.by_half[group][place];
                    low[byte % 16] |= bit;
                    high[byte / 16] |= bit;
                }
            }
        }
        needles
    }

    /// Whether a literal may begin with these two bytes.
    #[inline]
    pub(crate) fn may_begin_with(&self, first: u8, second: u8) -> bool {
        self.plain[0][usize::from(first)] & self.plain[1][usize::from(second)] != 0
    }

    /// Whether a literal may begin with these bytes.
    #[inline]
    pub(crate) fn may_begin(&self, head: &[u8; PLACES]) -> bool {
        let places = self.plain.iter().zip(head);
        places.fold(u16::MAX, |buckets, (table, byte)| buckets & table[usize::from(*byte)]) != 0
    }
}

/// What each place of a literal allows.
fn head(literal: &[u8]) -> [Set; PLACES] {
    std::array::from_fn(|place| match literal.get(place) {
        Some(byte) => {
            let mut set = [0; 4];
            set[usize::from(*byte) / 64] |= 1 << (byte % 64);
            set
        }
        None => [u64::MAX; 4],
    })
}

/// Puts literals together, those that cost least, until there is a bucket for each.
fn grouped(mut buckets: Vec<[Set; PLACES]>) -> Vec<[Set; PLACES]> {
    let mut widths: Vec<u64> = buckets.iter().map(width).collect();
    let cost = |buckets: &[[Set; PLACES]], widths: &[u64], first: usize, second: usize| {
        let together = width(&union(&buckets[first], &buckets[second]));
        together.saturating_sub(widths[first] + widths[second])
    };
    // Of each bucket, what it costs to put it together with each one after it.
    let mut costs: Vec<Vec<u64>> = (0..buckets.len())
        .map(|first| {
            let later = first + 1..buckets.len();
            later.map(|second| cost(&buckets, &widths, first, second)).collect()
        })
        .collect();
    while buckets.len() > BUCKETS {
        let pairs = costs.iter().enumerate().flat_map(|(first, costs)| {
            costs.iter().enumerate().map(move |(offset, cost)| (*cost, first, first + 1 + offset))
        });
        let Some((_, first, second)) = pairs.min() else { return buckets };
        buckets[first] = union(&buckets[first], &buckets[second]);
        widths[first] = width(&buckets[first]);
        buckets.remove(second);
        widths.remove(second);
        costs.remove(second);
        for (earlier, costs) in costs.iter_mut().enumerate().take(second) {
            costs.remove(second - earlier - 1);
        }
        for other in (0..buckets.len()).filter(|other| *other != first) {
            let (low, high) = (first.min(other), first.max(other));
            costs[low][high - low - 1] = cost(&buckets, &widths, low, high);
        }
    }
    buckets
}

fn union(a: &[Set; PLACES], b: &[Set; PLACES]) -> [Set; PLACES] {
    std::array::from_fn(|place| std::array::from_fn(|part| a[place][part] | b[place][part]))
}

/// How often a bucket is met, by the lowest six bits of its bytes: small letters, with which digits share them,
/// and blanks stand for most of a text, capitals for much of the rest.
fn width(sets: &[Set; PLACES]) -> u64 {
    const FREQUENT: u64 = 0x07FF_FFFF_0000_0000;
    const CAPITALS: u64 = 0x0000_0000_07FF_FFFE;
    let weigh = |set: &Set| {
        let six = set.iter().fold(0, |six, part| six | part);
        let weight = |of: u64, each: u32| u64::from((six & of).count_ones() * each);
        weight(u64::MAX, 1) + weight(FREQUENT, 9) + weight(CAPITALS, 4)
    };
    sets.iter().map(weigh).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_literal_may_begin_where_it_does_and_little_else_may() {
        let literals: Vec<String> =
            (0..60).map(|n| format!("{}{}", ["pass", "key", "://"][n % 3], n)).collect();
        let needles = Needles::new(literals.iter().map(|literal| literal.as_bytes()));
        for literal in &literals {
            assert!(needles.may_begin(literal.as_bytes().first_chunk().unwrap()), "{literal}");
        }
        let others = ["abcd", "past", "kay1", ":///", "0000", "\0\0\0\0"];
        for other in others {
            assert!(!needles.may_begin(other.as_bytes().first_chunk().unwrap()), "{other}");
        }
    }
}
