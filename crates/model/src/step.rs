//! One call of a plan as data: what it does, what stood before it, and how it fares.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccessKeyId, Acl, CloudKeyStatus};

/// A key with the user it belongs to: its siblings are other keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserKey {
    /// The key.
    pub access_key_id: AccessKeyId,
    /// Its user.
    pub user_name: String,
}

/// A bucket, and where it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketPlace {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its own endpoint, if it has one.
    pub endpoint: Option<String>,
}

/// The four halves of a block of public access. A provider that knows one switch sets all four alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the provider's own four switches")]
pub struct PublicAccessBlock {
    /// No public list is taken.
    pub block_public_acls: bool,
    /// Public lists count for nothing.
    pub ignore_public_acls: bool,
    /// No public policy is taken.
    pub block_public_policy: bool,
    /// Public policies count for nothing.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four halves alike.
    #[must_use]
    pub fn all(blocked: bool) -> Self {
        Self {
            block_public_acls: blocked,
            ignore_public_acls: blocked,
            block_public_policy: blocked,
            restrict_public_buckets: blocked,
        }
    }
}

/// What one step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepKind {
    /// Set the key inactive.
    DisableKey(UserKey),
    /// Set the key active.
    EnableKey(UserKey),
    /// Delete the key.
    DeleteKey(UserKey),
    /// Let the key be used from some addresses only.
    RestrictKey {
        /// The key.
        #[serde(flatten)]
        key: UserKey,
        /// Addresses and networks.
        addresses: Vec<String>,
        /// Where the provider restricts a key by a policy of its own (MinIO): that policy with the restriction,
        /// as it stood when the step was drafted: for whoever sets it by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<String>,
    },
    /// Bind a user by one more policy.
    SetUserPolicy {
        /// The user: every key of it.
        user_name: String,
        /// The policy's name.
        policy_name: String,
        /// The policy, in the provider's language.
        document: String,
    },
    /// Add statements to the policy of a bucket.
    DenyInBucket {
        /// The bucket.
        bucket: BucketPlace,
        /// A policy of these statements alone, in the provider's language.
        document: String,
        /// The bucket's policy with them, as it stood when the step was drafted: for whoever sets it by hand.
        whole: String,
    },
    /// Change the list of a bucket.
    SetBucketAcl {
        /// The bucket.
        bucket: BucketPlace,
        /// The list it gets.
        acl: Acl,
    },
    /// Block public access.
    BlockPublicAccess {
        /// The bucket; `None` for every bucket of the account.
        bucket: Option<BucketPlace>,
    },
    /// Change the list of an object.
    SetObjectAcl {
        /// The bucket.
        bucket: BucketPlace,
        /// The object.
        object: String,
        /// The list it gets.
        acl: Acl,
    },
    /// Delete an object.
    DeleteObject {
        /// The bucket.
        bucket: BucketPlace,
        /// The object.
        object: String,
        /// The versions that hold the secret; empty where the bucket keeps none.
        versions: Vec<String>,
    },
    /// Make a new key of the user.
    CreateKey {
        /// The user.
        user_name: String,
        /// The key that it replaces and shall not outdo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_place_of: Option<AccessKeyId>,
        /// The policy of that key alone, as it stood when the step was drafted (MinIO): for whoever makes the
        /// key by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<String>,
    },
    /// Wait until a person has taken the new pair.
    HandOver {
        /// The user.
        user_name: String,
    },
    /// Put the new pair into a secret of the secret manager.
    StorePair {
        /// The secret.
        secret_name: String,
        /// The version that hands the new pair out: the same one however often it is asked for.
        version_id: String,
        /// The key and its user whose pair is replaced.
        #[serde(flatten)]
        key: UserKey,
    },
    /// Wait until no good source uses the key any more.
    AwaitQuiet {
        /// The key.
        access_key_id: AccessKeyId,
        /// For how long it must be unused.
        quiet_seconds: u32,
    },
    /// Wait.
    AwaitTime {
        /// For how long.
        seconds: u32,
    },
    /// Have the secret manager make a new pair.
    RotateSecret {
        /// The managed secret.
        secret_name: String,
        /// The version that the rotation makes: the same one however often it is asked for.
        version_id: String,
        /// The key that is replaced.
        access_key_id: AccessKeyId,
    },
    /// Wait until the secret manager has deleted the old pair.
    AwaitDeleted(UserKey),
    /// Give the user's pairs to the secret manager.
    HostSecret {
        /// The user.
        user_name: String,
        /// The pairs, sealed, until they are handed over.
        sealed: String,
        /// The version the youngest pair becomes.
        version_id: String,
    },
}

/// A key that a step made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeKey {
    /// Its id.
    pub access_key_id: AccessKeyId,
    /// Its secret, sealed; gone once somebody has taken it.
    pub sealed: Option<String>,
}

/// What a step keeps before it acts, so that taking it back restores exactly that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kept", rename_all = "snake_case")]
pub enum Kept {
    /// Nothing stands in the way of doing it again.
    Nothing,
    /// The key's status.
    KeyStatus {
        /// The status.
        status: CloudKeyStatus,
    },
    /// A policy, a restriction or an access control list; `None` where there was none.
    Document {
        /// As the provider holds it.
        document: Option<String>,
    },
    /// A block of public access; `None` where nobody had set any.
    PublicAccessBlock {
        /// The block.
        block: Option<PublicAccessBlock>,
    },
    /// The keys of the user before one was made, and the one that was.
    Keys {
        /// Those before.
        known: Vec<AccessKeyId>,
        /// The new one.
        made: Option<MadeKey>,
    },
    /// The version of a secret that was handed out; `None` where there was no such secret.
    SecretVersion {
        /// The version.
        version: Option<String>,
    },
    /// Since when a waiting lasts.
    Since {
        /// Since then.
        at: Timestamp,
    },
}

/// How a step fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// Not run yet.
    Waiting,
    /// Begun, and waiting for something that takes its time.
    Held {
        /// For what, in words.
        why: String,
        /// Since when.
        at: Timestamp,
    },
    /// The provider carried it out.
    Applied {
        /// When.
        at: Timestamp,
    },
    /// Seen to hold.
    Verified {
        /// The machine proof: the provider's answer.
        proof: String,
        /// When.
        at: Timestamp,
    },
    /// Taken back, and seen to be.
    Undone {
        /// The machine proof.
        proof: String,
        /// When.
        at: Timestamp,
    },
    /// The provider refused.
    Failed {
        /// What happened, in words.
        message: String,
        /// The way out.
        hint: String,
        /// When.
        at: Timestamp,
    },
}

/// One call of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it does, as data.
    pub kind: StepKind,
    /// What it does, in words.
    pub title: String,
    /// The provider's call: `ram:UpdateAccessKey`.
    pub call: String,
    /// What is different afterwards.
    pub changes: String,
    /// The same as a ready command of the provider's own tool; empty for a step that only waits.
    pub command: String,
    /// The same as Terraform has it, where it has any such thing.
    #[serde(default)]
    pub terraform: Option<String>,
    /// How to take it back, in words; `None` where that is impossible.
    pub undo: Option<String>,
    /// What stood before; `None` until the step begins.
    #[serde(default)]
    pub kept: Option<Kept>,
    /// How it fares.
    pub state: StepState,
}

impl Step {
    /// Whether anything of it may have been carried out.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        match self.state {
            StepState::Applied { .. } | StepState::Verified { .. } | StepState::Held { .. } => true,
            // A step that failed or was cut off may have been carried out all the same.
            StepState::Waiting | StepState::Failed { .. } => self.kept.is_some(),
            StepState::Undone { .. } => false,
        }
    }
}
