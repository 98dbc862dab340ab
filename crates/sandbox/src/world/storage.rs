//! What is stored: buckets and objects.

use std::collections::BTreeMap;

use axum::body::Bytes;
use claviger_model::Acl;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Restoration, StorageClass};

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// Name.
    pub(crate) name: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Who may read it; never `Acl::Default`.
    pub(crate) acl: Acl,
    /// Its own switch against public access.
    pub(crate) public_access_block: bool,
    /// Its policy as JSON text, as it was given.
    pub(crate) policy_json: Option<String>,
    /// Where its access log goes; `None` when logging is off.
    pub(crate) logging: Option<Logging>,
    /// Objects by key, in the order of their bytes: the version of each that is read without asking
    /// for one. A key whose last version is a delete marker is not among them.
    pub(crate) objects: BTreeMap<String, Object>,
    /// Whether older versions are kept; `None` as long as nobody ever asked for it.
    #[serde(default)]
    pub(crate) versioning: Option<Versioning>,
    /// What lies behind the objects, by key, oldest first; never an empty list.
    #[serde(default)]
    pub(crate) past: BTreeMap<String, Vec<Past>>,
}

/// Whether older versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    /// Every write makes a new version.
    Enabled,
    /// Writes replace the one version without an id; those with one stay.
    Suspended,
}

/// A version that is not the one read by default.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Past {
    /// An object that was replaced or deleted.
    Object(Object),
    /// The mark of a deletion.
    DeleteMarker(DeleteMarker),
}

/// The mark of a deletion.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeleteMarker {
    /// Its id; `None` for the one version without.
    pub(crate) version_id: Option<String>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
}

/// Where the access log of a bucket goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logging {
    /// Bucket that stores the log files.
    pub(crate) target_bucket: String,
    /// What their names begin with.
    pub(crate) target_prefix: String,
    /// How they go on.
    #[serde(default)]
    pub(crate) naming: Naming,
}

/// How the names of log files go on after what they begin with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Naming {
    /// As OSS has it: the bucket, the time.
    #[default]
    Oss,
    /// As S3 has it: the time.
    S3,
    /// As S3 has it where that is asked for: account, region, bucket and day as folders, the time.
    S3Dated,
}

/// An object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    /// Its bytes. Kept beside the snapshot as a file named after `sha256`.
    #[serde(skip)]
    pub(crate) content: Bytes,
    /// SHA-256 of the bytes, hex.
    pub(crate) sha256: String,
    /// How many bytes there are.
    pub(crate) size: u64,
    /// MD5 of the bytes, upper-case hex, without quotes.
    pub(crate) etag: String,
    /// CRC-64/XZ of the bytes.
    pub(crate) crc64: u64,
    /// Headers stored with it by lower-case name: `content-type`, `cache-control`, `x-oss-meta-…`.
    pub(crate) headers: BTreeMap<String, String>,
    /// Who may read it; `Acl::Default` follows the bucket.
    pub(crate) acl: Acl,
    /// When it was written.
    pub(crate) last_modified: Timestamp,
    /// Its version's id; `None` where it was written without versioning, shown as `null`.
    #[serde(default)]
    pub(crate) version_id: Option<String>,
    /// Where it lies.
    #[serde(default)]
    pub(crate) storage_class: StorageClass,
    /// Its last restoration out of an archive, over or not.
    #[serde(default)]
    pub(crate) restoration: Option<Restoration>,
}
