//! What keeps lines from being taken in, and the way out.

/// Lines that could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The body is packed in a way that is not known.
    #[error("the body is packed by `{name}`, which is not known here")]
    UnknownEncoding {
        /// The `Content-Encoding` given.
        name: String,
    },
    /// The packed body is broken.
    #[error("the body is no {encoding}, or breaks off after {unpacked} unpacked bytes")]
    Damaged {
        /// How it was said to be packed.
        encoding: &'static str,
        /// How far it could be read.
        unpacked: u64,
        /// What the decoder says.
        #[source]
        source: std::io::Error,
    },
    /// The body is larger than a sender may send at once.
    #[error("the body is longer than {limit} bytes when unpacked")]
    TooLarge {
        /// The most bytes taken.
        limit: u64,
    },
}

impl FeedError {
    /// A stable word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownEncoding { .. } => "unknown_encoding",
            Self::Damaged { .. } => "damaged",
            Self::TooLarge { .. } => "too_large",
        }
    }

    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownEncoding { .. } => {
                "send it plain, or with `Content-Encoding: gzip` or `zstd`".to_owned()
            }
            Self::Damaged { .. } => "pack it again; `gzip -t` or `zstd -t` tells".to_owned(),
            Self::TooLarge { .. } => "send it in several requests".to_owned(),
        }
    }
}
