//! The entries of a folder in a repository.

use crate::object::ObjectId;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A folder.
    Tree,
    /// A file, or where a link leads.
    Blob,
    /// Another repository's commit.
    Link,
}

/// The entries of a tree: mode, name and object. What is damaged ends them.
pub(crate) fn entries_of(mut bytes: &[u8]) -> Vec<(Mode, String, ObjectId)> {
    let mut entries = Vec::new();
    while let Some(zero) = bytes.iter().position(|byte| *byte == 0) {
        let (head, rest) = bytes.split_at(zero);
        let Some((id, after)) = rest[1..].split_first_chunk::<20>() else { break };
        let head = String::from_utf8_lossy(head);
        if let Some((mode, name)) = head.split_once(' ') {
            let mode = match mode {
                "40000" | "040000" => Mode::Tree,
                "160000" => Mode::Link,
                _ => Mode::Blob,
            };
            entries.push((mode, name.to_owned(), ObjectId(*id)));
        }
        bytes = after;
    }
    entries
}
