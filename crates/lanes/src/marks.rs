//! Where any of three bytes stand in a text: what divides the cells of a table, or bounds strings.

use crate::bits::WIDTH;
use crate::{Bits, Path};

/// How many bytes are looked for.
pub(crate) const BYTES: usize = 3;

/// Where any of three bytes stand in a text.
#[derive(Debug, Default)]
pub struct Marks {
    row: Vec<u64>,
}

impl Marks {
    /// Notes where these bytes stand in a text, and forgets all others.
    pub fn read(&mut self, text: &[u8], bytes: [u8; BYTES]) {
        self.read_by(Path::best(), text, bytes);
    }

    fn read_by(&mut self, path: Path, text: &[u8], bytes: [u8; BYTES]) {
        self.row.clear();
        self.row.resize(text.len().div_ceil(WIDTH), 0);
        path.mark(text, bytes, &mut self.row);
    }

    /// Where they stand.
    #[must_use]
    pub fn bits(&self) -> Bits<'_> {
        Bits(&self.row)
    }
}

/// The same in plain Rust.
pub(crate) fn plain(text: &[u8], bytes: [u8; BYTES], row: &mut [u64]) {
    for (chunk, bits) in text.chunks(WIDTH).zip(row) {
        let marked = chunk.iter().map(|byte| u64::from(bytes.contains(byte)));
        *bits = marked.rev().fold(0, |bits, bit| bits << 1 | bit);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_path_marks_the_same(text in "[a,\"\n]{0,300}") {
            for path in Path::known() {
                let mut marks = Marks::default();
                marks.read_by(path, text.as_bytes(), *b",\"\n");
                let found: Vec<usize> = marks.bits().iter(0, text.len()).collect();
                let expected: Vec<usize> = text.match_indices([',', '"', '\n']).map(|m| m.0).collect();
                prop_assert_eq!(found, expected, "{:?}", path);
            }
        }
    }
}
