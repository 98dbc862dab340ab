//! Intelligence: who else says that a key leaked, one file a source.
//!
//! A source yields entries; what an entry means for a risk event is decided above. Nothing here holds a
//! secret: an entry names a key by its id. There is no trait yet, because what a person enters is the
//! one source and is not fetched; it comes with the first source that is.

pub mod self_managed;

use claviger_model::AccessKeyId;
use jiff::Timestamp;

/// What is said of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Claim {
    /// It leaked.
    #[default]
    Leaked,
    /// It may have leaked, or is to be watched for another reason.
    Suspected,
}

/// Somebody says that a key leaked, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which of both.
    pub claim: Claim,
    /// The key.
    pub access_key_id: AccessKeyId,
    /// Where it can be read: an address that begins with `http://` or `https://`.
    pub link: Option<String>,
    /// Who says so, or whose it is.
    pub user: Option<String>,
    /// Anything else worth knowing.
    pub note: Option<String>,
    /// Since when it can be read.
    pub seen_at: Option<Timestamp>,
}
