//! Compressed streams: one file a compression, each taken apart as it comes.
//!
//! A codec does no input or output, holds no more than the window of its compression, and makes little
//! at a time, so that whoever drives it can ask a budget between any two pieces. What a stream stands
//! in (a file of its own, an entry of an archive, a page of a table) is not its business.

mod bzip2;
mod deflate;
mod lz4;
mod lzma;
mod snappy;
mod store;
mod zstd;

pub(crate) use bzip2::Bzip2;
pub(crate) use deflate::Deflate;
pub(crate) use lz4::{Lz4, lz4_block};
pub(crate) use lzma::{Lzip, Lzma, Xz};
pub(crate) use snappy::snappy;
pub(crate) use store::Store;
pub(crate) use zstd::Zstd;

/// Most that a step adds to its output, but for a block that a compression makes as a whole.
const OUTPUT: usize = 64 * 1024;
/// Most memory that a stream's window may have: what `xz -9` and `zstd --ultra -22` ask for, doubled.
const WINDOW_MAX: u64 = 128 << 20;

/// One compressed stream.
pub(crate) trait Codec: Send {
    /// Takes what it can of `input`, and appends what that unpacks to. `last`: nothing follows `input`.
    /// When a step takes nothing and makes nothing, it needs more bytes than it was shown.
    ///
    /// # Errors
    /// The stream is damaged or asks for too much; the reason in words. What was appended stands.
    fn step(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, String>;
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Bytes of the input that it took.
    pub(crate) taken: usize,
    /// The stream has ended.
    pub(crate) done: bool,
}

/// Unpacks a stream that is in memory as a whole, to at most `most` bytes, with the reason in words where
/// that is not all: the stream is damaged, ends too early or unpacks to more. Bytes after it are ignored.
pub(crate) fn salvage(
    codec: &mut dyn Codec,
    input: &[u8],
    most: usize,
) -> (Vec<u8>, Option<String>) {
    let (mut output, mut rest) = (Vec::new(), input);
    loop {
        let made = output.len();
        let step = match codec.step(rest, true, &mut output) {
            Ok(step) => step,
            Err(why) => return (output, Some(why)),
        };
        rest = &rest[step.taken..];
        if output.len() > most {
            output.truncate(most);
            return (output, Some(format!("unpacks to more than {most} bytes")));
        }
        if step.done {
            return (output, None);
        }
        if step.taken == 0 && output.len() == made {
            return (output, Some("ends too early".to_owned()));
        }
    }
}

/// Unpacks a stream that is in memory as a whole, to at most `most` bytes. Bytes after it are ignored.
///
/// # Errors
/// The stream is damaged, ends too early or unpacks to more; the reason in words.
pub(crate) fn unpack(codec: &mut dyn Codec, input: &[u8], most: usize) -> Result<Vec<u8>, String> {
    let (output, damage) = salvage(codec, input, most);
    damage.map_or(Ok(output), Err)
}
