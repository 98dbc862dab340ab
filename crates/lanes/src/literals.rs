//! Which of some literals begins at a place.

use crate::Heads;

/// Bytes of a literal that are compared in one step.
const HEAD: usize = 8;

/// One literal.
#[derive(Debug)]
struct Literal {
    head: u64,
    /// The bytes of `head` that count.
    mask: u64,
    /// What comes after them.
    tail: Vec<u8>,
    index: usize,
}

/// Literals, by their first byte.
#[derive(Debug)]
pub struct Literals {
    heads: Heads,
    by_first: Vec<Vec<Literal>>,
}

impl Literals {
    /// Literals in the order of preference. None may be empty; one that is stands nowhere.
    pub fn new<'l>(literals: impl IntoIterator<Item = &'l [u8]>) -> Self {
        let mut by_first: Vec<Vec<Literal>> = (0..=u8::MAX).map(|_| Vec::new()).collect();
        let literals: Vec<&[u8]> = literals.into_iter().collect();
        let heads = Heads::new(literals.iter().copied());
        for (index, bytes) in literals.into_iter().enumerate() {
            let Some(first) = bytes.first() else { continue };
            let (head, tail) = bytes.split_at(bytes.len().min(HEAD));
            let mut padded = [0; HEAD];
            padded[..head.len()].copy_from_slice(head);
            let mask = u64::MAX >> (u64::BITS as usize - 8 * head.len());
            let head = u64::from_le_bytes(padded);
            let literal = Literal { head, mask, tail: tail.to_vec(), index };
            by_first[usize::from(*first)].push(literal);
        }
        Self { heads, by_first }
    }

    /// Whether one of them may begin at `at`: a first look, for many places at once.
    #[inline]
    #[must_use]
    pub fn may_begin(&self, text: &[u8], at: usize) -> bool {
        self.heads.may_begin(text, at)
    }

    /// The first literal, in the order of preference, that begins at `at`: its index.
    #[inline]
    #[must_use]
    pub fn at(&self, text: &[u8], at: usize) -> Option<usize> {
        if self.heads.may_begin(text, at) { self.begun_at(text, at) } else { None }
    }

    fn begun_at(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let candidates = &self.by_first[usize::from(*rest.first()?)];
        if candidates.is_empty() {
            return None;
        }
        let mut padded = [0; HEAD];
        let head = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let head = u64::from_le_bytes(*head);
        candidates.iter().find_map(|literal| {
            let fits = head & literal.mask == literal.head
                && (literal.tail.is_empty()
                    || rest.get(HEAD..).is_some_and(|rest| rest.starts_with(&literal.tail)));
            fits.then_some(literal.index)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_literal_that_begins_at_a_place_is_told() {
        let literals = Literals::new([&b"key"[..], b"-----BEGIN", b"keys", b""]);
        let text = b"my keys -----BEGIN -----BEGI";
        let found: Vec<_> = (0..=text.len() + 1).filter_map(|at| literals.at(text, at)).collect();
        assert_eq!(found, [0, 1]);
        assert_eq!(literals.at(b"ke", 0), None);
    }
}
