//! deflate (RFC 1951), bare or as zlib (RFC 1950).

use flate2::{Decompress, FlushDecompress, Status};

use super::{Codec, OUTPUT, Step};

/// A deflate stream.
pub(crate) struct Deflate {
    inflate: Decompress,
}

impl Deflate {
    /// Without header, as in zip.
    pub(crate) fn bare() -> Self {
        Self { inflate: Decompress::new(false) }
    }

    /// With the header and the checksum of zlib.
    pub(crate) fn zlib() -> Self {
        Self { inflate: Decompress::new(true) }
    }
}

impl Codec for Deflate {
    fn step(&mut self, input: &[u8], _last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        let (before_in, made) = (self.inflate.total_in(), output.len());
        output.resize(made + OUTPUT, 0);
        let before_out = self.inflate.total_out();
        let outcome = self.inflate.decompress(input, &mut output[made..], FlushDecompress::None);
        let taken = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(input.len());
        let fresh = usize::try_from(self.inflate.total_out() - before_out).unwrap_or(OUTPUT);
        output.truncate(made + fresh.min(OUTPUT));
        match outcome {
            Ok(status) => Ok(Step { taken, done: status == Status::StreamEnd }),
            Err(_) => Err("damaged deflate data".to_owned()),
        }
    }
}
