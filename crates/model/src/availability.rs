//! Whether an object can be read at once, or lies in an archive.

use serde::{Deserialize, Serialize};

/// Whether an object can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Nobody has said: a store does not tell it of every storage class in a listing.
    #[default]
    Untold,
    /// It can be read.
    AtOnce,
    /// It lies in an archive until somebody has it restored.
    Archived,
    /// It is being restored.
    Restoring,
}

impl Availability {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Untold, Self::AtOnce, Self::Archived, Self::Restoring];

    /// The word in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untold => "untold",
            Self::AtOnce => "at_once",
            Self::Archived => "archived",
            Self::Restoring => "restoring",
        }
    }

    /// Whether it is known that a request for the content would be refused.
    #[must_use]
    pub fn is_out_of_reach(self) -> bool {
        matches!(self, Self::Archived | Self::Restoring)
    }
}
