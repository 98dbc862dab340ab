//! Secrets that people store in Secrets Manager, by versions with stages.

use std::collections::BTreeSet;

use claviger_model::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A stored secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredSecret {
    /// Its name.
    pub(crate) name: String,
    /// Six characters at the end of its resource name.
    pub(crate) suffix: String,
    /// Remarks.
    pub(crate) description: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Its versions, oldest first; a stage stands at one of them at most.
    pub(crate) versions: Vec<StoredVersion>,
    /// When it was deleted with time to change one's mind; `None` while it stands.
    pub(crate) deleted_at: Option<Timestamp>,
}

/// One version of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredVersion {
    /// The token that it was asked for by.
    pub(crate) id: String,
    /// `SecretString`.
    #[serde(with = "super::secret_text")]
    pub(crate) value: Secret,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// `AWSCURRENT`, `AWSPREVIOUS`, and whatever people call one.
    pub(crate) stages: BTreeSet<String>,
}
