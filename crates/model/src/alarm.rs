//! The detector's judgement, and what it must know of a leak.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccessKeyId, EventId};

/// How a key became known to strangers; sets the prior of misuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeakSource {
    /// Plaintext in storage that only the account reads.
    PrivatePlaintext,
    /// Source code that not everybody may read.
    PrivateCode,
    /// Plaintext that anybody may read.
    Public,
    /// Public source code.
    CodeHost,
    /// A threat feed.
    ThreatFeed,
    /// A person says so.
    SelfManaged,
    /// The provider itself says so.
    Provider,
    /// A planted key that nobody may use.
    Canary,
}

impl LeakSource {
    /// Every source.
    pub const ALL: [Self; 8] = [
        Self::PrivatePlaintext,
        Self::PrivateCode,
        Self::Public,
        Self::CodeHost,
        Self::ThreatFeed,
        Self::SelfManaged,
        Self::Provider,
        Self::Canary,
    ];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PrivatePlaintext => "private_plaintext",
            Self::PrivateCode => "private_code",
            Self::Public => "public",
            Self::CodeHost => "code_host",
            Self::ThreatFeed => "threat_feed",
            Self::SelfManaged => "self_managed",
            Self::Provider => "provider",
            Self::Canary => "canary",
        }
    }
}

/// No leak source has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no leak source")]
pub struct UnknownLeakSource(pub String);

impl FromStr for LeakSource {
    type Err = UnknownLeakSource;
    fn from_str(text: &str) -> Result<Self, UnknownLeakSource> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| UnknownLeakSource(text.to_owned()))
    }
}

/// A key is known to strangers since an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// The key.
    pub access_key_id: AccessKeyId,
    /// The first instant from which it could be read.
    pub leaked_at: Timestamp,
    /// How.
    pub source: LeakSource,
    /// The bucket of the object that holds it, where it is one: who read that can know the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The object that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
}

impl Leak {
    /// A leak of which no more is known than when and how.
    #[must_use]
    pub fn new(access_key_id: AccessKeyId, leaked_at: Timestamp, source: LeakSource) -> Self {
        Self { access_key_id, leaked_at, source, bucket: None, object: None }
    }
}

/// The detector's judgement that a stretch of access by one key is abnormal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// Time of the event that raised it.
    pub time: Timestamp,
    /// The key.
    pub access_key_id: AccessKeyId,
    /// Posterior log-odds of a stranger, in nats.
    pub score: f64,
    /// The evidence families that spoke, strongest first.
    pub families: Vec<String>,
    /// Sentences a person can check, with numbers; those against begin with `against:`.
    pub reasons: Vec<String>,
    /// The first event of the stretch.
    pub first_event_id: EventId,
    /// The events of the stretch, oldest first, at most 1,000.
    pub event_ids: Vec<EventId>,
    /// Bytes that left in the stretch.
    pub bytes_out: u64,
    /// Addresses of the stretch.
    pub sources: Vec<String>,
}
