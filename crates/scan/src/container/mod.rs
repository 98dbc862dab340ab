//! What holds other streams: one file a container, registered here.
//!
//! A container recognises itself by its first bytes, takes its bytes as they come, feeds what it
//! holds into a `Content` of its own inside `Walk::within`, asks the walk's budget before every step,
//! and reports what it cannot read. It never fails and never panics.

mod bzip2;
mod gzip;
mod lz4;
mod made;
mod office;
mod packed;
mod tar;
mod xz;
mod zip;
mod zlib;
mod zstd;

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
    /// Whether a stream with this head (4 KiB, or less when the stream is shorter) and this name is of the
    /// kind. A name alone never decides.
    recognises: fn(&[u8], &str) -> bool,
    /// Starts reading one.
    pub(crate) open: fn() -> Box<dyn Container>,
}

/// Every kind. The first that recognises a stream takes it.
const KINDS: [Kind; 10] = [
    gzip::KIND,
    zip::KIND,
    tar::KIND,
    bzip2::KIND,
    xz::XZ,
    xz::LZIP,
    zstd::KIND,
    lz4::KIND,
    xz::LZMA,
    zlib::KIND,
];

/// The kind of container that a stream with this head and this name is; `None` for no container.
pub(crate) fn recognise(head: &[u8], name: &str) -> Option<&'static Kind> {
    const { &KINDS }.iter().find(|kind| (kind.recognises)(head, name))
}
