//! What decides who in the world may read what is in a bucket, as the provider tells it.

use serde::{Deserialize, Serialize};

use crate::Acl;

/// The four halves of a block of public access. OSS knows one switch, which sets all four alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the provider's own four switches")]
pub struct PublicAccessBlock {
    /// Lists that open something cannot be set any more; those that stand stay in force.
    pub block_public_acls: bool,
    /// Lists that open something count for nothing.
    pub ignore_public_acls: bool,
    /// Policies that open something cannot be set any more; those that stand stay in force.
    pub block_public_policy: bool,
    /// Where a policy opens something, only the account and its services are let in.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// Everything is blocked.
    pub const WHOLE: Self = Self::all(true);

    /// All four halves alike.
    #[must_use]
    pub const fn all(blocked: bool) -> Self {
        Self {
            block_public_acls: blocked,
            ignore_public_acls: blocked,
            block_public_policy: blocked,
            restrict_public_buckets: blocked,
        }
    }
}

/// The settings of one bucket and its account that open it, or keep it closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PublicSettings {
    /// The bucket's access control list.
    pub acl: Option<Acl>,
    /// The bucket's policy, as it is written; `None` where there is none.
    pub policy: Option<String>,
    /// The block of this bucket.
    pub bucket_block: Option<PublicAccessBlock>,
    /// The block of the whole account.
    pub account_block: Option<PublicAccessBlock>,
    /// Calls whose answer was refused: what they would have told is not known.
    pub unread: Vec<String>,
}
