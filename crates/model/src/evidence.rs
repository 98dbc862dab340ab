//! One place where what a risk event is about was seen: a key's secret, a database's password, sensitive data.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccessKeyId, AssetId, CodePlace, ConnectionId, EvidenceId, Fingerprint, LeakSource, Location,
    RiskEventId,
};

/// Where evidence comes from, with the names of the product's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntelligenceSource {
    /// Public source code.
    Github,
    /// Source code that not everybody may read.
    Repository,
    /// A file in authorized storage that anybody may read.
    PublicPlaintextStorage,
    /// A file in authorized storage that only the account may read.
    PrivatePlaintextStorage,
    /// A threat feed.
    ThreatIntelligence,
    /// An entry a person made.
    SelfManagedIntelligence,
    /// A key that was planted, and that nobody may use.
    Canary,
}

impl IntelligenceSource {
    /// Every source, in the order pages list them.
    pub const ALL: [Self; 7] = [
        Self::Github,
        Self::Repository,
        Self::PublicPlaintextStorage,
        Self::PrivatePlaintextStorage,
        Self::ThreatIntelligence,
        Self::SelfManagedIntelligence,
        Self::Canary,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Repository => "repository",
            Self::PublicPlaintextStorage => "public_plaintext_storage",
            Self::PrivatePlaintextStorage => "private_plaintext_storage",
            Self::ThreatIntelligence => "threat_intelligence",
            Self::SelfManagedIntelligence => "self_managed_intelligence",
            Self::Canary => "canary",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Repository => "Private Repository",
            Self::PublicPlaintextStorage => "Public Plaintext Storage",
            Self::PrivatePlaintextStorage => "Private Plaintext Storage",
            Self::ThreatIntelligence => "Threat Intelligence",
            Self::SelfManagedIntelligence => "Self-managed Intelligence",
            Self::Canary => "Canary",
        }
    }

    /// The source of a stored word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == word)
    }

    /// What the detector makes of it as prior.
    #[must_use]
    pub fn leak_source(self) -> LeakSource {
        match self {
            Self::Github => LeakSource::CodeHost,
            Self::Repository => LeakSource::PrivateCode,
            Self::PublicPlaintextStorage => LeakSource::Public,
            Self::PrivatePlaintextStorage => LeakSource::PrivatePlaintext,
            Self::ThreatIntelligence => LeakSource::ThreatFeed,
            Self::SelfManagedIntelligence => LeakSource::SelfManaged,
            Self::Canary => LeakSource::Canary,
        }
    }
}

/// What became of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceState {
    /// The key stands there.
    Found,
    /// The object was seen deleted; to be verified.
    Deleted,
    /// Verified gone.
    Disposed,
    /// A person put the place on the allowlist.
    AddedToWhitelist,
}

impl EvidenceState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Found, Self::Deleted, Self::Disposed, Self::AddedToWhitelist];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Deleted => "deleted",
            Self::Disposed => "disposed",
            Self::AddedToWhitelist => "added_to_whitelist",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Found => "Found",
            Self::Deleted => "Deleted",
            Self::Disposed => "Disposed",
            Self::AddedToWhitelist => "Added to Whitelist",
        }
    }

    /// The state of a stored word; an unknown word reads as `Found`, the one that hides nothing.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Found)
    }
}

/// One place where what the event is about was seen. Holds no plaintext.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Derived from what the event is about and the place.
    pub id: EvidenceId,
    /// The risk event that gathers it.
    pub risk_event_id: RiskEventId,
    /// The key, where the event is about one.
    pub access_key_id: Option<AccessKeyId>,
    /// Where it comes from.
    pub source: IntelligenceSource,
    /// What became of it.
    pub state: EvidenceState,
    /// The exact place.
    pub location: Location,
    /// The connection whose store holds it, for storage evidence.
    pub connection_id: Option<ConnectionId>,
    /// The bucket that holds it, for storage evidence.
    pub asset_id: Option<AssetId>,
    /// Bucket name, for storage evidence.
    pub bucket: Option<String>,
    /// Object name, for storage evidence.
    pub object: Option<String>,
    /// Where in a repository, for evidence in source code.
    pub code: Option<CodePlace>,
    /// Repository, file or feed entry: a link where there is one.
    pub link: Option<String>,
    /// Keyed fingerprint of the secret; `None` for an id alone.
    pub fingerprint: Option<Fingerprint>,
    /// Masked secret; `None` for an id alone.
    pub masked: Option<String>,
    /// How sure the scanner is, 0 to 1.
    pub confidence: f64,
    /// The reasons, in words.
    pub why: Vec<String>,
    /// The first instant from which the secret could be read there (an object's last change).
    pub readable_since: Option<Timestamp>,
    /// When it was found first.
    pub found_at: Timestamp,
    /// When it was last seen there.
    pub seen_at: Timestamp,
}
