//! What a person handles: one per risk type and subject, however much evidence it gathers.
//!
//! Three states are never mixed: the work a person does, what the provider says of the key, and what
//! became of each piece of evidence (see `evidence.rs`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccessKeyId, ConnectionId, IntelligenceSource, Level, RiskEventId, RiskType};

/// How far the work on a risk event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    /// Nobody has looked at it.
    Pending,
    /// Somebody has seen it.
    Acknowledged,
    /// A handling is under way.
    Handling,
    /// Done, with machine proof.
    Disposed,
    /// All its evidence is on the allowlist.
    AddedToWhitelist,
    /// A person set it aside, with a reason.
    Ignored,
}

impl WorkState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Acknowledged,
        Self::Handling,
        Self::Disposed,
        Self::AddedToWhitelist,
        Self::Ignored,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Acknowledged => "acknowledged",
            Self::Handling => "handling",
            Self::Disposed => "disposed",
            Self::AddedToWhitelist => "added_to_whitelist",
            Self::Ignored => "ignored",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Acknowledged => "Acknowledged",
            Self::Handling => "Handling",
            Self::Disposed => "Disposed",
            Self::AddedToWhitelist => "Added to Whitelist",
            Self::Ignored => "Ignored",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nobody needs to look at it any more.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Disposed | Self::AddedToWhitelist | Self::Ignored)
    }
}

/// What the provider says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// It opens doors.
    Active,
    /// Disabled; can be enabled again.
    Inactive,
    /// Replaced by another.
    Rotated,
    /// Gone.
    Deleted,
    /// Nobody could be asked.
    Unknown,
}

impl KeyStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Active, Self::Inactive, Self::Rotated, Self::Deleted, Self::Unknown];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Rotated => "rotated",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Rotated => "Rotated",
            Self::Deleted => "Deleted",
            Self::Unknown => "Unknown",
        }
    }

    /// The status of a stored word; an unknown word is `Unknown`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.as_str() == word).unwrap_or(Self::Unknown)
    }
}

/// A key's status with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyState {
    /// The status.
    pub status: KeyStatus,
    /// How it is known: `ListAccessKeys answered Active`, or why nobody could be asked.
    pub proof: String,
    /// When it was known.
    pub checked_at: Timestamp,
}

/// What a person handles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskEvent {
    /// Derived from type and subject.
    pub id: RiskEventId,
    /// Its type.
    pub risk_type: RiskType,
    /// What it is about: for a key its access key id.
    pub subject: String,
    /// The key, where the subject is one.
    pub access_key_id: Option<AccessKeyId>,
    /// How bad.
    pub level: Level,
    /// How far the work is.
    pub work_state: WorkState,
    /// The name of the user who works on it.
    pub assigned_to: Option<String>,
    /// Until when it is ignored; none while it is not, and where that has no end.
    pub ignored_until: Option<Timestamp>,
    /// The key's state at the provider.
    pub key_state: KeyState,
    /// The account of the key, once an inventory named it.
    pub account: Option<String>,
    /// The connection whose account owns the key.
    pub connection_id: Option<ConnectionId>,
    /// First time any evidence was found.
    pub first_detected_at: Timestamp,
    /// Last time any evidence or use was seen.
    pub latest_detected_at: Timestamp,
    /// Where its evidence comes from.
    pub sources: Vec<IntelligenceSource>,
    /// Requests made with the key since the leak.
    pub uses: u64,
    /// First use since the leak.
    pub first_used_at: Option<Timestamp>,
    /// Last use since the leak.
    pub last_used_at: Option<Timestamp>,
    /// The judge's latest reasons, strongest first; empty while nothing abnormal was seen.
    pub judgement: Vec<String>,
    /// The judge's highest score, in nats.
    pub score: Option<f64>,
}
