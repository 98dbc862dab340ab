//! A bit for each of some keys: whether one is not among them is known without a look.

/// Words of bits: few keys are marked, so most others bear no bit of theirs.
const WORDS: usize = 32;

/// The marks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks([u64; WORDS]);

impl Marks {
    fn place(key: u32) -> (usize, u64) {
        ((key / 64) as usize % WORDS, 1 << (key % 64))
    }

    pub(super) fn add(&mut self, key: u32) {
        let (word, bit) = Self::place(key);
        self.0[word] |= bit;
    }

    /// Whether a key may have been added; `false` is sure.
    pub(super) fn has(&self, key: u32) -> bool {
        let (word, bit) = Self::place(key);
        self.0[word] & bit != 0
    }
}
