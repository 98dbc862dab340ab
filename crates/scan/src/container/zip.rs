//! zip (APPNOTE 6.3), and so also Office files, jars and wheels: its directory is at its end, so the
//! archive is held whole in memory up to a limit.
//!
//! A larger or damaged archive is reported, and its bytes are read as they stand: entries that are
//! stored without compression still show what they hold.

use std::io::{Cursor, Read};

use ::zip::ZipArchive;
use ::zip::result::ZipError;

use super::{Container, Kind};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises a local file header, or the end record of an empty archive.
pub(super) const KIND: Kind = Kind {
    recognises: |head| head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
    open: || Box::new(Zip { bytes: Vec::new(), raw: None }),
};

/// Entries are unpacked in pieces of this size.
const PIECE: usize = 64 * 1024;

struct Zip {
    /// The archive so far.
    bytes: Vec<u8>,
    /// Where bytes go once the archive is too large to be held.
    raw: Option<Content>,
}

impl Container for Zip {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if self.raw.is_none() && walk.hold(block.len()) {
            self.bytes.extend_from_slice(block);
            return;
        }
        let held = std::mem::take(&mut self.bytes);
        let raw = self.raw.get_or_insert_with(|| {
            walk.unread(format!(
                "zip archive of more than {} bytes: not unpacked, only what it stores plainly was read",
                walk.limits.archive_bytes
            ));
            walk.release(held.len());
            let mut raw = Content::raw(walk);
            raw.feed(&held, walk);
            raw
        });
        raw.feed(block, walk);
    }

    fn finish(self: Box<Self>, walk: &mut Walk<'_>) {
        if let Some(raw) = self.raw {
            raw.finish(walk);
            return;
        }
        match ZipArchive::new(Cursor::new(self.bytes.as_slice())) {
            Ok(mut archive) => read_entries(&mut archive, walk),
            Err(error) => {
                walk.unread(format!("damaged zip archive: {}", words(&error)));
                let mut raw = Content::raw(walk);
                raw.feed(&self.bytes, walk);
                raw.finish(walk);
            }
        }
        walk.release(self.bytes.len());
    }
}

fn read_entries(archive: &mut ZipArchive<Cursor<&[u8]>>, walk: &mut Walk<'_>) {
    for index in 0..archive.len() {
        if !walk.take_entry() {
            return;
        }
        let name = match archive.name_for_index(index) {
            Some(Ok(name)) => name.into_owned(),
            _ => format!("entry {}", index + 1),
        };
        walk.within(&name, |walk| match archive.by_index(index) {
            Ok(entry) if entry.is_dir() => {}
            Ok(entry) => read_entry(entry, walk),
            Err(error) => walk.unread(words(&error)),
        });
    }
}

/// Unpacks one entry into a content of its own.
fn read_entry(mut entry: impl Read, walk: &mut Walk<'_>) {
    let mut inner = Content::new();
    let mut piece = vec![0; PIECE];
    loop {
        match entry.read(&mut piece) {
            Ok(0) => break,
            Ok(bytes) if walk.take_expanded(bytes) => inner.feed(&piece[..bytes], walk),
            Ok(_) => break,
            Err(error) => {
                walk.unread(format!("damaged zip entry: {error}"));
                break;
            }
        }
    }
    inner.finish(walk);
}

/// Why an archive or an entry cannot be read, for a person.
fn words(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            "encrypted zip entry: not read".to_owned()
        }
        ZipError::CompressionMethodNotSupported(method) => {
            format!("zip compression method {method} is not supported: not read")
        }
        other => other.to_string(),
    }
}
