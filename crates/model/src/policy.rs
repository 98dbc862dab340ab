//! What counts as a risk, how bad, and whether it alerts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Sensitivity;

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
    /// What must hold before one is raised.
    pub conditions: Conditions,
}

/// What must hold before a new event is raised; existing events are not affected. Each risk type reads
/// those that bear on it ([`Condition::of`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
    /// How sure the scanner must be of a finding, in percent.
    pub confidence_min: u8,
    /// How sensitive data must be that anybody may read.
    pub sensitivity_min: Sensitivity,
    /// How many holders one key must have.
    pub holders_min: u8,
    /// On how many days two of them must have used it at once.
    pub days_min: u8,
    /// How abnormal access must be, in nats above the line between owner and stranger.
    pub score_min: u8,
}

/// One condition, by its name in data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// `confidence_min`.
    Confidence,
    /// `sensitivity_min`.
    Sensitivity,
    /// `holders_min`.
    Holders,
    /// `days_min`.
    Days,
    /// `score_min`.
    Score,
}

impl Condition {
    /// The conditions that bear on a risk type.
    #[must_use]
    pub fn of(risk_type: RiskType) -> &'static [Self] {
        match risk_type {
            RiskType::AccessKeyPairLeak | RiskType::DatabaseAccountLeak => &[Self::Confidence],
            RiskType::SharedAccount => &[Self::Holders, Self::Days],
            RiskType::PublicStorageOfSensitiveInformation => &[Self::Sensitivity],
            RiskType::AbnormalAccess => &[Self::Score],
            RiskType::CustomIntelligence => &[],
        }
    }

    /// The name in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confidence => "confidence_min",
            Self::Sensitivity => "sensitivity_min",
            Self::Holders => "holders_min",
            Self::Days => "days_min",
            Self::Score => "score_min",
        }
    }

    /// The name on pages, with its unit.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Confidence => "Least confidence of a finding, in percent",
            Self::Sensitivity => "Least sensitivity of the data",
            Self::Holders => "Least number of holders",
            Self::Days => "Days on which they used it at once, at least",
            Self::Score => "Least score of an alarm, in nats",
        }
    }
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
        let nothing = Conditions::default();
        let conditions = match risk_type {
            RiskType::DatabaseAccountLeak => Conditions { confidence_min: 50, ..nothing },
            RiskType::SharedAccount => Conditions { holders_min: 2, days_min: 2, ..nothing },
            RiskType::PublicStorageOfSensitiveInformation => {
                Conditions { sensitivity_min: Sensitivity::S2, ..nothing }
            }
            RiskType::AccessKeyPairLeak
            | RiskType::AbnormalAccess
            | RiskType::CustomIntelligence => nothing,
        };
        Self { risk_type, level, enabled: true, conditions }
    }
}
