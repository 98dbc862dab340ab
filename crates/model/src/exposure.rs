//! What decides who in the world may read what is in a bucket, as the provider tells it.

use serde::{Deserialize, Serialize};

use crate::Acl;

/// A block of public access. OSS knows it as a whole, S3 by its four halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PublicBlock {
    /// Lists that open something cannot be set any more; those that stand stay in force.
    pub block_acls: bool,
    /// Lists that open something count for nothing.
    pub ignore_acls: bool,
    /// Policies that open something cannot be set any more; those that stand stay in force.
    pub block_policy: bool,
    /// Where a policy opens something, only the account and its services are let in.
    pub restrict_buckets: bool,
}

impl PublicBlock {
    /// Everything is blocked.
    pub const WHOLE: Self =
        Self { block_acls: true, ignore_acls: true, block_policy: true, restrict_buckets: true };
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
    pub bucket_block: Option<PublicBlock>,
    /// The block of the whole account.
    pub account_block: Option<PublicBlock>,
    /// Calls whose answer was refused: what they would have told is not known.
    pub unread: Vec<String>,
}
