//! What keeps lines from being taken in, and the way out.

use std::path::PathBuf;

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
    /// A file or folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// Which.
        address: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A NATS server did not do what it was asked.
    #[error("the NATS server did not {what}")]
    Nats {
        /// What was asked, in words.
        what: String,
        /// What came of it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
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
            Self::Folder { .. } => "folder",
            Self::Listen { .. } => "listen",
            Self::Nats { .. } => "nats",
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
            Self::Folder { path, .. } => {
                format!("let the user that runs Claviger read it: `ls -l {}`", path.display())
            }
            Self::Listen { .. } => {
                "end what listens there, or set the source up with another address".to_owned()
            }
            Self::Nats { .. } => {
                "see that the server runs with JetStream (`nats stream info STREAM`), and that the \
                 source's secret may read the stream and make a consumer"
                    .to_owned()
            }
            Self::TooLarge { .. } => "send it in several requests".to_owned(),
        }
    }
}
