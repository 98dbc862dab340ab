//! bzip2: one stream, in blocks of at most 900 kB.

use ::bzip2::{Decompress, Status};

use super::{Codec, OUTPUT, Step};

/// A bzip2 stream.
pub(crate) struct Bzip2 {
    decoder: Decompress,
}

impl Bzip2 {
    pub(crate) fn new() -> Self {
        Self { decoder: Decompress::new(false) }
    }
}

impl Codec for Bzip2 {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        let (before_in, before_out) = (self.decoder.total_in(), self.decoder.total_out());
        let made = output.len();
        output.resize(made + OUTPUT, 0);
        let outcome = self.decoder.decompress(input, &mut output[made..]);
        let taken = usize::try_from(self.decoder.total_in() - before_in).unwrap_or(input.len());
        let fresh = usize::try_from(self.decoder.total_out() - before_out).unwrap_or(OUTPUT);
        output.truncate(made + fresh.min(OUTPUT));
        match outcome {
            Ok(status) => Ok(Step { taken, done: status == Status::StreamEnd }),
            Err(error) => Err(error.to_string()),
        }
    }
}
