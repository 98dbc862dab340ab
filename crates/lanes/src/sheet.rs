//! What is known of each byte of a text in memory.

use crate::bits::{Bits, WIDTH};
use crate::masks::{BLOCK, Block, Masks, ROWS, Row, SIGHT};
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
    /// What single bytes are, by [`Row`].
    told: [Vec<u64>; ROWS],
    long_words: Vec<u64>,
    encoded: Vec<u64>,
    numbers: Vec<u64>,
    joined: Vec<u64>,
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
        let chunks = chunks.min(self.rows.joined.len());
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
        Bits(&self.rows.told[Row::Words as usize])
    }

    /// `_` and `-`.
    #[must_use]
    pub fn dashes(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Dashes as usize])
    }

    /// Letters, digits, `+`, `/`, `-` and `_`: the characters of base64 in both alphabets.
    #[must_use]
    pub fn symbols(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Symbols as usize])
    }

    /// Line feeds.
    #[must_use]
    pub fn lines(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Lines as usize])
    }

    /// `\` and `%`.
    #[must_use]
    pub fn escapes(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Escapes as usize])
    }

    /// `@`.
    #[must_use]
    pub fn ats(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Ats as usize])
    }

    /// Bytes that go on with a character of UTF-8 (0x80 to 0xBF).
    #[must_use]
    pub fn trails(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Trails as usize])
    }

    /// Where a literal may begin.
    #[must_use]
    pub fn needles(&self) -> Bits<'_> {
        Bits(&self.rows.told[Row::Needles as usize])
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

    /// Letters and digits, and `-`, `.` and `/` where one of them stands between two of those.
    #[must_use]
    pub fn joined(&self) -> Bits<'_> {
        Bits(&self.rows.joined)
    }

    /// Where three or more digits in a row begin.
    #[must_use]
    pub fn numbers(&self) -> Bits<'_> {
        Bits(&self.rows.numbers)
    }
}

impl Rows {
    fn each(&mut self, change: impl FnMut(&mut Vec<u64>)) {
        let Self { told, long_words, encoded, numbers, joined, .. } = self;
        told.iter_mut().chain([long_words, encoded, numbers, joined]).for_each(change);
    }

    /// Chunks of a text that have all in memory that bears on them.
    pub(crate) fn whole_chunks(text: &[u8]) -> usize {
        text.len().saturating_sub(SIGHT - WIDTH) / WIDTH
    }

    /// Puts the masks of `count` chunks.
    #[inline(always)]
    pub(crate) fn put(&mut self, chunk: usize, count: usize, block: &Block) {
        for (row, bits) in self.told.iter_mut().zip(&block.0) {
            match row.get_mut(chunk..chunk + BLOCK) {
                // Of a known length, which the compiler copies in one instruction.
                Some(places) if count == BLOCK => places.copy_from_slice(bits),
                _ => {
                    if let Some(places) = row.get_mut(chunk..chunk + count) {
                        places.copy_from_slice(&bits[..count]);
                    }
                }
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
        let Self { told, long_words, encoded, numbers, joined, scratch } = self;
        let row = |row: Row| told[row as usize].as_slice();
        scratch.resize(joined.len() + 1, 0);
        begin(row(Row::Words), first, &LONG, long_words, scratch, false);
        begin(row(Row::Symbols), first, &LONG, encoded, scratch, false);
        begin(row(Row::Parts), first, &LONG, encoded, scratch, true);
        begin(row(Row::Digits), first, &SHORT, numbers, scratch, false);
        join(row(Row::Alnums), row(Row::Joints), first, joined);
    }
}

/// Notes letters and digits, and single joints between them.
#[inline(always)]
fn join(alnums: &[u64], joints: &[u64], first: usize, joined: &mut [u64]) {
    let count = joined.len();
    let (alnums, joints) = (&alnums[..count], &joints[..count]);
    for at in first..count {
        let before = if at > 0 { alnums[at - 1] >> (WIDTH - 1) } else { 0 };
        let after = if at + 1 < count { alnums[at + 1] << (WIDTH - 1) } else { 0 };
        let own = alnums[at];
        joined[at] = own | joints[at] & (own << 1 | before) & (own >> 1 | after);
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

/// Notes where runs of a row begin that are as long as the shifts say, beside what is noted already or alone.
#[inline(always)]
fn begin<const N: usize>(
    row: &[u64],
    first: usize,
    shifts: &[u32; N],
    starts: &mut [u64],
    scratch: &mut [u64],
    beside: bool,
) {
    let long = long_runs(&row[first..], scratch, shifts);
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
