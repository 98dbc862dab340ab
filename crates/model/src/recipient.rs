//! Whom messages reach: addresses that were shown to be theirs, and groups of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{RecipientGroupId, RecipientId};

/// How a recipient is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// By a mail address.
    Mail,
    /// By a telephone number.
    Phone,
}

impl RecipientKind {
    /// What an address looks like: what holds an `@` is mail.
    #[must_use]
    pub fn of(address: &str) -> Self {
        if address.contains('@') { Self::Mail } else { Self::Phone }
    }
}

/// An address, and whether the code that was sent to it has been entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Derived from the address.
    pub id: RecipientId,
    /// The address or number, as [`Recipient::plain`] writes it.
    pub address: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When its latest code was sent.
    pub code_sent_at: Option<Timestamp>,
    /// Wrong codes entered since.
    pub wrong_codes: u32,
    /// When the code was entered; until then nothing but codes is sent to it.
    pub verified_at: Option<Timestamp>,
}

impl Recipient {
    /// An address without name, in lower case; a number without blanks and dashes. The same person is
    /// written in one way.
    #[must_use]
    pub fn plain(address: &str) -> String {
        let address = address.trim();
        let bare = match (address.rfind('<'), address.strip_suffix('>')) {
            (Some(start), Some(inner)) => &inner[start + 1..],
            _ => address,
        };
        match RecipientKind::of(bare) {
            RecipientKind::Mail => bare.trim().to_lowercase(),
            RecipientKind::Phone => {
                bare.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
            }
        }
    }

    /// The identifier of an address.
    #[must_use]
    pub fn id_of(address: &str) -> RecipientId {
        RecipientId::derived(&[&Self::plain(address)])
    }
}

/// Recipients that are told together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientGroup {
    /// Its id.
    pub id: RecipientGroupId,
    /// The name a person gave it.
    pub name: String,
    /// Mail addresses and numbers.
    pub members: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_written_in_one_way() {
        for text in ["Ada <Ada@Example.com>", " ada@example.com ", "ada@example.com"] {
            assert_eq!(Recipient::plain(text), "ada@example.com");
        }
        assert_eq!(Recipient::plain("+86 138-0000 0000"), "+8613800000000");
        assert_eq!(Recipient::id_of("A@b.example"), Recipient::id_of("a@b.example"));
    }
}
