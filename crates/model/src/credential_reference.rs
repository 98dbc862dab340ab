//! Where a connection takes its credentials from, instead of keeping them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest reference: a path and a profile.
const LENGTH_MAX: usize = 1_024;

/// Longest name of a role: RAM and IAM allow 64 characters.
const ROLE_LENGTH_MAX: usize = 64;

/// Where credentials are to be found. It opens nothing by itself, so it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CredentialReference {
    /// `env:ID,SECRET[,TOKEN]`: names of environment variables of the service.
    Environment {
        /// Holds the access key id.
        access_key_id: String,
        /// Holds the secret.
        secret: String,
        /// Holds the token of a temporary key.
        security_token: Option<String>,
    },
    /// `file:PATH[#PROFILE]`: a file where the service runs.
    File {
        /// From the root on.
        path: String,
        /// The section of an INI file; `None` for `default`.
        profile: Option<String>,
    },
    /// `role[:NAME]`: the role of the machine that the service runs on.
    Role {
        /// Which one; `None` for the one that the machine has.
        name: Option<String>,
    },
}

/// The text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct InvalidCredentialReference {
    /// What is wrong with it. Never what was given: somebody may have entered a secret.
    pub why: &'static str,
}

impl InvalidCredentialReference {
    /// How references are written.
    pub const HINT: &'static str = "write `env:ID_VARIABLE,SECRET_VARIABLE`, \
                                    `file:/run/secrets/cloud.ini#profile` or `role:NAME`";
}

impl FromStr for CredentialReference {
    type Err = InvalidCredentialReference;

    fn from_str(text: &str) -> Result<Self, InvalidCredentialReference> {
        let invalid = |why| InvalidCredentialReference { why };
        let text = text.trim();
        if text.len() > LENGTH_MAX || text.chars().any(char::is_control) {
            return Err(invalid("a reference has at most 1,024 characters, all of them visible"));
        }
        match text.split_once(':') {
            Some(("env", names)) => environment(names),
            Some(("file", place)) => file(place),
            Some(("role", name)) if is_role(name) => Ok(Self::Role { name: Some(name.to_owned()) }),
            Some(("role", _)) => {
                Err(invalid("a role has 1 to 64 letters, digits and `+=,.@_-` in its name"))
            }
            None if text == "role" => Ok(Self::Role { name: None }),
            _ => Err(invalid("a reference begins with `env:`, `file:` or `role`")),
        }
    }
}

fn environment(names: &str) -> Result<CredentialReference, InvalidCredentialReference> {
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    if !names.iter().all(|name| is_variable(name)) {
        let why = "an environment variable has letters, digits and `_` in its name";
        return Err(InvalidCredentialReference { why });
    }
    let mut names = names.into_iter();
    match (names.next(), names.next(), names.next(), names.next()) {
        (Some(access_key_id), Some(secret), security_token, None) => {
            Ok(CredentialReference::Environment { access_key_id, secret, security_token })
        }
        _ => Err(InvalidCredentialReference {
            why: "`env:` names two variables, the access key id and its secret, or a token as well",
        }),
    }
}

fn file(place: &str) -> Result<CredentialReference, InvalidCredentialReference> {
    let (path, profile) = match place.rsplit_once('#') {
        Some((path, profile)) => (path, Some(profile.trim().to_owned())),
        None => (place, None),
    };
    if profile.as_ref().is_some_and(|profile| profile.is_empty() || profile.contains(['[', ']'])) {
        return Err(InvalidCredentialReference { why: "behind `#` stands the name of a profile" });
    }
    if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(InvalidCredentialReference {
            why: "`file:` names a path from the root on, without `..`",
        });
    }
    Ok(CredentialReference::File { path: path.to_owned(), profile })
}

fn is_variable(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(is_word)
}

fn is_role(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    // Dots alone would lead elsewhere in an address.
    (1..=ROLE_LENGTH_MAX).contains(&name.len())
        && name.bytes().all(is_word)
        && name.bytes().any(|byte| byte != b'.')
}

impl fmt::Display for CredentialReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment { access_key_id, secret, security_token } => {
                write!(f, "env:{access_key_id},{secret}")?;
                security_token.as_ref().map_or(Ok(()), |token| write!(f, ",{token}"))
            }
            Self::File { path, profile } => {
                write!(f, "file:{path}")?;
                profile.as_ref().map_or(Ok(()), |profile| write!(f, "#{profile}"))
            }
            Self::Role { name: Some(name) } => write!(f, "role:{name}"),
            Self::Role { name: None } => f.write_str("role"),
        }
    }
}

impl TryFrom<String> for CredentialReference {
    type Error = InvalidCredentialReference;
    fn try_from(text: String) -> Result<Self, InvalidCredentialReference> {
        text.parse()
    }
}

impl From<CredentialReference> for String {
    fn from(reference: CredentialReference) -> Self {
        reference.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_written_as_it_was_read() {
        for text in [
            "env:ALIBABA_CLOUD_ACCESS_KEY_ID,ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "env:AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN",
            "file:/run/secrets/aliyun.ini",
            "file:/run/secrets/aliyun.ini#production",
            "role",
            "role:scanner",
        ] {
            assert_eq!(text.parse::<CredentialReference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_is_refused_and_not_repeated() {
        for text in [
            "",
            "env:ONE",
            "env:A,B,C,D",
            "env:A B,C",
            "env:1A,B",
            "file:secrets.ini",
            "file:/run/../etc/shadow",
            "file:/run/a#",
            "file:/run/a\nb",
            "role:",
            "role:..",
            "role:a/b",
            "vault:x",
            "made-up-secret",
        ] {
            let refused = text.parse::<CredentialReference>().unwrap_err().to_string();
            assert!(text.is_empty() || !refused.contains(text), "{refused}");
        }
    }
}
