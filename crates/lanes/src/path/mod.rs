//! The ways to the same answer, and which of them this processor knows.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod marks;
#[cfg(target_arch = "x86_64")]
mod places;
mod portable;
#[cfg(target_arch = "x86_64")]
mod written;
#[cfg(target_arch = "x86_64")]
mod written512;

use std::sync::atomic::{AtomicU8, Ordering};

use crate::marks::{self as plain_marks, BYTES};
use crate::needles::Needles;
use crate::places::{self as plain_places, note};
use crate::sheet::Rows;
use crate::written::Beginnings;

/// How far ahead memory is asked for: as much as is read before it is looked at again.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 64 * 1024;

/// Asks for the memory far behind a place of a text, so that it has come when it is read: a text that lies in memory is
/// read faster than memory tells it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[expect(unsafe_code, reason = "memory is asked for by a pointer")]
fn fetch(text: &[u8], place: usize) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    let ahead = text.as_ptr().wrapping_add(place + AHEAD);
    // SAFETY: nothing is read, and an address that is nobody's is passed over.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(ahead.cast()) }
}

/// A way to classify bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Path {
    /// Plain Rust.
    Portable,
    /// 32 bytes at a time.
    Avx2,
    /// 64 bytes at a time, with permutations of bytes.
    Avx512,
}

/// The widest way that is taken, as its place among [`ALL`].
static WIDEST: AtomicU8 = AtomicU8::new(u8::MAX);

const ALL: [Path; 3] = [Path::Portable, Path::Avx2, Path::Avx512];

impl Path {
    /// The ways that this processor knows, the plainest first.
    pub fn known() -> impl Iterator<Item = Self> {
        ALL.into_iter().filter(|path| path.is_known())
    }

    /// The widest way that this processor knows, unless a plainer one was asked for.
    #[must_use]
    pub fn best() -> Self {
        let widest = usize::from(WIDEST.load(Ordering::Relaxed)) + 1;
        let all = ALL.into_iter().take(widest.min(ALL.len()));
        all.rev().find(|path| path.is_known()).unwrap_or(Self::Portable)
    }

    /// Lets no way be taken that is wider than this one: to measure it on a processor that knows more.
    pub fn limit_to(self) {
        WIDEST.store(self as u8, Ordering::Relaxed);
    }

    #[cfg(target_arch = "x86_64")]
    fn is_known(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("popcnt")
            }
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vbmi2")
                    && is_x86_feature_detected!("bmi2")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_known(self) -> bool {
        self == Self::Portable
    }

    /// Fills rows with the classes of a text from a chunk of 64 bytes on.
    pub(crate) fn fill(self, text: &[u8], first: usize, needles: &Needles, rows: &mut Rows) {
        match self {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx512 if self.is_known() => {
                // SAFETY: `is_known` has just found every feature that `avx512::fill` names.
                unsafe { avx512::fill(text, first, needles, rows) }
            }
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx2 if self.is_known() => {
                // SAFETY: `is_known` has just found every feature that `avx2::fill` names.
                unsafe { avx2::fill(text, first, needles, rows) }
            }
            _ => portable::fill(text, first, needles, rows),
        }
    }

    /// Notes where any of some bytes stand, a bit a byte.
    pub(crate) fn mark(self, text: &[u8], bytes: [u8; BYTES], row: &mut [u64]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx2 | Self::Avx512 if Self::Avx2.is_known() => {
                // SAFETY: `is_known` has just found every feature that `marks::mark` names.
                unsafe { marks::mark(text, bytes, row) }
            }
            _ => plain_marks::plain(text, bytes, row),
        }
    }

    /// Notes the places of set bits; see [`crate::Places`].
    pub(crate) fn gather(self, words: &[u64], within: (usize, usize), row: &mut Vec<u32>) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx512 if self.is_known() && Self::Avx2.is_known() => {
                // SAFETY: `is_known` has just found every feature that `places::gather512` names.
                unsafe { places::gather512(words, within, row) }
            }
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx2 | Self::Avx512 if Self::Avx2.is_known() => {
                // SAFETY: `is_known` has just found every feature that `places::gather` names.
                unsafe { places::gather(words, within, row) }
            }
            _ => plain_places::gather(words, within, row, note),
        }
    }

    /// Notes which words may be written text; see [`crate::sift_written`].
    pub(crate) fn sift_written(
        self,
        text: &[u8],
        places: &[u32],
        begins: &Beginnings,
        found: &mut Vec<usize>,
    ) {
        match self {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx512 if self.is_known() && Self::Avx2.is_known() => {
                // SAFETY: `is_known` has just found every feature that `written512::sift` names.
                unsafe { written512::sift(text, places, begins, found) }
            }
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "entering code for a processor that was recognised")]
            Self::Avx2 | Self::Avx512 if Self::Avx2.is_known() => {
                // SAFETY: `is_known` has just found every feature that `written::sift` names.
                unsafe { written::sift(text, places, begins, found) }
            }
            // Whoever asks looks at each himself.
            _ => found.extend(places.iter().map(|at| *at as usize)),
        }
    }
}
