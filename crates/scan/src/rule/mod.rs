//! What access key ids and their secrets look like: data (`rules.toml`), and the checks that need no
//! network.

mod check;

use claviger_model::Provider;
use serde::Deserialize;

pub(crate) use check::{account_of_aws_id, is_placeholder, looks_random};

/// The rules, compiled in.
const BUILTIN: &str = include_str!("rules.toml");

/// Which characters a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Characters {
    /// Letters and digits.
    Alphanumeric,
    /// `A-Z` and `2-7` (RFC 4648, section 6).
    Base32,
    /// Letters, digits, `+` and `/`.
    Base64,
}

impl Characters {
    fn hold(self, token: &[u8]) -> bool {
        match self {
            Self::Alphanumeric => token.iter().all(u8::is_ascii_alphanumeric),
            Self::Base32 => {
                token.iter().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(byte))
            }
            Self::Base64 => {
                token.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
            }
        }
    }
}

/// One kind of access key pair.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The name in findings.
    pub(crate) name: String,
    /// The name for people.
    pub(crate) title: String,
    /// Who issues it.
    pub(crate) provider: Provider,
    prefixes: Vec<String>,
    lengths: Vec<usize>,
    characters: Characters,
    secret_length: usize,
    secret_characters: Characters,
}

impl Rule {
    /// Whether a token is an id of this kind.
    fn takes_id(&self, token: &[u8]) -> bool {
        self.lengths.contains(&token.len())
            && self.prefixes.iter().any(|prefix| token.starts_with(prefix.as_bytes()))
            && self.characters.hold(&token[4.min(token.len())..])
    }

    /// Whether a token may be a secret of this kind.
    pub(crate) fn takes_secret(&self, token: &[u8]) -> bool {
        token.len() == self.secret_length && self.secret_characters.hold(token)
    }
}

#[derive(Deserialize)]
struct File {
    rule: Vec<Rule>,
}

/// Every rule.
#[derive(Debug)]
pub(crate) struct Rules(Vec<Rule>);

impl Rules {
    /// The rules that are compiled in; a test reads them all.
    pub(crate) fn builtin() -> Self {
        Self(toml::from_str::<File>(BUILTIN).map(|file| file.rule).unwrap_or_default())
    }

    /// The rule that a token is an id of, with its index.
    pub(crate) fn of_id(&self, token: &[u8]) -> Option<usize> {
        self.0.iter().position(|rule| rule.takes_id(token))
    }

    /// Whether a token may be a secret of any kind.
    pub(crate) fn take_secret(&self, token: &[u8]) -> bool {
        self.0.iter().any(|rule| rule.takes_secret(token))
    }

    /// The rule of an index.
    pub(crate) fn get(&self, index: usize) -> Option<&Rule> {
        self.0.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_rules_are_read() {
        assert_eq!(Rules::builtin().0.len(), 3);
    }

    #[test]
    fn lengths_and_characters_decide() {
        let rules = Rules::builtin();
        assert!(rules.of_id(b"LTAI5tMadeUpKeyId9Wq2Rt7").is_some());
        assert!(rules.of_id(b"LTAI5tMadeUpKeyId9Wq2Rt").is_none());
        assert!(rules.of_id(b"AKIAQ3EGRZ7Y2MADEUP4").is_some());
        assert!(rules.of_id(b"AKIAQ3EGRZ1Y2MADEUP4").is_none(), "1 is no base32 digit");
    }
}
