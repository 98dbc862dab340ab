//! MinIO's users, their access keys, and its policies.

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All that MinIO's own API handles. Its owner is the account's own key.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Minio {
    /// Users by name, which is the id of the pair that each is.
    pub(crate) users: BTreeMap<String, MinioUser>,
    /// Access keys of users and of the owner, by id. No id is a user's name.
    pub(crate) access_keys: BTreeMap<String, MinioKey>,
    /// Policies by name, as MinIO writes them.
    pub(crate) policies: BTreeMap<String, Value>,
}

/// A user: a key pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MinioUser {
    /// The secret half.
    #[serde(with = "super::secret_text")]
    pub(crate) secret: Secret,
    /// Whether the pair, and every access key of the user, works.
    pub(crate) enabled: bool,
    /// The policies that bind it, by name.
    pub(crate) policies: BTreeSet<String>,
    /// When it was last changed.
    pub(crate) updated_at: Timestamp,
}

/// An access key of a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MinioKey {
    /// The secret half.
    #[serde(with = "super::secret_text")]
    pub(crate) secret: Secret,
    /// Whose it is: a user, or the owner by its access key id.
    pub(crate) parent: String,
    /// Whether it works, as long as its user does.
    pub(crate) enabled: bool,
    /// Its own policy, which narrows what its user may; `None` for all of that.
    pub(crate) policy: Option<Value>,
    /// A name for people; may be empty.
    pub(crate) name: String,
    /// Remarks; may be empty.
    pub(crate) description: String,
}
