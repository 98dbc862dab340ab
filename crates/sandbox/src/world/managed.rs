//! Secrets that KMS manages: the key pairs of a RAM user, and their rotation.

use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The key pair of a RAM user in KMS's hands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManagedSecret {
    /// `acs/ram/user/<RAM user>`.
    pub(crate) name: String,
    /// The RAM user.
    pub(crate) user: String,
    /// Remarks.
    pub(crate) description: String,
    /// `ExtendedConfig` as it was given.
    pub(crate) extended_config: String,
    /// Key that encrypts it; empty for the service's own.
    pub(crate) encryption_key_id: String,
    /// The instance it lives in; empty when none was named.
    pub(crate) instance_id: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last changed.
    pub(crate) updated_at: Timestamp,
    /// Its versions, oldest first. The one in use is the last that is [`Stage::Current`].
    pub(crate) versions: Vec<SecretVersion>,
    /// How often it is rotated by itself; `None` when never.
    pub(crate) interval: Option<SignedDuration>,
    /// When it was last rotated.
    pub(crate) last_rotation: Option<Timestamp>,
    /// A rotation under way; there is at most one.
    pub(crate) rotation: Option<Rotation>,
    /// When it will be gone; `None` unless it was deleted with a time to change one's mind.
    pub(crate) planned_delete: Option<Timestamp>,
}

/// One version of a secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SecretVersion {
    /// Its name, unique in the secret.
    pub(crate) id: String,
    /// The public half.
    pub(crate) access_key_id: String,
    /// The secret half.
    #[serde(with = "super::secret_text")]
    pub(crate) secret: Secret,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// What it is for.
    pub(crate) stage: Stage,
}

/// What a version is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// In use: `ACSCurrent`.
    Current,
    /// The one before: `ACSPrevious`.
    Previous,
    /// Older.
    Past,
}

/// A rotation under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Rotation {
    /// It was asked for; RAM makes the new pair at `due`.
    Asked {
        /// Name of the version to come.
        version_id: String,
        /// When the new pair is made.
        due: Timestamp,
    },
    /// The new pair is in use; the old one is deleted when the window ends.
    Window {
        /// The old pair.
        old_key: String,
        /// When it is deleted.
        ends: Timestamp,
    },
}
