//! What an operation is about, whatever its cloud: a table that is data.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::sketch::hash;

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Who am I.
    Identity,
    /// Which buckets are there.
    Buckets,
    /// Reads an object.
    Read,
    /// Asks about one object or bucket, as programs do on their way.
    Stat,
    /// Lists objects.
    List,
    /// Deletes objects.
    Delete,
    /// Copies an object, maybe over itself.
    Copy,
    /// Writes an object.
    Write,
    /// Changes how things are encrypted, or the keys that do.
    Encrypt,
    /// Makes keys and users, or changes what they sign in with.
    Mint,
    /// Takes on a role.
    Role,
    /// Changes who may do what.
    Policy,
    /// Changes what is recorded.
    Logging,
    /// Stops the records, or leaves who keeps them.
    Hide,
    /// Takes away what protects from loss.
    Weaken,
    /// Reads a secret out of a store for secrets.
    Secret,
    /// Wear and tear of programs: encryption, metrics, logs, queues.
    Wear,
    /// Anything else that only looks.
    Look,
    /// Anything else that changes something.
    Change,
}

impl Class {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "identity" => Self::Identity,
            "buckets" => Self::Buckets,
            "read" => Self::Read,
            "stat" => Self::Stat,
            "list" => Self::List,
            "delete" => Self::Delete,
            "copy" => Self::Copy,
            "write" => Self::Write,
            "encrypt" => Self::Encrypt,
            "mint" => Self::Mint,
            "role" => Self::Role,
            "policy" => Self::Policy,
            "logging" => Self::Logging,
            "hide" => Self::Hide,
            "weaken" => Self::Weaken,
            "secret" => Self::Secret,
            "wear" => Self::Wear,
            _ => return None,
        })
    }

    /// What it does, for people, where it is of the control plane and dangerous: what could be lost.
    pub(crate) fn danger(self) -> Option<&'static str> {
        match self {
            Self::Encrypt => Some("can lock the owner out of the data"),
            Self::Mint => Some("can give a stranger a key of his own"),
            Self::Policy => Some("changes who may read or write"),
            Self::Logging | Self::Hide => Some("can hide what comes after it"),
            Self::Weaken => Some("takes away what protects from loss"),
            Self::Delete => Some("destroys data"),
            _ => None,
        }
    }

    /// Whether it is of the control plane and changes what a thief would change.
    pub(crate) fn is_control(self) -> bool {
        use Class::{Encrypt, Hide, Logging, Mint, Policy, Weaken};
        matches!(self, Encrypt | Mint | Policy | Logging | Hide | Weaken)
    }

    /// Whether it looks around: what whoever does not know the place has to do first.
    pub(crate) fn is_look(self) -> bool {
        matches!(self, Self::Identity | Self::Buckets | Self::Look)
    }
}

/// An operation, as the profile remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Hash of its name.
    pub(crate) name: u64,
    /// What it is about.
    pub(crate) class: Class,
}

/// Whole names, and beginnings of names, with their classes.
type Table = (HashMap<&'static str, Class>, Vec<(&'static str, Class)>);

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let (mut names, mut beginnings) = (HashMap::new(), Vec::new());
    for line in include_str!("../data/operations.txt").lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(class) = words.next().and_then(Class::of_word) else { continue };
        for name in words {
            match name.strip_suffix('*') {
                Some(beginning) => beginnings.push((beginning, class)),
                None => drop(names.entry(name).or_insert(class)),
            }
        }
    }
    (names, beginnings)
});

/// Beginnings of names that only look.
const LOOKS: [&str; 9] =
    ["get", "list", "describe", "head", "query", "search", "lookup", "batchget", "rest.get"];

impl Operation {
    /// Reads a name such as `s3.amazonaws.com:GetObject`, `GetObject` or `get_obj`.
    pub(crate) fn of(text: &str) -> Self {
        let name = Self::short_name(text).to_ascii_lowercase();
        // CloudTrail names carry the version of some services' interfaces.
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let (names, beginnings) = &*TABLE;
        let named = names.get(name).copied().or_else(|| {
            beginnings.iter().find(|(start, _)| name.starts_with(start)).map(|(_, class)| *class)
        });
        let class = named.unwrap_or_else(|| {
            let looks = LOOKS.iter().any(|verb| name.starts_with(verb));
            if looks { Class::Look } else { Class::Change }
        });
        Self { name: hash(text.as_bytes()), class }
    }

    /// The name without its service, for people.
    pub(crate) fn short_name(text: &str) -> &str {
        text.rsplit([':', '/']).next().unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_all_clouds_are_classed() {
        for (name, class) in [
            ("s3.amazonaws.com:GetObject", Class::Read),
            ("GetObject", Class::Read),
            ("REST.GET.OBJECT", Class::Read),
            ("get_obj", Class::Read),
            ("GetService", Class::Buckets),
            ("GetBucket", Class::List),
            ("sts.amazonaws.com:GetCallerIdentity", Class::Identity),
            ("iam.amazonaws.com:CreateAccessKey", Class::Mint),
            ("cloudtrail.amazonaws.com:StopLogging", Class::Hide),
            ("s3.amazonaws.com:PutBucketLogging", Class::Logging),
            ("Ram:AttachPolicyToUser", Class::Policy),
            ("lambda.amazonaws.com:ListFunctions20150331", Class::Look),
            ("ec2.amazonaws.com:RunInstances", Class::Change),
            ("BATCH.DELETE.OBJECT", Class::Delete),
            ("storage.setIamPermissions", Class::Policy),
        ] {
            assert_eq!(Operation::of(name).class, class, "{name}");
        }
    }

    #[test]
    fn every_line_of_the_table_names_a_class() {
        for line in include_str!("../data/operations.txt").lines() {
            let word = line.split_ascii_whitespace().next();
            let Some(word) = word.filter(|word| !word.starts_with('#')) else { continue };
            assert!(Class::of_word(word).is_some(), "{word}");
        }
    }
}
