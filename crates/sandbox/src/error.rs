//! Why the practice cloud could not be started or kept.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the practice cloud could not be started or kept.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The machine gives no random bytes.
    #[error("this machine gives no random bytes for keys")]
    Entropy,
    /// A listener could not be opened.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The folder of `--state` could not be read.
    #[error("cannot read the kept state {}", path.display())]
    Load {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The snapshot is no snapshot.
    #[error("the kept state {} is damaged", path.display())]
    Damaged {
        /// The snapshot.
        path: PathBuf,
        /// What its reader says.
        source: serde_json::Error,
    },
    /// The folder of `--state` could not be written.
    #[error("cannot keep the state in {}", path.display())]
    Save {
        /// File or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl SandboxError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Entropy => "check that the machine's random source works",
            Self::Listen { .. } => "choose another port or stop the program that holds this one",
            Self::Load { .. } | Self::Save { .. } => {
                "check the folder's owner and permissions and the space that is left"
            }
            Self::Damaged { .. } => "move the folder away to begin with an empty practice cloud",
        }
    }
}
