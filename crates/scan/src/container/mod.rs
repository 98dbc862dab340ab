//! What holds other streams: one file a container, registered here.
//!
//! A container recognises itself by its first bytes, takes its bytes as they come, feeds what it
//! holds into a `Content` of its own inside `Walk::within`, asks the walk's budget before every step,
//! and reports what it cannot read. It never fails and never panics.

mod avro;
mod bzip2;
mod capture;
mod compound;
mod git;
mod gzip;
mod held;
mod image;
mod lz4;
mod made;
mod mail;
mod notebook;
mod office;
mod orc;
mod packed;
mod parquet;
mod pdf;
mod python;
mod quoted_printable;
mod rtf;
mod seven_zip;
mod sqlite;
mod tar;
mod unopened;
mod xz;
mod zip;
mod zlib;
mod zstd;

pub use git::apply_delta as apply_git_delta;

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
const KINDS: [Kind; 37] = [
    gzip::KIND,
    zip::KIND,
    seven_zip::KIND,
    bzip2::KIND,
    xz::XZ,
    xz::LZIP,
    zstd::KIND,
    lz4::KIND,
    sqlite::KIND,
    pdf::KIND,
    parquet::KIND,
    avro::KIND,
    orc::KIND,
    compound::KIND,
    rtf::KIND,
    image::PNG,
    image::JPEG,
    image::GIF,
    image::WEBP,
    image::TIFF,
    capture::PCAP,
    capture::PCAPNG,
    python::KIND,
    git::PACK,
    git::BUNDLE,
    git::LOOSE,
    unopened::RAR,
    unopened::CABINET,
    unopened::AGE,
    unopened::LUKS,
    notebook::KIND,
    // From here on, what has no magic number: recognised by its structure.
    tar::KIND,
    mail::MESSAGE,
    mail::MAILBOX,
    quoted_printable::KIND,
    xz::LZMA,
    zlib::KIND,
];

/// The kind of container that a stream with this head and this name is; `None` for no container.
pub(crate) fn recognise(head: &[u8], name: &str) -> Option<&'static Kind> {
    const { &KINDS }.iter().find(|kind| (kind.recognises)(head, name))
}
