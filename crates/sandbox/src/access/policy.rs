//! Policy documents: reading, refusing what is none, and what one says of a request.
//!
//! Two kinds share the language (RAM documentation, "Policy structure and syntax"): those attached to a
//! user, and those of a bucket, which also name whom they speak of. Version is the *string* `1`.

use serde_json::{Map, Value};

use super::Ask;
use super::statement::{Effect, Statement};

/// Longest document of a custom policy, in characters (RAM documentation, "Limits").
pub(crate) const IDENTITY_CHARACTERS_MAX: usize = 6_144;
/// Longest document of a bucket policy, in characters (OSS documentation, "Bucket policy": 16 KB).
pub(crate) const BUCKET_CHARACTERS_MAX: usize = 16_384;

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyError {
    /// Too long.
    #[error("the policy document has {length} characters, {most} are allowed")]
    TooLong { length: usize, most: usize },
    /// No JSON.
    #[error("the policy document is no JSON: {why}")]
    NotJson { why: String },
    /// Another version of the language.
    #[error("Version must be the string \"1\"")]
    Version,
    /// An element is missing.
    #[error("{element} is missing")]
    Missing { element: &'static str },
    /// An element is of another kind than it must be.
    #[error("{element} must be {wanted}")]
    Shape { element: &'static str, wanted: &'static str },
    /// An element that this kind of policy does not have.
    #[error("{element} is not an element of this kind of policy")]
    UnknownElement { element: String },
    /// An operator of `Condition` that the practice cloud does not have.
    #[error("the condition operator {operator} is not supported")]
    UnknownOperator { operator: String },
    /// Addresses of a bucket's policy without the networks they are of.
    #[error("acs:SourceIp must stand beside acs:SourceVpc in a Condition")]
    BareSourceIp,
    /// A value makes no sense where it stands.
    #[error("`{value}` is not {wanted}")]
    BadValue { value: String, wanted: &'static str },
}

impl PolicyError {
    pub(super) fn shape(element: &'static str, wanted: &'static str) -> Self {
        Self::Shape { element, wanted }
    }
}

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    /// A RAM user.
    Identity,
    /// A bucket.
    Bucket,
}

/// What policies say of a request, before it is joined with what others say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Nothing.
    Silent,
    /// Yes.
    Allow,
    /// No, whoever else says yes.
    Deny,
}

/// A policy that was read.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    kind: PolicyKind,
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The text is no policy of this kind.
    pub(crate) fn parse(text: &str, kind: PolicyKind) -> Result<Self, PolicyError> {
        let most = match kind {
            PolicyKind::Identity => IDENTITY_CHARACTERS_MAX,
            PolicyKind::Bucket => BUCKET_CHARACTERS_MAX,
        };
        let length = text.chars().count();
        if length > most {
            return Err(PolicyError::TooLong { length, most });
        }
        let document: Value = serde_json::from_str(text)
            .map_err(|error| PolicyError::NotJson { why: error.to_string() })?;
        let document = document.as_object().ok_or(PolicyError::shape("the policy", "an object"))?;
        known_elements(document, &["Version", "Statement"])?;
        if document.get("Version").and_then(Value::as_str) != Some("1") {
            return Err(PolicyError::Version);
        }
        let statements = match document.get("Statement") {
            None => return Err(PolicyError::Missing { element: "Statement" }),
            Some(Value::Array(list)) if list.is_empty() => {
                return Err(PolicyError::shape("Statement", "a list that is not empty"));
            }
            Some(Value::Array(list)) => {
                list.iter().map(|one| Statement::parse(one, kind)).collect()
            }
            Some(single) => Statement::parse(single, kind).map(|statement| vec![statement]),
        }?;
        Ok(Self { kind, statements })
    }

    /// What it says of a request.
    pub(super) fn verdict(&self, ask: &Ask<'_>) -> Verdict {
        self.strongest(ask, |_| true)
    }

    /// The same, without what it grants to everybody (public access is blocked).
    pub(super) fn verdict_without_public_grants(&self, ask: &Ask<'_>) -> Verdict {
        self.strongest(ask, |statement| !statement.is_public_grant())
    }

    /// Whether it grants anything to everybody from everywhere.
    pub(crate) fn is_public(&self) -> bool {
        self.statements.iter().any(Statement::is_public_grant)
    }

    fn strongest(&self, ask: &Ask<'_>, counts: impl Fn(&Statement) -> bool) -> Verdict {
        self.statements
            .iter()
            .filter(|statement| counts(statement) && statement.speaks_of(ask, self.kind))
            .map(|statement| match statement.effect() {
                Effect::Allow => Verdict::Allow,
                Effect::Deny => Verdict::Deny,
            })
            .max()
            .unwrap_or(Verdict::Silent)
    }
}

pub(super) fn known_elements(
    object: &Map<String, Value>,
    known: &[&str],
) -> Result<(), PolicyError> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(PolicyError::UnknownElement { element: name.clone() }),
        None => Ok(()),
    }
}

/// One text or a list of them; numbers and booleans count as the text they are written as.
pub(super) fn texts(element: &'static str, value: &Value) -> Result<Vec<String>, PolicyError> {
    let wrong = PolicyError::shape(element, "a text or a list of texts that is not empty");
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let list: Option<Vec<String>> = match value {
        Value::Array(list) => list.iter().map(text).collect(),
        single => text(single).map(|text| vec![text]),
    };
    list.filter(|list| !list.is_empty()).ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::{Policy, PolicyError, PolicyKind};

    fn check(text: &str, kind: PolicyKind) -> Result<(), PolicyError> {
        Policy::parse(text, kind).map(|_| ())
    }

    #[test]
    fn a_statement_may_stand_alone_or_in_a_list() {
        let one = r#"{"Effect":"Allow","Action":"oss:*","Resource":"*"}"#;
        for text in [
            format!(r#"{{"Version":"1","Statement":{one}}}"#),
            format!(r#"{{"Version":"1","Statement":[{one},{one}]}}"#),
        ] {
            assert_eq!(check(&text, PolicyKind::Identity), Ok(()));
        }
    }

    #[test]
    fn what_is_no_policy_is_refused_and_says_why() {
        for (text, why) in [
            ("{", "the policy document is no JSON"),
            ("[]", "the policy must be an object"),
            (r#"{"Version":1,"Statement":[]}"#, "Version must be the string"),
            (r#"{"Version":"1"}"#, "Statement is missing"),
            (r#"{"Version":"1","Statement":[]}"#, "Statement must be a list that is not empty"),
            (r#"{"Version":"1","Statement":{"Effect":"Maybe"}}"#, "Effect must be"),
            (
                r#"{"Version":"1","Statement":{"Effect":"Deny","Resource":"*"}}"#,
                "Action is missing",
            ),
            (
                r#"{"Version":"1","Statement":{"Effect":"Deny","Action":[],"Resource":"*"}}"#,
                "Action must be a text",
            ),
            (
                r#"{"Version":"1","Statement":{"Effect":"Deny","Action":"get","Resource":"*"}}"#,
                "`get` is not an action",
            ),
            (
                r#"{"Version":"1","Statement":{"Effect":"Deny","Action":"*","Resource":"bucket"}}"#,
                "`bucket` is not a resource",
            ),
            (
                r#"{"Version":"1","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Principal":"*"}}"#,
                "Principal is not an element",
            ),
        ] {
            let error = check(text, PolicyKind::Identity).unwrap_err().to_string();
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_bucket_policy_names_whom_it_speaks_of() {
        let without =
            r#"{"Version":"1","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        assert_eq!(
            check(without, PolicyKind::Bucket),
            Err(PolicyError::Missing { element: "Principal" })
        );
        let with = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":["oss:*"],"Principal":["*"],
            "Resource":["acs:oss:*:*:examplebucket","acs:oss:*:*:examplebucket/*"]}]}"#;
        assert_eq!(check(with, PolicyKind::Bucket), Ok(()));
    }

    #[test]
    fn a_grant_to_everybody_is_public_unless_it_names_addresses() {
        let grant = |condition: &str| {
            format!(
                r#"{{"Version":"1","Statement":{{"Effect":"Allow","Action":"oss:GetObject",
                "Principal":["*"],"Resource":"acs:oss:*:*:b/*"{condition}}}}}"#
            )
        };
        let public = |text: &str| Policy::parse(text, PolicyKind::Bucket).unwrap().is_public();
        assert!(public(&grant("")));
        let from = |network: &str| {
            grant(&format!(
                r#","Condition":{{"IpAddress":{{"acs:SourceIp":"{network}"}},
                "StringNotLike":{{"acs:SourceVpc":["vpc-*"]}}}}"#
            ))
        };
        assert!(public(&from("0.0.0.0/0")));
        assert!(!public(&from("192.0.2.0/24")));
        let bare = grant(r#","Condition":{"IpAddress":{"acs:SourceIp":"192.0.2.0/24"}}"#);
        assert_eq!(check(&bare, PolicyKind::Bucket), Err(PolicyError::BareSourceIp));
    }

    #[test]
    fn a_document_over_the_limit_is_refused() {
        let text = format!("{{\"Version\":\"1\"{}}}", " ".repeat(7_000));
        assert!(matches!(
            check(&text, PolicyKind::Identity),
            Err(PolicyError::TooLong { most: 6_144, .. })
        ));
    }
}
