//! A bit for each byte of a text.

/// Bytes that one number tells about.
pub(crate) const WIDTH: usize = u64::BITS as usize;

/// A bit for each byte, the first in the lowest bit of the first number.
#[derive(Debug, Clone, Copy)]
pub struct Bits<'b>(pub(crate) &'b [u64]);

impl<'b> Bits<'b> {
    /// The places in `from..to` whose bit is set, in order.
    #[inline]
    pub fn iter(self, from: usize, to: usize) -> impl Iterator<Item = usize> + use<'b> {
        let mut index = from / WIDTH;
        let mut left = self.0.get(index).map_or(0, |bits| bits & (u64::MAX << (from % WIDTH)));
        let words = self.0;
        std::iter::from_fn(move || {
            while left == 0 {
                index += 1;
                if index * WIDTH >= to {
                    return None;
                }
                left = *words.get(index)?;
            }
            let at = index * WIDTH + left.trailing_zeros() as usize;
            left &= left - 1;
            (at < to).then_some(at)
        })
    }

    /// Calls `found` for the places in `from..to` whose bit is set, in order: the same as [`Self::iter`], for stretches
    /// that are mostly short.
    #[inline]
    pub fn each(self, from: usize, to: usize, mut found: impl FnMut(usize)) {
        let Some(length) = to.checked_sub(from).filter(|length| (1..=WIDTH).contains(length))
        else {
            return self.iter(from, to.max(from)).for_each(found);
        };
        let mut left = self.window(from) & (u64::MAX >> (WIDTH - length));
        while left != 0 {
            found(from + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }

    /// The first place from `from` on, before `to`, whose bit is set.
    #[inline]
    #[must_use]
    pub fn next(self, from: usize, to: usize) -> Option<usize> {
        self.iter(from, to).next()
    }

    /// The first place from `from` on whose bit is not set; `to` where there is none before it.
    #[inline]
    #[must_use]
    pub fn end(self, from: usize, to: usize) -> usize {
        let mut at = from;
        while at < to {
            let length = self.window(at).trailing_ones() as usize;
            at += length;
            if length < WIDTH {
                return at.min(to);
            }
        }
        to
    }

    /// The bits of the 64 places from `at` on, the first lowest.
    #[inline]
    #[must_use]
    pub fn window(self, at: usize) -> u64 {
        let (index, shift) = (at / WIDTH, at % WIDTH);
        let low = self.0.get(index).copied().unwrap_or(0) >> shift;
        let high = self.0.get(index + 1).copied().unwrap_or(0);
        // Shifted twice, since no shift is as wide as all.
        low | high << 1 << (WIDTH - 1 - shift)
    }

    /// Where the set bits begin that end before `at`, not before `least`, which is no more than 64 places away.
    #[inline]
    #[must_use]
    pub fn start(self, at: usize, least: usize) -> usize {
        let before = match at.checked_sub(WIDTH) {
            Some(from) => self.window(from),
            None => self.window(0).checked_shl((WIDTH - at) as u32).unwrap_or(0),
        };
        at - (before.leading_ones() as usize).min(at.saturating_sub(least))
    }

    /// Whether a bit in `from..to` is set, which are no more than 64 places.
    #[inline]
    #[must_use]
    pub fn has(self, from: usize, to: usize) -> bool {
        let beyond = WIDTH.saturating_sub(to.saturating_sub(from));
        to > from && self.window(from) & (u64::MAX >> beyond) != 0
    }

    /// How many bits in `from..to` are set.
    #[must_use]
    pub fn count(self, from: usize, to: usize) -> usize {
        if from >= to {
            return 0;
        }
        let (first, last) = (from / WIDTH, (to - 1) / WIDTH);
        let head = u64::MAX << (from % WIDTH);
        let tail = u64::MAX >> (WIDTH - 1 - (to - 1) % WIDTH);
        let words = self.0.get(first..=last).unwrap_or_default();
        match words {
            [] => 0,
            [one] => (one & head & tail).count_ones() as usize,
            [one, inner @ .., other] => {
                let inner: u32 = inner.iter().map(|bits| bits.count_ones()).sum();
                (inner + (one & head).count_ones() + (other & tail).count_ones()) as usize
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_within_their_bounds() {
        let words = [1 << 63 | 0b101, u64::MAX, 0];
        let bits = Bits(&words);
        assert_eq!(bits.iter(0, 66).collect::<Vec<_>>(), [0, 2, 63, 64, 65]);
        assert_eq!(bits.iter(1, 63).collect::<Vec<_>>(), [2]);
        assert_eq!((bits.next(3, 500), bits.next(128, 500)), (Some(63), None));
        assert_eq!((bits.end(63, 500), bits.end(63, 100), bits.end(1, 9)), (128, 100, 1));
        assert_eq!((bits.start(128, 64), bits.start(128, 70), bits.start(1, 0)), (64, 70, 0));
        assert_eq!((bits.start(2, 0), bits.start(64, 64), bits.start(3, 0)), (2, 64, 2));
        assert_eq!((bits.count(0, 192), bits.count(2, 65), bits.count(5, 5)), (67, 3, 0));
        assert_eq!((bits.window(0), bits.window(64), bits.window(500)), (words[0], u64::MAX, 0));
        assert_eq!((bits.window(63), bits.window(65)), (u64::MAX, u64::MAX >> 1));
        let is_set = |place: &usize| words[place / WIDTH] >> (place % WIDTH) & 1 == 1;
        for (at, least) in [(128, 70), (66, 60), (64, 63), (63, 0), (3, 0), (2, 0), (1, 1), (0, 0)]
        {
            let set = (least..at).rev().take_while(is_set).count();
            assert_eq!(bits.start(at, least), at - set, "{at} {least}");
        }
        for (from, to) in [(0, 3), (1, 2), (3, 63), (3, 64), (5, 5), (9, 2), (128, 190)] {
            assert_eq!(bits.has(from, to), bits.next(from, to.max(from)).is_some(), "{from} {to}");
        }
        for (from, to) in [(0, 66), (1, 63), (5, 5), (9, 2), (0, 64), (60, 190)] {
            let mut found = Vec::new();
            bits.each(from, to, |at| found.push(at));
            assert_eq!(found, bits.iter(from, to.max(from)).collect::<Vec<_>>(), "{from} {to}");
        }
    }
}
