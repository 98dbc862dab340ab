//! When messages leave, how many, to which groups, and what follows silence.

use serde::{Deserialize, Serialize};

use crate::{AlertConfigurationId, AssetId, RecipientGroupId};

/// The rules of an alert configuration. The defaults hold nothing back and follow nothing up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertRules {
    /// Groups that are told beside the configuration's own recipients.
    pub groups: Vec<RecipientGroupId>,
    /// Only events about these assets; empty means all.
    pub assets: Vec<AssetId>,
    /// When messages leave; always unless given.
    pub hours: Option<Hours>,
    /// How many leave.
    pub throttle: Throttle,
    /// Messages are collected and leave as one.
    pub digest: Option<Digest>,
    /// What follows while nobody acknowledges.
    pub escalation: Escalation,
}

/// Days and hours in a time zone. Where `until` is not after `from`, the time goes over midnight and
/// belongs to the day on which it begins; equal ones are the whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// IANA name, such as `Asia/Shanghai`.
    pub zone: String,
    /// Days from Monday, 1 to 7.
    pub days: Vec<u8>,
    /// Minutes after midnight when it begins.
    pub from_minute: u16,
    /// Minutes after midnight when it ends.
    pub until_minute: u16,
    /// What happens at other times.
    pub outside: Outside,
}

/// What happens to a message outside the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// It waits until the hours begin.
    #[default]
    Hold,
    /// High leaves at once, the rest waits.
    HighOnly,
    /// It is told with others in one message when the hours begin.
    Digest,
}

impl Outside {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Hold, Self::HighOnly, Self::Digest];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::HighOnly => "high_only",
            Self::Digest => "digest",
        }
    }

    /// The way of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }
}

/// How many messages leave; what is more is collected and told as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Throttle {
    /// Most in any hour.
    pub hour_max: Option<u32>,
    /// Most about one event in any 24 hours.
    pub event_day_max: Option<u32>,
}

/// Messages are collected for a while and leave as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// How long they are collected.
    pub minutes: u32,
    /// Whether High leaves at once all the same.
    pub high_at_once: bool,
}

/// What follows while nobody acknowledges.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Escalation {
    /// One after the other; none: nothing follows.
    pub steps: Vec<EscalationStep>,
    /// How many times all steps are gone through again.
    pub repeats: u32,
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// Minutes without acknowledgement since the message, or since the step before.
    pub after_minutes: u32,
    /// Groups that are told; none: whoever the configuration names.
    pub groups: Vec<RecipientGroupId>,
    /// The configuration that tells them, such as one that calls; its own unless given.
    pub through: Option<AlertConfigurationId>,
}
