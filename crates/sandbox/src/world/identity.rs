//! Who there is: users, roles, their keys and policies.

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::{AccessKeyId, CloudKeyStatus, Secret};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::network::NetworkRestriction;

/// A RAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    /// Numeric id: 18 digits.
    pub(crate) user_id: String,
    /// Name, unique in the account.
    pub(crate) name: String,
    /// Name for people.
    pub(crate) display_name: String,
    /// Remarks.
    pub(crate) comments: String,
    /// Address; empty when unknown.
    #[serde(default)]
    pub(crate) email: String,
    /// Number with its country, such as `86-100********`; empty when unknown.
    #[serde(default)]
    pub(crate) mobile_phone: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last changed; `None` when never.
    #[serde(default)]
    pub(crate) updated_at: Option<Timestamp>,
    /// Policies attached to it, by name (custom policies and the built-in ones share one name space here).
    pub(crate) attached_policies: BTreeSet<String>,
}

/// An access key pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Its id.
    pub(crate) access_key_id: AccessKeyId,
    /// Its secret.
    #[serde(with = "super::secret_text")]
    pub(crate) secret: Secret,
    /// The RAM user it belongs to; `None` for the account itself (root).
    pub(crate) user: Option<String>,
    /// Enabled or not.
    pub(crate) status: CloudKeyStatus,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last used, and for which service (`Oss`, `Ram`).
    pub(crate) last_used: Option<(Timestamp, String)>,
    /// From where it may be used; `None` for the account's own rule.
    #[serde(default)]
    pub(crate) network: Option<NetworkRestriction>,
    /// Whether the provider itself has seen it in public, and therefore forbids it what is dangerous.
    #[serde(default)]
    pub(crate) is_leak_suspected: bool,
    /// When it was deleted; `None` as long as it is not.
    #[serde(default)]
    pub(crate) deleted_at: Option<Timestamp>,
}

/// A custom policy with its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersions {
    /// Name, unique in the account.
    pub(crate) name: String,
    /// Remarks.
    pub(crate) description: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When a version was last added or chosen.
    pub(crate) updated_at: Timestamp,
    /// Number of the version in force: `1` is shown as `v1`.
    pub(crate) default_version: u32,
    /// Number the next version gets: numbers are never used twice.
    pub(crate) next_version: u32,
    /// Versions by number.
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
}

/// One version of a custom policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    /// The policy as JSON text, as it was given.
    pub(crate) document: String,
    /// When it was added.
    pub(crate) created_at: Timestamp,
}

/// A RAM role: rights without a key of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    /// Numeric id: 18 digits.
    pub(crate) role_id: String,
    /// Name, unique in the account.
    pub(crate) name: String,
    /// Remarks.
    pub(crate) description: String,
    /// Who may take it on, as JSON text, as it was given.
    pub(crate) trust_policy: String,
    /// Longest session in seconds.
    pub(crate) session_seconds_max: u64,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// Policies attached to it, by name.
    pub(crate) attached_policies: BTreeSet<String>,
}

/// A temporary key: a role that somebody took on for a while.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The role's name.
    pub(crate) role: String,
    /// What its taker called it.
    pub(crate) name: String,
    /// The secret half of the key.
    #[serde(with = "super::secret_text")]
    pub(crate) secret: Secret,
    /// The token that must come with every signature.
    #[serde(with = "super::secret_text")]
    pub(crate) security_token: Secret,
    /// A policy that narrows what the role may, as JSON text.
    pub(crate) policy: Option<String>,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}
