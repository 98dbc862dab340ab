//! Whether a place begins as one of some texts does, by its first bytes: asked of every place that may be one, so
//! that it is a load and a shift, and no branch that data could lead astray.

/// Bytes that are looked at.
pub(crate) const HEAD: usize = 4;
/// Shorter texts say nothing about the last of them.
const SHORT: usize = HEAD - 1;
/// Bits of a table, two to this power: 8 KB, which stay in the first cache.
const BITS: u32 = 16;

/// The first bytes of some texts.
#[derive(Debug)]
pub struct Heads {
    /// A bit for each first four bytes, hashed.
    long: Vec<u64>,
    /// A bit for each first three bytes of texts that have no fourth, hashed.
    short: Vec<u64>,
}

impl Heads {
    /// The beginnings of these texts; an empty one begins nothing.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t [u8]>) -> Self {
        let empty = || vec![0; (1 << BITS) / u64::BITS as usize];
        let mut heads = Self { long: empty(), short: empty() };
        for text in texts {
            match *text {
                [] => {}
                [a, b, c, d, ..] => set(&mut heads.long, u32::from_le_bytes([a, b, c, d])),
                _ => completed(text).for_each(|head| set(&mut heads.short, head)),
            }
        }
        heads
    }

    /// Whether one of the texts may begin at `at`.
    #[inline]
    #[must_use]
    pub fn may_begin(&self, text: &[u8], at: usize) -> bool {
        let head = text.get(at..at + HEAD).and_then(|head| head.first_chunk().copied());
        // Where a text ends, few places are asked about.
        let head = u32::from_le_bytes(head.unwrap_or_else(|| padded(text.get(at..))));
        (bit(&self.long, head) | bit(&self.short, head & (u32::MAX >> 8))) & 1 == 1
    }
}

/// Every three bytes that a shorter text begins.
fn completed(text: &[u8]) -> impl Iterator<Item = u32> {
    let head = u32::from_le_bytes(padded(Some(text)));
    let missing = 8 * (SHORT - text.len());
    let known = 8 * text.len();
    (0..1_u32 << missing).map(move |rest| head | rest << known)
}

#[cold]
fn padded(rest: Option<&[u8]>) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    let rest = rest.unwrap_or_default();
    let known = rest.len().min(HEAD);
    head[..known].copy_from_slice(&rest[..known]);
    head
}

fn set(table: &mut [u64], head: u32) {
    let place = hash(head);
    table[place / u64::BITS as usize] |= 1 << (place % u64::BITS as usize);
}

/// The bit of a head, in the lowest place.
#[inline]
fn bit(table: &[u64], head: u32) -> u64 {
    let place = hash(head);
    table.get(place / u64::BITS as usize).map_or(0, |bits| bits >> (place % u64::BITS as usize))
}

#[inline]
fn hash(head: u32) -> usize {
    (head.wrapping_mul(0x9E37_79B1) >> (u32::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_begins_as_its_head_says_and_little_else_does() {
        let texts = ["pass", "Ak", "密", "authorize", ""];
        let heads = Heads::new(texts.map(str::as_bytes));
        for text in ["passport", "pass", "Akku", "Ak\0", "密码", "authentic"] {
            assert!(heads.may_begin(text.as_bytes(), 0), "{text}");
            assert!(heads.may_begin(format!("é{text} ").as_bytes(), 2), "{text}");
        }
        for text in ["past", "ak=1", "", "autograph", "pas", "\0\0\0\0"] {
            assert!(!heads.may_begin(text.as_bytes(), 0), "{text}");
        }
        assert!(!heads.may_begin(b"pass", 4) && !heads.may_begin(b"pass", 9));
    }
}
