//! What counts as a risk, how bad, and whether it alerts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The risk event types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskType {
    /// An access key pair stands where it can be read.
    AccessKeyPairLeak,
    /// A database account stands where it can be read.
    DatabaseAccountLeak,
    /// One account used by several people.
    SharedAccount,
    /// Sensitive data that anybody may read.
    PublicStorageOfSensitiveInformation,
    /// Access that does not look like the key's owner.
    AbnormalAccess,
    /// An entry of the customer's own intelligence.
    CustomIntelligence,
}

impl RiskType {
    /// Every type, in the order pages list them.
    pub const ALL: [Self; 6] = [
        Self::AccessKeyPairLeak,
        Self::DatabaseAccountLeak,
        Self::SharedAccount,
        Self::PublicStorageOfSensitiveInformation,
        Self::AbnormalAccess,
        Self::CustomIntelligence,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessKeyPairLeak => "access_key_pair_leak",
            Self::DatabaseAccountLeak => "database_account_leak",
            Self::SharedAccount => "shared_account",
            Self::PublicStorageOfSensitiveInformation => "public_storage_of_sensitive_information",
            Self::AbnormalAccess => "abnormal_access",
            Self::CustomIntelligence => "custom_intelligence",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AccessKeyPairLeak => "AccessKey Pair Leak",
            Self::DatabaseAccountLeak => "Database Account Leak",
            Self::SharedAccount => "Shared Account",
            Self::PublicStorageOfSensitiveInformation => "Public Storage of Sensitive Information",
            Self::AbnormalAccess => "Abnormal Access",
            Self::CustomIntelligence => "Custom Intelligence",
        }
    }

    /// The type of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How bad a risk event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Look at it some time.
    Low,
    /// Look at it today.
    Medium,
    /// Look at it now.
    High,
}

impl Level {
    /// Every level, least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The name on pages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }

    /// The level of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// The policy of one risk type. Disabling stops new alerts and leaves existing events as they are;
/// changing the level changes every existing event of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskPolicy {
    /// The type.
    pub risk_type: RiskType,
    /// The level of its events.
    pub level: Level,
    /// Whether it raises events and alerts.
    pub enabled: bool,
}

impl RiskPolicy {
    /// The policy before anybody changed it.
    #[must_use]
    pub fn default_of(risk_type: RiskType) -> Self {
        let level = match risk_type {
            RiskType::AccessKeyPairLeak
            | RiskType::DatabaseAccountLeak
            | RiskType::AbnormalAccess => Level::High,
            RiskType::PublicStorageOfSensitiveInformation | RiskType::CustomIntelligence => {
                Level::Medium
            }
            RiskType::SharedAccount => Level::Low,
        };
        Self { risk_type, level, enabled: true }
    }
}
