//! What the scanner found in some bytes.

use serde::{Deserialize, Serialize};

use crate::{AccessKeyId, Fingerprint, Provider, Secret};

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An access key id, with its secret where one belongs to it.
    AccessKeyPair,
    /// Another credential.
    Credential,
    /// Personal or business data.
    Data,
}

/// One thing found at one place.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The rule or data type that found it, such as `aliyun_access_key` or `email`.
    pub rule: String,
    /// Who issued the key; `None` for data, and for issuers that no connection can speak to.
    pub provider: Option<Provider>,
    /// The id of the pair; `None` for other credentials and for data.
    pub access_key_id: Option<AccessKeyId>,
    /// The secret of the pair, or the credential; `None` for an id alone and for data.
    pub secret: Option<FoundSecret>,
    /// For the password of a database: whose and where, as far as it is told beside it.
    pub account: Option<DatabaseAccount>,
    /// For data: the first value, masked. `None` for keys.
    pub sample: Option<String>,
    /// How many values of this rule the place holds: 1 for a key, the number of values for data.
    pub count: u64,
    /// How sure the scanner is, 0 to 1.
    pub confidence: f64,
    /// The reasons, in words, strongest first.
    pub why: Vec<String>,
    /// Where it stands; for data, where its first value stands.
    pub location: Location,
}

/// An account of a database that a password was found for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DatabaseAccount {
    /// `mysql`, `postgresql`, …; `database` where nothing says which.
    pub service: String,
    /// Its name at the database.
    pub user: Option<String>,
    /// Host with port, in lower case, where they are told.
    pub host: Option<String>,
}

impl DatabaseAccount {
    /// What it is called on pages, and what makes two findings the same account:
    /// `postgresql://app@db.acme.cn:5432`.
    #[must_use]
    pub fn subject(&self) -> String {
        let host = self.host.as_deref().unwrap_or("?");
        match &self.user {
            Some(user) => format!("{}://{user}@{host}", self.service),
            None => format!("{}://{host}", self.service),
        }
    }
}

/// A secret that was found, with what may be kept of it.
#[derive(Debug, Clone)]
pub struct FoundSecret {
    /// Keyed fingerprint, comparable across findings of one installation.
    pub fingerprint: Fingerprint,
    /// First and last two characters.
    pub masked: String,
    /// The plaintext: never stored, shown only when a person asks for it.
    pub value: Secret,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The path or address as given plus what lies below it.
    pub uri: String,
    /// Names inside containers, outermost first; empty for a plain file.
    pub path: Vec<String>,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// First byte, from 0, in the innermost content.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// Something that could not be read, so that nothing is dropped silently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The path or address as given.
    pub uri: String,
    /// Names inside containers, outermost first.
    pub path: Vec<String>,
    /// Why, in words.
    pub why: String,
}
