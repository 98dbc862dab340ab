//! Which of many words may be text or a container that is written in base64 or in hexadecimal digits: asked of every
//! long word of a text, and ruled out for nearly all without a branch that data could lead astray.

use crate::{Path, Places};

/// Characters of a word that are read.
pub(crate) const HEAD: usize = 16;

/// The first two bytes of what is no text and yet of interest.
#[derive(Debug)]
pub struct Beginnings {
    pairs: Vec<[u8; 2]>,
    /// What each byte tells: [`FIRST`], [`ANY_SECOND`] and [`SECOND`].
    pub(crate) told: [u8; 256],
}

/// One of the pairs begins with this byte.
pub(crate) const FIRST: u8 = 1 << 7;
/// Whatever comes before this byte.
pub(crate) const ANY_SECOND: u8 = 1 << 6;
/// One of the pairs ends with this byte.
pub(crate) const SECOND: u8 = 1 << 5;

impl Beginnings {
    /// These two bytes, and any with one of `seconds` in the second place.
    pub fn new(pairs: &[[u8; 2]], seconds: &[u8]) -> Self {
        let mut told = [0; 256];
        for [first, second] in pairs {
            told[usize::from(*first)] |= FIRST;
            told[usize::from(*second)] |= SECOND;
        }
        seconds.iter().for_each(|second| told[usize::from(*second)] |= ANY_SECOND);
        Self { pairs: pairs.to_vec(), told }
    }

    /// Whether something begins so.
    #[inline]
    #[must_use]
    pub fn has(&self, pair: [u8; 2]) -> bool {
        let [first, second] = pair.map(|byte| self.told[usize::from(byte)]);
        second & ANY_SECOND != 0 || (first & FIRST != 0 && self.pairs.contains(&pair))
    }
}

/// Notes in `found` those of the `places` whose next sixteen characters may stand for the beginning of
/// a text in UTF-8, or for something that has one of these beginnings. Each place must have sixteen characters
/// of base64 (RFC 4648 §4 or §5); a place that has fewer is none. More may be noted than stand for something, never
/// fewer.
pub fn sift_written(text: &[u8], places: &Places, begins: &Beginnings, found: &mut Vec<usize>) {
    Path::best().sift_written(text, places.as_slice(), begins, found);
}

/// Where bytes that go on with a character do not follow one that leads, or the other way round. Bits, the first
/// byte lowest: `beyond` of those from 0x80 on, `leads` of those from 0xC0 on, `all` of those that count.
#[inline]
pub(crate) fn broken(beyond: u64, leads: u64, all: u64) -> u64 {
    let trails = beyond & !leads;
    (leads << 1 & !trails & all) | (trails & !(beyond << 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALPHABETS: [&[u8; 64]; 2] = [
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    ];

    /// Bytes in base64, as far as they are whole threes.
    fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> Vec<u8> {
        let threes = bytes.as_chunks::<3>().0.iter();
        let bits = threes.map(|[a, b, c]| u32::from_be_bytes([0, *a, *b, *c]));
        bits.flat_map(|bits| [18, 12, 6, 0].map(|at| alphabet[(bits >> at & 63) as usize]))
            .collect()
    }

    fn sifted(path: Path, text: &[u8], begins: &Beginnings) -> bool {
        let mut found = Vec::new();
        path.sift_written(text, &[0], begins, &mut found);
        !found.is_empty()
    }

    proptest! {
        #[test]
        fn text_is_noted_in_every_notation(text in "[ -~äß密🔑\n\t]{12,20}", mark: [u8; 2]) {
            let begins = &Beginnings::new(&[mark], &[]);
            let container = [&mark[..], &[0; 16]].concat();
            let hexadecimal = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
            };
            for path in Path::known() {
                for bytes in [text.as_bytes(), &container] {
                    // A character that the head cuts says nothing.
                    for alphabet in ALPHABETS {
                        prop_assert!(sifted(path, &base64(bytes, alphabet), begins), "{path:?}");
                    }
                    prop_assert!(sifted(path, &hexadecimal(bytes), begins), "{path:?}");
                    let upper = hexadecimal(bytes).to_ascii_uppercase();
                    prop_assert!(sifted(path, &upper, begins), "{path:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn many_words_are_sifted_as_each_alone(
            words in prop::collection::vec("[A-Za-z0-9+/_-]{16}|[0-9a-f]{16}|(6[1-9]){8}|aGVsbG8g[A-Za-z]{8}", 0..12),
        ) {
            let begins = &Beginnings::new(&[*b"PK", [0x78, 0x9C]], &[0]);
            let text = words.concat();
            let places: Vec<u32> = (0..text.len() as u32).step_by(HEAD).collect();
            for path in Path::known().filter(|path| *path > Path::Portable) {
                let mut found = Vec::new();
                path.sift_written(text.as_bytes(), &places, begins, &mut found);
                let alone = |word: &String| sifted(Path::Avx2, word.as_bytes(), begins);
                let each = words.iter().enumerate().filter(|(_, word)| alone(word));
                prop_assert_eq!(found, each.map(|(at, _)| 16 * at).collect::<Vec<_>>(), "{:?}", path);
            }
        }
    }

    #[test]
    fn words_and_digests_are_ruled_out() {
        for path in Path::known().filter(|path| *path > Path::Portable) {
            for word in ["getElementsByTag", "da39a3ee5e6b4b0d", "0123456789abcdef"] {
                assert!(
                    !sifted(path, word.as_bytes(), &Beginnings::new(&[], &[])),
                    "{path:?} {word}"
                );
            }
        }
    }
}
