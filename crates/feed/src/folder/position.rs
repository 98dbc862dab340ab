//! How far a file was read, and what it is known by.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a file's beginning that it is known by: some lines, each with its time.
pub(super) const HEAD_MAX: u64 = 4096;

/// Files whose known beginnings are shorter are not taken for each other: a header alone may be the same
/// in all.
pub(super) const HEAD_MATCH_MIN: u64 = 64;

/// How far a file was read. Its text is kept by who follows the folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The file's last known name below the path that is followed.
    pub(super) name: String,
    /// Bytes read, unpacked.
    pub(super) offset: u64,
    /// Lines read.
    pub(super) lines: u64,
    /// Bytes of its beginning that are known.
    pub(super) head_length: u64,
    /// Their hash.
    pub(super) head: String,
    /// Whether the file is packed.
    pub(super) packed: bool,
    /// Whether it was read to its end and cannot grow.
    pub(super) done: bool,
    /// Whether a line that is too long is being stepped over.
    pub(super) skipping: bool,
    /// The format of its lines.
    pub(super) format: Option<String>,
    /// What of the file before it will never be read; told with the next lines.
    #[serde(skip)]
    pub(super) lost: Option<String>,
}

impl Position {
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether a file that begins with these bytes is the one that was read.
    pub(super) fn begins(&self, head: &[u8]) -> bool {
        let length = usize::try_from(self.head_length).unwrap_or(usize::MAX);
        length == 0 || head.get(..length).is_some_and(|head| hash(head) == self.head)
    }

    /// Learns the beginning of the file, which is unpacked.
    pub(super) fn learn(&mut self, head: &[u8]) {
        self.head_length = head.len() as u64;
        self.head = hash(head);
    }

    /// Whether everything of a file of this size was read.
    pub(super) fn is_at_end(&self, size: u64) -> bool {
        self.done || (!self.packed && self.offset == size)
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..16])
}
