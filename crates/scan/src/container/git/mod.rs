//! What git keeps its history in: packs, bundles, and loose objects.

mod delta;
mod history;
mod pack;

pub use delta::apply as apply_delta;

use super::Kind;
use super::held::{Format, Held};
use super::packed::{self, Packed};
use crate::codec::{Codec, Deflate};
use crate::walk::Walk;

/// Recognises a pack by its signature and its version.
pub(super) const PACK: Kind = Kind {
    recognises: |head, _| {
        matches!(head, [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, ..]) && head.len() > 12
    },
    open: || Held::open(&Format { name: "git pack", read: pack::read }),
};

/// Recognises a bundle by its first line.
pub(super) const BUNDLE: Kind = Kind {
    recognises: |head, _| {
        head.starts_with(b"# v2 git bundle\n") || head.starts_with(b"# v3 git bundle\n")
    },
    open: || Held::open(&Format { name: "git bundle", read: read_bundle }),
};

/// Recognises a loose object by what it unpacks to.
pub(super) const LOOSE: Kind = Kind {
    recognises: |head, _| {
        let mut output = Vec::new();
        // The method, and a remainder that any other two bytes seldom have (RFC 1950 §2.2).
        let is_zlib = head.first_chunk().is_some_and(|begun: &[u8; 2]| {
            begun[0] & 0xF == 8 && u16::from_be_bytes(*begun).is_multiple_of(31)
        });
        is_zlib && Deflate::zlib().step(head, false, &mut output).is_ok() && head_bytes(&output) > 0
    },
    open: || Packed::open(&LOOSE_FORMAT),
};

const LOOSE_FORMAT: packed::Format = packed::Format {
    name: "git object",
    suffixes: &[],
    begins: |_| false,
    codec: || Box::new(Deflate::zlib()),
    head_bytes,
};

/// Bytes of the head of a loose object: kind and size, ended by a zero; 0 where there is none.
fn head_bytes(object: &[u8]) -> usize {
    let kinds: [&[u8]; 4] = [b"blob ", b"tree ", b"commit ", b"tag "];
    let Some(kind) = kinds.iter().find(|kind| object.starts_with(kind)) else { return 0 };
    let digits = object[kind.len()..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = kind.len() + digits;
    if digits > 0 && object.get(end) == Some(&0) { end + 1 } else { 0 }
}

/// A bundle (gitformat-bundle) is a list of names, an empty line, and a pack.
fn read_bundle(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let end = memchr::memmem::find(bytes, b"\n\n").ok_or("its header is not whole")?;
    pack::read(&bytes[end + 2..], walk)
}
