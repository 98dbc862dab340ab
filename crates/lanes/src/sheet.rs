//! What is known of each byte of a text in memory.

use crate::bits::{Bits, WIDTH};
use crate::masks::{Block, Masks, SIGHT};
use crate::{Needles, Path};

/// The classes of the bytes of a text, kept while the text slides through memory.
#[derive(Debug, Default)]
pub struct Sheet {
    rows: Rows,
    /// Bytes of the text that were classified.
    length: usize,
}

/// One row of bits a class.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Letters, digits, `_`, `-`.
    words: Vec<u64>,
    dashes: Vec<u64>,
    /// The characters of base64 in both alphabets.
    symbols: Vec<u64>,
    /// Those that stand in no path and no name: letters, digits, `+`.
    parts: Vec<u64>,
    digits: Vec<u64>,
    lines: Vec<u64>,
    escapes: Vec<u64>,
    ats: Vec<u64>,
    trails: Vec<u64>,
    needles: Vec<u64>,
    long_words: Vec<u64>,
    encoded: Vec<u64>,
    numbers: Vec<u64>,
    scratch: Vec<u64>,
}

impl Sheet {
    /// Classifies a text of which the first bytes were classified before: only what came behind.
    pub fn read(&mut self, text: &[u8], needles: &Needles) {
        self.read_by(Path::best(), text, needles);
    }

    fn read_by(&mut self, path: Path, text: &[u8], needles: &Needles) {
        // What a byte is may depend on those that follow it.
        let first = self.length.saturating_sub(WIDTH) / WIDTH;
        let chunks = text.len().div_ceil(WIDTH);
        self.rows.each(|row| row.resize(chunks, 0));
        self.length = text.len();
        path.fill(text, first, needles, &mut self.rows);
    }

    /// Forgets the first `chunks` of 64 bytes.
    pub fn forget(&mut self, chunks: usize) {
        let chunks = chunks.min(self.rows.words.len());
        self.rows.each(|row| drop(row.drain(..chunks)));
        self.length -= (chunks * WIDTH).min(self.length);
    }

    /// Bytes that chunks have: a text is forgotten in multiples of it.
    #[must_use]
    pub const fn chunk_bytes() -> usize {
        WIDTH
    }

    /// Letters, digits, `_` and `-`.
    #[must_use]
    pub fn words(&self) -> Bits<'_> {
        Bits(&self.rows.words)
    }

    /// `_` and `-`.
    #[must_use]
    pub fn dashes(&self) -> Bits<'_> {
        Bits(&self.rows.dashes)
    }

    /// Letters, digits, `+`, `/`, `-` and `_`: the characters of base64 in both alphabets.
    #[must_use]
    pub fn symbols(&self) -> Bits<'_> {
        Bits(&self.rows.symbols)
    }

    /// Line feeds.
    #[must_use]
    pub fn lines(&self) -> Bits<'_> {
        Bits(&self.rows.lines)
    }

    /// `\` and `%`.
    #[must_use]
    pub fn escapes(&self) -> Bits<'_> {
        Bits(&self.rows.escapes)
    }

    /// `@`.
    #[must_use]
    pub fn ats(&self) -> Bits<'_> {
        Bits(&self.rows.ats)
    }

    /// Bytes that go on with a character of UTF-8 (0x80 to 0xBF).
    #[must_use]
    pub fn trails(&self) -> Bits<'_> {
        Bits(&self.rows.trails)
    }

    /// Where a literal may begin.
    #[must_use]
    pub fn needles(&self) -> Bits<'_> {
        Bits(&self.rows.needles)
    }

    /// Where a run of 16 or more of [`Self::words`] begins.
    #[must_use]
    pub fn long_words(&self) -> Bits<'_> {
        Bits(&self.rows.long_words)
    }

    /// Where 16 or more of [`Self::symbols`] begin, and, within and beside them, 16 or more that are
    /// letters, digits and `+`.
    #[must_use]
    pub fn encoded(&self) -> Bits<'_> {
        Bits(&self.rows.encoded)
    }

    /// Where three or more digits in a row begin.
    #[must_use]
    pub fn numbers(&self) -> Bits<'_> {
        Bits(&self.rows.numbers)
    }
}

impl Rows {
    fn each(&mut self, mut change: impl FnMut(&mut Vec<u64>)) {
        let Self {
            words,
            dashes,
            symbols,
            parts,
            digits,
            lines,
            escapes,
            ats,
            trails,
            needles,
            ..
        } = self;
        for row in [words, dashes, symbols, parts, digits, lines, escapes, ats, trails, needles] {
            change(row);
        }
        for row in [&mut self.long_words, &mut self.encoded, &mut self.numbers] {
            change(row);
        }
    }

    /// Chunks of a text that have all in memory that bears on them.
    pub(crate) fn whole_chunks(text: &[u8]) -> usize {
        text.len().saturating_sub(SIGHT - WIDTH) / WIDTH
    }

    /// Puts the masks of `count` chunks.
    #[inline(always)]
    pub(crate) fn put(&mut self, chunk: usize, count: usize, block: &Block) {
        let Self {
            words,
            dashes,
            symbols,
            parts,
            digits,
            lines,
            escapes,
            ats,
            trails,
            needles,
            ..
        } = self;
        let rows = [words, dashes, symbols, parts, digits, lines, escapes, ats, trails, needles];
        for (row, bits) in rows.into_iter().zip(&block.0) {
            if let Some(places) = row.get_mut(chunk..chunk + count) {
                places.copy_from_slice(&bits[..count]);
            }
        }
    }

    /// What is seen of a chunk at the end of a text, which is followed by zeros.
    pub(crate) fn last_window(text: &[u8], chunk: usize) -> [u8; SIGHT] {
        let rest = &text[chunk * WIDTH..];
        let mut window = [0; SIGHT];
        let known = rest.len().min(SIGHT);
        window[..known].copy_from_slice(&rest[..known]);
        window
    }

    /// Puts the masks of a chunk at the end of a text, beyond which nothing begins.
    pub(crate) fn put_last(&mut self, text: &[u8], chunk: usize, mut masks: Masks) {
        let known = (text.len() - chunk * WIDTH).min(WIDTH);
        masks.needle &= u64::MAX >> (WIDTH - known);
        let mut block = Block::default();
        block.put(0, masks);
        self.put(chunk, 1, &block);
    }

    /// Tells the beginnings of runs, from a chunk on.
    #[inline(always)]
    pub(crate) fn derive(&mut self, first: usize) {
        // A run that began before may have grown long.
        let first = first.saturating_sub(1);
        let scratch = &mut self.scratch;
        scratch.resize(self.words.len() + 1, 0);
        let long = long_runs(&self.words[first..], scratch, &LONG);
        begin(&self.words, first, long, &mut self.long_words, false);
        let long = long_runs(&self.symbols[first..], scratch, &LONG);
        begin(&self.symbols, first, long, &mut self.encoded, false);
        let long = long_runs(&self.parts[first..], scratch, &LONG);
        begin(&self.parts, first, long, &mut self.encoded, true);
        let long = long_runs(&self.digits[first..], scratch, &SHORT);
        begin(&self.digits, first, long, &mut self.numbers, false);
    }
}

/// Shifts by which sixteen bits in a row are told, and three.
const LONG: [u32; 4] = [1, 2, 4, 8];
const SHORT: [u32; 2] = [1, 1];

/// The bits of a row that begin so many in a row. Written so that the compiler makes vector instructions of it.
#[inline(always)]
fn long_runs<'s, const N: usize>(
    row: &[u64],
    scratch: &'s mut [u64],
    shifts: &[u32; N],
) -> &'s [u64] {
    let count = row.len();
    let scratch = &mut scratch[..count + 1];
    scratch[..count].copy_from_slice(row);
    scratch[count] = 0;
    for shift in shifts {
        for at in 0..count {
            scratch[at] &= scratch[at] >> shift | scratch[at + 1] << (WIDTH as u32 - shift);
        }
    }
    &scratch[..count]
}

/// Notes the bits of `long` that begin a run of the row, beside what is noted already or alone.
#[inline(always)]
fn begin(row: &[u64], first: usize, long: &[u64], starts: &mut [u64], beside: bool) {
    let before = first.checked_sub(1).map_or(0, |at| row[at] >> (WIDTH - 1));
    let (row, starts) = (&row[first..], &mut starts[first..]);
    let count = row.len();
    let (starts, long) = (&mut starts[..count], &long[..count]);
    let Some(begun) = starts.first_mut() else { return };
    let kept = if beside { *begun } else { 0 };
    *begun = kept | (long[0] & !(row[0] << 1 | before));
    for at in 1..count {
        let kept = if beside { starts[at] } else { 0 };
        starts[at] = kept | (long[at] & !(row[at] << 1 | row[at - 1] >> (WIDTH - 1)));
    }
}

#[cfg(test)]
mod tests;
