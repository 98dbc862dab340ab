//! What holds other streams: one file a container, registered here.
//!
//! A container recognises itself by its first bytes, takes its bytes as they come, feeds what it
//! holds into a `Content` of its own inside `Walk::within`, asks the walk's budget before every step,
//! and reports what it cannot read. It never fails and never panics.

mod gzip;
mod zip;

use crate::walk::Walk;

/// A container being read.
pub(crate) trait Container: Send {
    /// Takes the next bytes of the container.
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>);

    /// The container has ended.
    fn finish(self: Box<Self>, walk: &mut Walk<'_>);
}

/// One kind of container.
pub(crate) struct Kind {
    /// Whether a stream with this head (4 KiB, or less when the stream is shorter) is of the kind.
    recognises: fn(&[u8]) -> bool,
    /// Starts reading one.
    pub(crate) open: fn() -> Box<dyn Container>,
}

/// Every kind. The first that recognises a stream takes it.
const KINDS: [Kind; 2] = [gzip::KIND, zip::KIND];

/// The kind of container that a stream with this head is; `None` for no container.
pub(crate) fn recognise(head: &[u8]) -> Option<&'static Kind> {
    const { &KINDS }.iter().find(|kind| (kind.recognises)(head))
}
