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
