//! What a person allowed, so that it counts no more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::AccessKeyId;

/// What an entry of the allowlist is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowlistScope {
    /// Evidence at one place: an address as evidence has it.
    Place,
    /// Evidence in files of a name, in which `*` stands for anything: `*/test/fixtures/*`.
    File,
    /// Evidence in a repository, by its address.
    Repository,
    /// Evidence of a user: of a code host, or of an entry of intelligence.
    User,
    /// All evidence from one source, such as `github`.
    Source,
    /// All evidence of one key.
    Key,
    /// Use from a network: `203.0.113.0/24`.
    Network,
    /// Use by a client whose name begins so: `aws-cli/`.
    Client,
}

impl AllowlistScope {
    /// Every scope.
    pub const ALL: [Self; 8] = [
        Self::Place,
        Self::File,
        Self::Repository,
        Self::User,
        Self::Source,
        Self::Key,
        Self::Network,
        Self::Client,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::File => "file",
            Self::Repository => "repository",
            Self::User => "user",
            Self::Source => "source",
            Self::Key => "key",
            Self::Network => "network",
            Self::Client => "client",
        }
    }

    /// The scope of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// Whether it is about use rather than evidence.
    #[must_use]
    pub fn is_of_use(self) -> bool {
        matches!(self, Self::Network | Self::Client)
    }
}

/// Something that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowlistEntry {
    /// Its id, chosen by the caller.
    pub id: String,
    /// What it is about.
    pub scope: AllowlistScope,
    /// The place, name, network or client, as the scope has it.
    pub value: String,
    /// Only of this key; `None` for every key.
    pub access_key_id: Option<AccessKeyId>,
    /// Why, in the person's words.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who allowed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when; `None` for ever.
    pub expires_at: Option<Timestamp>,
    /// Said twice: also what makes a key public, and use of a key whose secret is public.
    pub also_public: bool,
    /// Messages that it held back.
    pub silenced: u64,
    /// The latest of them.
    pub silenced_at: Option<Timestamp>,
}
