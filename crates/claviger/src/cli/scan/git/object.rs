//! What an object is called, and of which kind it is.

/// The name of an object: SHA-1 of what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::cli::scan) struct ObjectId(pub(super) [u8; 20]);

impl ObjectId {
    /// A name in 40 hexadecimal digits; the one of zeros names nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 20];
        hex::decode_to_slice(text, &mut id).ok()?;
        (id != [0; 20]).then_some(Self(id))
    }

    /// The name in hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The first twelve digits.
    pub(super) fn short(&self) -> String {
        hex::encode(&self.0[..6])
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// The content of a file.
    Blob,
    /// A name with a message.
    Tag,
}

impl Kind {
    /// A kind by its word.
    pub(super) fn of_word(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"commit" => Self::Commit,
            b"tree" => Self::Tree,
            b"blob" => Self::Blob,
            b"tag" => Self::Tag,
            _ => return None,
        })
    }
}
