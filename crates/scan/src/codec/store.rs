//! No compression at all, for archives that may choose.

use super::{Codec, OUTPUT, Step};

/// Bytes as they stand, `left` of them.
pub(crate) struct Store {
    left: u64,
}

impl Store {
    pub(crate) fn new(bytes: u64) -> Self {
        Self { left: bytes }
    }
}

impl Codec for Store {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let taken = input.len().min(OUTPUT).min(left);
        output.extend_from_slice(&input[..taken]);
        self.left -= taken as u64;
        Ok(Step { taken, done: self.left == 0 })
    }
}
