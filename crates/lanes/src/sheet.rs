//! What is known of each byte of a text in memory.

use std::cell::RefCell;

use crate::bits::{Bits, WIDTH};
use crate::masks::{Masks, ROWS, Row, SIGHT};
use crate::{Needles, Path};

/// Rows of which each thread keeps so many for the next texts.
const SPARE_MAX: usize = 8;

thread_local! {
    /// Rows of texts that were done with: to get and to clear others takes as long as to classify a small text.
    static SPARE: RefCell<Vec<Rows>> = const { RefCell::new(Vec::new()) };
}

/// The classes of the bytes of a text, kept while the text slides through memory.
#[derive(Debug)]
pub struct Sheet {
    rows: Rows,
    /// Bytes of the text that were classified.
    length: usize,
    /// Chunks of the text; rows are kept longer, so that they need not be cleared.
    chunks: usize,
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
    /// Chunks of the text that rows tell about: what they have behind is of no meaning.
    count: usize,
}

impl Default for Sheet {
    fn default() -> Self {
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
        Self { rows: spare.unwrap_or_default(), length: 0, chunks: 0 }
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        // A thread that ends keeps nothing.
        let keep = |spare: &RefCell<Vec<Rows>>| {
            let mut spare = spare.borrow_mut();
            if spare.len() < SPARE_MAX {
                spare.push(rows);
            }
        };
        SPARE.try_with(keep).ok();
    }
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
        self.rows.each(|row| row.resize(row.len().max(chunks), 0));
        self.rows.count = chunks;
        (self.length, self.chunks) = (text.len(), chunks);
        path.fill(text, first, needles, &mut self.rows);
    }

    /// Forgets the first `chunks` of 64 bytes.
    pub fn forget(&mut self, chunks: usize) {
        let chunks = chunks.min(self.chunks);
        let left = chunks..self.chunks;
        self.rows.each(|row| row.copy_within(left.clone(), 0));
        self.chunks -= chunks;
        self.length -= (chunks * WIDTH).min(self.length);
    }

    /// Bytes that chunks have: a text is forgotten in multiples of it.
    #[must_use]
    pub const fn chunk_bytes() -> usize {
        WIDTH
    }

    #[inline]
    fn told(&self, row: Row) -> Bits<'_> {
        self.bits(&self.rows.told[row as usize])
    }

    #[inline]
    fn bits<'s>(&self, row: &'s [u64]) -> Bits<'s> {
        Bits(&row[..self.chunks])
    }

    /// Letters, digits, `_` and `-`.
    #[inline]
    #[must_use]
    pub fn words(&self) -> Bits<'_> {
        self.told(Row::Words)
    }

    /// `_` and `-`.
    #[inline]
    #[must_use]
    pub fn dashes(&self) -> Bits<'_> {
        self.told(Row::Dashes)
    }

    /// Letters, digits, `+`, `/`, `-` and `_`: the characters of base64 in both alphabets.
    #[inline]
    #[must_use]
    pub fn symbols(&self) -> Bits<'_> {
        self.told(Row::Symbols)
    }

    /// Letters and digits.
    #[inline]
    #[must_use]
    pub fn alnums(&self) -> Bits<'_> {
        self.told(Row::Alnums)
    }

    /// Digits.
    #[inline]
    #[must_use]
    pub fn digits(&self) -> Bits<'_> {
        self.told(Row::Digits)
    }

    /// Line feeds.
    #[inline]
    #[must_use]
    pub fn lines(&self) -> Bits<'_> {
        self.told(Row::Lines)
    }

    /// `\` and `%`.
    #[inline]
    #[must_use]
    pub fn escapes(&self) -> Bits<'_> {
        self.told(Row::Escapes)
    }

    /// `@`.
    #[inline]
    #[must_use]
    pub fn ats(&self) -> Bits<'_> {
        self.told(Row::Ats)
    }

    /// Bytes that go on with a character of UTF-8 (0x80 to 0xBF).
    #[inline]
    #[must_use]
    pub fn trails(&self) -> Bits<'_> {
        self.told(Row::Trails)
    }

    /// Where a literal may begin.
    #[inline]
    #[must_use]
    pub fn needles(&self) -> Bits<'_> {
        self.told(Row::Needles)
    }

    /// Where a run of 16 or more of [`Self::words`] begins.
    #[inline]
    #[must_use]
    pub fn long_words(&self) -> Bits<'_> {
        self.bits(&self.rows.long_words)
    }

    /// Where 16 or more of [`Self::symbols`] begin, and, within and beside them, 16 or more that are
    /// letters, digits and `+`.
    #[inline]
    #[must_use]
    pub fn encoded(&self) -> Bits<'_> {
        self.bits(&self.rows.encoded)
    }

    /// Letters and digits, and `-`, `.` and `/` where one of them stands between two of those.
    #[inline]
    #[must_use]
    pub fn joined(&self) -> Bits<'_> {
        self.bits(&self.rows.joined)
    }

    /// Where three or more digits in a row begin.
    #[inline]
    #[must_use]
    pub fn numbers(&self) -> Bits<'_> {
        self.bits(&self.rows.numbers)
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

    /// The places of the masks of the chunks `first..end`.
    #[inline(always)]
    pub(crate) fn places(&mut self, first: usize, end: usize) -> Places<'_> {
        Places(self.told.each_mut().map(|row| &mut row[first..end]))
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
        self.places(chunk, chunk + 1).put(0, masks);
    }

    /// Tells the beginnings of runs, from a chunk on.
    #[inline(always)]
    pub(crate) fn derive(&mut self, first: usize) {
        // A run that began before may have grown long.
        let first = first.saturating_sub(1);
        let Self { told, long_words, encoded, numbers, joined, scratch, count } = self;
        let count = *count;
        let row = |row: Row| &told[row as usize][..count];
        scratch.resize(scratch.len().max(count + 1), 0);
        begin(row(Row::Words), first, &LONG, &mut long_words[..count], scratch, false);
        begin(row(Row::Symbols), first, &LONG, &mut encoded[..count], scratch, false);
        begin(row(Row::Parts), first, &LONG, &mut encoded[..count], scratch, true);
        begin(row(Row::Digits), first, &SHORT, &mut numbers[..count], scratch, false);
        join(row(Row::Alnums), row(Row::Joints), first, &mut joined[..count]);
    }
}

/// Where the masks of some chunks go, row by row. Each goes to its place at once: what is gathered in between would
/// be loaded again before it is stored, which processors wait for.
pub(crate) struct Places<'r>([&'r mut [u64]; ROWS]);

impl Places<'_> {
    /// Puts the masks of a chunk.
    #[inline(always)]
    pub(crate) fn put(&mut self, chunk: usize, masks: Masks) {
        let word = masks.alnum | masks.dash;
        let symbol = word | masks.slash | masks.plus;
        let mut put = |row: Row, bits: u64| {
            if let Some(place) = self.0[row as usize].get_mut(chunk) {
                *place = bits;
            }
        };
        put(Row::Words, word);
        put(Row::Dashes, masks.dash);
        put(Row::Symbols, symbol);
        put(Row::Parts, masks.alnum | masks.plus);
        put(Row::Digits, masks.digit);
        put(Row::Lines, masks.line);
        put(Row::Escapes, masks.escape);
        put(Row::Ats, masks.at);
        put(Row::Trails, masks.trail);
        put(Row::Alnums, masks.alnum);
        put(Row::Joints, masks.joint);
        put(Row::Needles, masks.needle);
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
