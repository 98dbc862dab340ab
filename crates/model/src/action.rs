//! What a person may have done about a risk event, with what each needs to be told.

use serde::{Deserialize, Serialize};

use crate::{AccessKeyId, Acl, Secret};

/// What a person wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Disable the key at its provider.
    Disable,
    /// Enable the key again.
    Enable,
    /// Delete the key.
    Delete,
    /// Let the key be used from some addresses only.
    RestrictNetwork,
    /// Deny the key's user what comes from elsewhere, or what is sensitive.
    DenyPolicy,
    /// Deny the key's user in a bucket what comes from elsewhere, or what is sensitive.
    DenyBucket,
    /// End the temporary credentials that were made with the key.
    RevokeSessions,
    /// Change the access control list of a bucket.
    BucketAcl,
    /// Block public access to a bucket.
    BlockPublicAccess,
    /// Block public access to every bucket of the account.
    BlockAccountPublicAccess,
    /// Change the access control list of an object.
    ObjectAcl,
    /// Delete the object that holds the key, in every version that does.
    DeleteFile,
    /// Replace the key by a new one, which a person takes over.
    Rotate,
    /// Replace the key by a new one, which is put into a secret of the provider's secret manager.
    RotateStored,
    /// Have the provider's secret manager replace the key.
    RotateManaged,
    /// Give the user's keys to the provider's secret manager.
    HostManaged,
}

impl Action {
    /// Every action, in the order in which pages offer them.
    pub const ALL: [Self; 16] = [
        Self::Disable,
        Self::RestrictNetwork,
        Self::Rotate,
        Self::RotateStored,
        Self::RotateManaged,
        Self::DenyPolicy,
        Self::DenyBucket,
        Self::RevokeSessions,
        Self::Enable,
        Self::Delete,
        Self::DeleteFile,
        Self::ObjectAcl,
        Self::BucketAcl,
        Self::BlockPublicAccess,
        Self::BlockAccountPublicAccess,
        Self::HostManaged,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Delete => "delete",
            Self::RestrictNetwork => "restrict_network",
            Self::DenyPolicy => "deny_policy",
            Self::DenyBucket => "deny_bucket",
            Self::RevokeSessions => "revoke_sessions",
            Self::BucketAcl => "bucket_acl",
            Self::BlockPublicAccess => "block_public_access",
            Self::BlockAccountPublicAccess => "block_account_public_access",
            Self::ObjectAcl => "object_acl",
            Self::DeleteFile => "delete_file",
            Self::Rotate => "rotate",
            Self::RotateStored => "rotate_stored",
            Self::RotateManaged => "rotate_managed",
            Self::HostManaged => "host_managed",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Disable => "Disable the key",
            Self::Enable => "Enable the key again",
            Self::Delete => "Delete the key",
            Self::RestrictNetwork => "Restrict the key to its good addresses",
            Self::DenyPolicy => "Deny by policy",
            Self::DenyBucket => "Deny by the bucket's policy",
            Self::RevokeSessions => "Revoke sessions",
            Self::BucketAcl => "Change the bucket's ACL",
            Self::BlockPublicAccess => "Block public access to the bucket",
            Self::BlockAccountPublicAccess => "Block public access to the account",
            Self::ObjectAcl => "Change the file's ACL",
            Self::DeleteFile => "Delete the file",
            Self::Rotate => "Rotate the key",
            Self::RotateStored => "Rotate the key into Secrets Manager",
            Self::RotateManaged => "Rotate the key in KMS",
            Self::HostManaged => "Host the key in KMS",
        }
    }

    /// The action of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// Whether the key opens nothing for strangers any more once it is done.
    #[must_use]
    pub fn contains_key(self) -> bool {
        match self {
            Self::Disable
            | Self::Delete
            | Self::RestrictNetwork
            | Self::Rotate
            | Self::RotateStored
            | Self::RotateManaged => true,
            Self::Enable
            | Self::DenyPolicy
            | Self::DenyBucket
            | Self::RevokeSessions
            | Self::BucketAcl
            | Self::BlockPublicAccess
            | Self::BlockAccountPublicAccess
            | Self::ObjectAcl
            | Self::DeleteFile
            | Self::HostManaged => false,
        }
    }
}

/// One key pair that a person gives, to be kept by the provider's secret manager.
#[derive(Debug, Clone)]
pub struct GivenPair {
    /// Its id.
    pub access_key_id: AccessKeyId,
    /// Its secret.
    pub secret: Secret,
}

/// An action with what it needs to be told.
#[derive(Debug, Clone)]
pub enum Ask {
    /// [`Action::Disable`].
    Disable,
    /// [`Action::Enable`].
    Enable,
    /// [`Action::Delete`].
    Delete,
    /// [`Action::RestrictNetwork`].
    RestrictNetwork {
        /// Addresses and networks that may go on; empty: those of the key's good past.
        addresses: Vec<String>,
    },
    /// [`Action::DenyPolicy`].
    DenyPolicy {
        /// Addresses and networks that may go on; with neither these nor prefixes: those of the good past.
        addresses: Vec<String>,
        /// `bucket/prefix` that nobody may read with the user's keys.
        prefixes: Vec<String>,
    },
    /// [`Action::DenyBucket`].
    DenyBucket {
        /// The bucket.
        bucket: String,
        /// Addresses and networks that may go on; with neither these nor prefixes: those of the good past.
        addresses: Vec<String>,
        /// Beginnings of the names of objects that the user may not read.
        prefixes: Vec<String>,
    },
    /// [`Action::RevokeSessions`].
    RevokeSessions,
    /// [`Action::BucketAcl`].
    BucketAcl {
        /// The bucket.
        bucket: String,
        /// The list it gets.
        acl: Acl,
    },
    /// [`Action::BlockPublicAccess`].
    BlockPublicAccess {
        /// The bucket.
        bucket: String,
    },
    /// [`Action::BlockAccountPublicAccess`].
    BlockAccountPublicAccess,
    /// [`Action::ObjectAcl`].
    ObjectAcl {
        /// The bucket.
        bucket: String,
        /// The object.
        object: String,
        /// The list it gets.
        acl: Acl,
    },
    /// [`Action::DeleteFile`].
    DeleteFile {
        /// The bucket.
        bucket: String,
        /// The object.
        object: String,
    },
    /// [`Action::Rotate`].
    Rotate {
        /// For how long no good source may use the old key before it is disabled.
        quiet_seconds: u32,
        /// For how long the old key is kept disabled before it is deleted.
        keep_seconds: u32,
    },
    /// [`Action::RotateStored`].
    RotateStored {
        /// The secret that hands the pair out: by its name or its resource name.
        secret_name: String,
        /// For how long no good source may use the old key before it is disabled.
        quiet_seconds: u32,
        /// For how long the old key is kept disabled before it is deleted.
        keep_seconds: u32,
    },
    /// [`Action::RotateManaged`].
    RotateManaged {
        /// Whether the old key is disabled at once: until the rotation's window ends it works. `None`:
        /// where a stranger uses it.
        disable_first: Option<bool>,
    },
    /// [`Action::HostManaged`].
    HostManaged {
        /// Every pair of the user.
        pairs: Vec<GivenPair>,
    },
}

impl Ask {
    /// Which action it is.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Disable => Action::Disable,
            Self::Enable => Action::Enable,
            Self::Delete => Action::Delete,
            Self::RestrictNetwork { .. } => Action::RestrictNetwork,
            Self::DenyPolicy { .. } => Action::DenyPolicy,
            Self::DenyBucket { .. } => Action::DenyBucket,
            Self::RevokeSessions => Action::RevokeSessions,
            Self::BucketAcl { .. } => Action::BucketAcl,
            Self::BlockPublicAccess { .. } => Action::BlockPublicAccess,
            Self::BlockAccountPublicAccess => Action::BlockAccountPublicAccess,
            Self::ObjectAcl { .. } => Action::ObjectAcl,
            Self::DeleteFile { .. } => Action::DeleteFile,
            Self::Rotate { .. } => Action::Rotate,
            Self::RotateStored { .. } => Action::RotateStored,
            Self::RotateManaged { .. } => Action::RotateManaged,
            Self::HostManaged { .. } => Action::HostManaged,
        }
    }
}
