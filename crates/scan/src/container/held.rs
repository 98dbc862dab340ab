//! Containers that must be seen whole before anything in them can be told apart: what they share.
//!
//! One that does not fit in memory is reported and its bytes are read as they stand; so is one that its
//! reader cannot make sense of.

use super::Container;
use crate::content::Content;
use crate::walk::Walk;

/// One format.
pub(super) struct Format {
    /// What a person calls it.
    pub(super) name: &'static str,
    /// Reads a container. What only parts of it say is reported by the reader itself.
    ///
    /// # Errors
    /// Nothing could be read; the reason in words.
    pub(super) read: fn(&[u8], &mut Walk<'_>) -> Result<(), String>,
}

/// A container of such a format.
pub(super) struct Held {
    format: &'static Format,
    /// The container so far.
    bytes: Vec<u8>,
    /// Where bytes go once the container is too large.
    raw: Option<Content>,
}

impl Held {
    pub(super) fn open(format: &'static Format) -> Box<dyn Container> {
        Box::new(Self { format, bytes: Vec::new(), raw: None })
    }
}

impl Container for Held {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if self.raw.is_none() && walk.hold(block.len()) {
            self.bytes.extend_from_slice(block);
            return;
        }
        let held = std::mem::take(&mut self.bytes);
        let name = self.format.name;
        let raw = self.raw.get_or_insert_with(|| {
            walk.unread(format!(
                "{name} of more than {} bytes: not opened, only what it holds plainly was read",
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
        if let Err(why) = (self.format.read)(&self.bytes, walk) {
            let name = self.format.name;
            walk.unread(format!("{name} not opened: {why}; only what it holds plainly was read"));
            let mut raw = Content::raw(walk);
            raw.feed(&self.bytes, walk);
            raw.finish(walk);
        }
        walk.release(self.bytes.len());
    }
}
