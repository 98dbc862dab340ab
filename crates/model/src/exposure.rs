//! What decides who in the world may read what is in a bucket, as the provider tells it.

use serde::{Deserialize, Serialize};

use crate::{Acl, PublicAccessBlock};

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
