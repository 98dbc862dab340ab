//! Formats that are known and cannot be opened here: that is said, and their bytes are read as they stand.

use super::{Container, Kind};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises RAR 1.5 to 5.
pub(super) const RAR: Kind =
    Kind { recognises: |head, _| head.starts_with(b"Rar!\x1A\x07"), open: || open("RAR archive") };

/// Recognises cabinets of Windows.
pub(super) const CABINET: Kind = Kind {
    recognises: |head, _| head.starts_with(b"MSCF\0\0\0\0"),
    open: || open("cabinet of Windows"),
};

/// Recognises what `age` encrypts.
pub(super) const AGE: Kind = Kind {
    recognises: |head, _| head.starts_with(b"age-encryption.org/v1\n"),
    open: || open("file encrypted by age"),
};

/// Recognises disks encrypted by LUKS.
pub(super) const LUKS: Kind = Kind {
    recognises: |head, _| head.starts_with(b"LUKS\xBA\xBE"),
    open: || open("disk encrypted by LUKS"),
};

struct Unopened {
    name: &'static str,
    raw: Option<Content>,
}

fn open(name: &'static str) -> Box<dyn Container> {
    Box::new(Unopened { name, raw: None })
}

impl Container for Unopened {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        self.raw.get_or_insert_with(|| Content::raw(walk)).feed(block, walk);
    }

    fn finish(self: Box<Self>, walk: &mut Walk<'_>) {
        let name = self.name;
        walk.unread(format!("{name}: not opened, only what it holds plainly was read"));
        if let Some(raw) = self.raw {
            raw.finish(walk);
        }
    }
}
