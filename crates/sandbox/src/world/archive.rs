//! Where an object lies: its storage class, and how far an archived one is from being read.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A storage class, by the words of OSS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StorageClass {
    #[default]
    Standard,
    Ia,
    Archive,
    ColdArchive,
    DeepColdArchive,
}

impl StorageClass {
    /// Every class.
    pub(crate) const ALL: [Self; 5] =
        [Self::Standard, Self::Ia, Self::Archive, Self::ColdArchive, Self::DeepColdArchive];

    /// The word of OSS.
    pub(crate) fn oss(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Ia => "IA",
            Self::Archive => "Archive",
            Self::ColdArchive => "ColdArchive",
            Self::DeepColdArchive => "DeepColdArchive",
        }
    }

    /// The word of S3, which has one archive less.
    pub(crate) fn s3(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Ia => "STANDARD_IA",
            Self::Archive | Self::ColdArchive => "GLACIER",
            Self::DeepColdArchive => "DEEP_ARCHIVE",
        }
    }

    /// Whether its objects are restored before they are read.
    pub(crate) fn is_archive(self) -> bool {
        !matches!(self, Self::Standard | Self::Ia)
    }
}

/// How long it takes to restore an object, and how long the days are for which it stays so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RestorePace {
    /// From the request until it can be read.
    pub(crate) delay: Duration,
    /// A day.
    pub(crate) day: Duration,
}

impl Default for RestorePace {
    fn default() -> Self {
        Self { delay: Duration::from_secs(1), day: Duration::from_hours(24) }
    }
}

/// The last restoration of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restoration {
    /// From when on it can be read.
    pub(crate) from: Timestamp,
    /// Until when.
    pub(crate) until: Timestamp,
}

impl Restoration {
    /// One that is asked for now.
    pub(crate) fn begun(now: Timestamp, days: u32, pace: RestorePace) -> Self {
        let from = after(now, pace.delay);
        Self { from, until: after(from, pace.day.saturating_mul(days)) }
    }

    /// The same object for so many days from now.
    pub(crate) fn prolonged(self, now: Timestamp, days: u32, pace: RestorePace) -> Self {
        let until = after(now, pace.day.saturating_mul(days));
        Self { until: until.max(self.until), ..self }
    }

    /// Whether it goes on.
    pub(crate) fn is_ongoing(self, now: Timestamp) -> bool {
        now < self.from
    }
}

fn after(at: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}
