//! What an object is called, and of which kind it is.

/// The name of an object: SHA-1 of what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(crate) [u8; 20]);

impl ObjectId {
    /// A name in 40 hexadecimal digits; the one of zeros names nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 20];
        hex::decode_to_slice(text, &mut id).ok()?;
        (id != [0; 20]).then_some(Self(id))
    }

    /// The name in hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// The first twelve digits.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(&self.0[..6])
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; 20] {
        self.0
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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
    pub(crate) fn of_word(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"commit" => Self::Commit,
            b"tree" => Self::Tree,
            b"blob" => Self::Blob,
            b"tag" => Self::Tag,
            _ => return None,
        })
    }
}
