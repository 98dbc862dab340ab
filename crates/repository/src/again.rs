//! How much of a commit may be listed that was listed before under another path: a commit of a few objects can hold
//! a file under any number of paths.

/// Entries of folders that were seen under another path.
const ENTRIES_MAX: usize = 1 << 19;

/// Bytes of their paths.
const BYTES_MAX: usize = 64 << 20;

/// What may still be listed.
pub(crate) struct Again {
    entries: usize,
    bytes: usize,
    is_spent: bool,
}

impl Again {
    pub(crate) fn of_one_commit() -> Self {
        Self { entries: ENTRIES_MAX, bytes: BYTES_MAX, is_spent: false }
    }

    /// Whether nothing more may be listed.
    pub(crate) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Takes an entry with a path of so many bytes; `false` where there is no room for it.
    pub(crate) fn take(&mut self, path_bytes: usize) -> bool {
        match (self.entries.checked_sub(1), self.bytes.checked_sub(path_bytes)) {
            (Some(entries), Some(bytes)) => (self.entries, self.bytes) = (entries, bytes),
            _ => self.is_spent = true,
        }
        !self.is_spent
    }
}
