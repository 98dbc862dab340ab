//! How sensitive data is, as a template defines it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `N/A` where nothing was found, then S1 (public) to S4 (most sensitive).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Sensitivity {
    /// Nothing sensitive was found.
    #[default]
    #[serde(rename = "N/A")]
    NotAvailable,
    /// Public or basic data.
    S1,
    /// Contact and order data.
    S2,
    /// Identity, finance and health data.
    S3,
    /// Credentials, keys and biometrics.
    S4,
}

impl Sensitivity {
    /// Every level, least first.
    pub const ALL: [Self; 5] = [Self::NotAvailable, Self::S1, Self::S2, Self::S3, Self::S4];

    /// The word in data and on pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAvailable => "N/A",
            Self::S1 => "S1",
            Self::S2 => "S2",
            Self::S3 => "S3",
            Self::S4 => "S4",
        }
    }

    /// The level of a stored word; an unknown word is `N/A`.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|level| level.as_str() == word).unwrap_or_default()
    }
}

impl fmt::Display for Sensitivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
