//! One thing to scan, and what a listing says beside it.
//!
//! A listing hands on names and addresses; nothing is opened before a worker takes its turn.

use std::path::PathBuf;
use std::sync::Arc;

use claviger_cloud::ObjectInfo;
use claviger_repository::{ObjectId, Repository};
use serde::{Deserialize, Serialize};

use super::bucket::Bucket;

/// Where a listing stands: what a resumed run begins behind. Within one target positions rise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The target, by its place on the command line.
    pub(super) target: usize,
    /// Path or name of an object; written as hexadecimal digits: names need not be text.
    #[serde(with = "digits")]
    pub(super) path: Vec<u8>,
    /// In a repository: how many of its items came before.
    pub(super) inner: u64,
    /// In a repository: what its history was, so that another history is read from its start.
    pub(super) of: String,
}

impl Position {
    /// The position of a path.
    pub(super) fn of_path(target: usize, path: &[u8]) -> Self {
        Self { target, path: path.to_vec(), inner: 0, of: String::new() }
    }
}

/// Bytes as hexadecimal digits; what are none stand for no bytes.
mod digits {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<u8>, D::Error> {
        Ok(hex::decode(String::deserialize(from)?).unwrap_or_default())
    }
}

/// Where the bytes of an item come from.
pub(super) enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// An object in a bucket.
    Object(Arc<Bucket>, Box<ObjectInfo>),
    /// A blob of a repository.
    Blob(Arc<Repository>, ObjectId),
    /// Bytes at hand.
    Bytes(Vec<u8>),
}

/// One thing to scan.
pub(super) struct Item {
    /// The address that findings carry.
    pub(super) uri: String,
    /// What stands before the names inside containers: commit and path of a blob.
    pub(super) path: Vec<String>,
    /// What every finding in it repeats: who committed it and when.
    pub(super) note: Option<String>,
    /// Where it comes from.
    pub(super) source: Source,
    /// Where the listing stands behind it.
    pub(super) position: Position,
}

/// What a listing says.
pub(super) enum Listed {
    /// Something to scan.
    Item(Item),
    /// Something that cannot be read: the address and the reason.
    Unread(String),
    /// A target of which nothing more can be listed.
    Failed {
        /// The address and the reason.
        why: String,
        /// Whether somebody refused it, rather than that it does not work.
        refused: bool,
    },
}
