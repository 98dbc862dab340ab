//! The family of LZMA: `.lzma` and bare streams, xz with its filters and checks, lzip.

use lzma_rust2::{Action, LzipStream, LzmaStream, Status, StreamResult, XzStream};

use super::{Codec, OUTPUT, Step, WINDOW_MAX};

/// The limit of memory in KiB, with what a decoder needs beside its dictionary.
const MEMORY_KIB: u32 = (WINDOW_MAX >> 10) as u32 + 1024;

/// A bare LZMA stream, or a `.lzma` file.
pub(crate) struct Lzma(LzmaStream);

impl Lzma {
    /// A `.lzma` file with its header of 13 bytes.
    pub(crate) fn file() -> Self {
        Self(LzmaStream::new_mem_limit(MEMORY_KIB, None))
    }

    /// A bare stream that unpacks to `size` bytes (`u64::MAX`: until its end mark), with the five bytes
    /// of properties that LZMA has everywhere.
    pub(crate) fn bare(properties: [u8; 5], size: u64) -> Result<Self, String> {
        let [first, dictionary @ ..] = properties;
        let dictionary = u32::from_le_bytes(dictionary);
        if u64::from(dictionary) > WINDOW_MAX {
            return Err(format!("asks for a dictionary of {dictionary} bytes"));
        }
        let stream = LzmaStream::new_with_props(size, first, dictionary, None);
        stream.map(Self).map_err(|error| error.to_string())
    }
}

/// An xz stream, one of several perhaps.
pub(crate) struct Xz(XzStream);

impl Xz {
    pub(crate) fn new() -> Self {
        Self(XzStream::new_mem_limit(false, MEMORY_KIB))
    }
}

/// A member of an lzip file.
pub(crate) struct Lzip(LzipStream);

impl Lzip {
    pub(crate) fn new() -> Self {
        Self(LzipStream::new_mem_limit(false, MEMORY_KIB))
    }
}

impl Codec for Lzma {
    fn step(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        step(output, |piece| self.0.process(input, piece, action(last)))
    }
}

impl Codec for Xz {
    fn step(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        step(output, |piece| self.0.process(input, piece, action(last)))
    }
}

impl Codec for Lzip {
    fn step(&mut self, input: &[u8], last: bool, output: &mut Vec<u8>) -> Result<Step, String> {
        step(output, |piece| self.0.process(input, piece, action(last)))
    }
}

fn action(last: bool) -> Action {
    if last { Action::Finish } else { Action::Run }
}

fn step(
    output: &mut Vec<u8>,
    process: impl FnOnce(&mut [u8]) -> std::io::Result<StreamResult>,
) -> Result<Step, String> {
    let made = output.len();
    output.resize(made + OUTPUT, 0);
    let outcome = process(&mut output[made..]);
    let fresh = outcome.as_ref().map_or(0, |result| result.bytes_produced);
    output.truncate(made + fresh);
    let result = outcome.map_err(|error| error.to_string())?;
    Ok(Step { taken: result.bytes_consumed, done: result.status == Status::StreamEnd })
}
