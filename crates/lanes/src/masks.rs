//! The classes of 64 bytes, one bit a byte.

use crate::bits::WIDTH;
use crate::needles::PLACES;

/// Bytes that are looked at to tell the masks of 64: a literal may begin at the last of them.
pub(crate) const SIGHT: usize = WIDTH + PLACES - 1;

/// The classes of 64 bytes, one bit a byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// Letters and digits.
    pub(crate) alnum: u64,
    /// `_` and `-`.
    pub(crate) dash: u64,
    /// `/`.
    pub(crate) slash: u64,
    /// `+`.
    pub(crate) plus: u64,
    /// `-`, `.` and `/`.
    pub(crate) joint: u64,
    pub(crate) digit: u64,
    /// Line feeds.
    pub(crate) line: u64,
    /// `\` and `%`.
    pub(crate) escape: u64,
    /// `@`.
    pub(crate) at: u64,
    /// Bytes that go on with a character of UTF-8.
    pub(crate) trail: u64,
    /// Where a literal may begin.
    pub(crate) needle: u64,
}

/// Chunks whose masks are put into their rows at a time.
pub(crate) const BLOCK: usize = 8;

/// Rows of bits that masks go into.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row {
    Words,
    Dashes,
    Symbols,
    Parts,
    Digits,
    Lines,
    Escapes,
    Ats,
    Trails,
    Alnums,
    Joints,
    Needles,
}

/// How many there are.
pub(crate) const ROWS: usize = Row::Needles as usize + 1;

/// The masks of some chunks, row by row.
#[derive(Debug, Default)]
pub(crate) struct Block(pub(crate) [[u64; BLOCK]; ROWS]);

impl Block {
    /// Puts the masks of one chunk, in the order of the rows.
    #[inline(always)]
    pub(crate) fn put(&mut self, chunk: usize, masks: Masks) {
        let word = masks.alnum | masks.dash;
        let rows = [
            word,
            masks.dash,
            word | masks.slash | masks.plus,
            masks.alnum | masks.plus,
            masks.digit,
            masks.line,
            masks.escape,
            masks.at,
            masks.trail,
            masks.alnum,
            masks.joint,
            masks.needle,
        ];
        for (row, bits) in self.0.iter_mut().zip(rows) {
            row[chunk % BLOCK] = bits;
        }
    }
}
