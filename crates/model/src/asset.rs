//! Connections, the buckets in them, and the keys of their accounts.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccessKeyId, AssetId, ConnectionId, CredentialReference, Provider, Sensitivity};

/// One cloud account or endpoint that Claviger may read. Its credentials are elsewhere: sealed, or where a reference
/// leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The name a person gave it.
    pub name: String,
    /// Whose API it speaks.
    pub provider: Provider,
    /// Region, such as `cn-hangzhou`.
    pub region: String,
    /// Endpoint of the store; `None` for the provider's own. For a folder: its path.
    pub endpoint: Option<String>,
    /// Endpoint of the accounts' API (RAM, IAM); `None` for the provider's own.
    pub accounts_endpoint: Option<String>,
    /// The key it signs with; `None` for a folder. Of credentials by reference: the one that was there last.
    pub access_key_id: Option<AccessKeyId>,
    /// Where its credentials are; `None` where they are kept sealed, and for a folder.
    pub credentials: Option<CredentialReference>,
    /// How it fares.
    pub health: ConnectionHealth,
    /// When its buckets were last listed.
    pub synchronized_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How a connection fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConnectionHealth {
    /// Not asked yet.
    Untested,
    /// Its last call was answered.
    Healthy {
        /// When.
        checked_at: Timestamp,
    },
    /// Its last call failed.
    Failing {
        /// A stable code: `credential_refused`, `unreachable`, `denied`, `token_expired`, …
        code: String,
        /// What happened, in words.
        message: String,
        /// The way out.
        hint: String,
        /// When.
        checked_at: Timestamp,
    },
}

/// Whether Claviger may look into a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// Nobody authorized it.
    NotAuthorized,
    /// A person authorized it.
    Authorized,
    /// A person authorized it and the provider refuses.
    Failed,
}

impl Authorization {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::NotAuthorized, Self::Authorized, Self::Failed];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthorized => "not_authorized",
            Self::Authorized => "authorized",
            Self::Failed => "failed",
        }
    }

    /// The state of a stored word; an unknown word is `NotAuthorized`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::NotAuthorized)
    }
}

/// Who may read a bucket or an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acl {
    /// An object that inherits its bucket's.
    Default,
    /// Only the account.
    Private,
    /// Anybody may read.
    PublicRead,
    /// Anybody may read and write.
    PublicReadWrite,
}

impl Acl {
    /// Every list.
    pub const ALL: [Self; 4] =
        [Self::Default, Self::Private, Self::PublicRead, Self::PublicReadWrite];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }
}

/// No access control list has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no ACL: use `default`, `private`, `public-read` or `public-read-write`")]
pub struct UnknownAcl(pub String);

impl FromStr for Acl {
    type Err = UnknownAcl;
    fn from_str(text: &str) -> Result<Self, UnknownAcl> {
        Self::ALL
            .into_iter()
            .find(|acl| acl.as_str() == text)
            .ok_or_else(|| UnknownAcl(text.to_owned()))
    }
}

/// A bucket of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// Derived from connection and bucket.
    pub id: AssetId,
    /// Its connection.
    pub connection_id: ConnectionId,
    /// Whose API it speaks.
    pub provider: Provider,
    /// Bucket name.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Its own endpoint, where the provider names one.
    pub endpoint: Option<String>,
    /// Its access control list; `None` where it could not be read.
    pub acl: Option<Acl>,
    /// Whether public access is blocked; `None` where it could not be read.
    pub public_access_blocked: Option<bool>,
    /// Where its access log goes, as `bucket/prefix`; `None` when logging is off.
    pub log_target: Option<String>,
    /// Objects; `None` until counted.
    pub object_count: Option<u64>,
    /// Bytes; `None` until counted.
    pub bytes: Option<u64>,
    /// Whether Claviger may look into it.
    pub authorization: Authorization,
    /// Why authorization failed, with the way out.
    pub failure: Option<String>,
    /// The most sensitive content found in it.
    pub sensitivity: Sensitivity,
    /// When it was last listed.
    pub synchronized_at: Timestamp,
}

/// What the accounts' API says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CloudKeyStatus {
    /// Enabled.
    Active,
    /// Disabled.
    Inactive,
}

/// A key in the inventory of a connection's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudKey {
    /// Its id.
    pub access_key_id: AccessKeyId,
    /// The RAM or IAM user it belongs to.
    pub user_name: String,
    /// Enabled or not.
    pub status: CloudKeyStatus,
    /// When it was made, where the provider says so.
    pub created_at: Option<Timestamp>,
}
