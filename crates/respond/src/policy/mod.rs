//! What a policy says of a request: bucket policies and policies of users, of S3 and IAM, of OSS and RAM.
//!
//! One evaluator for everything that is asked of a policy: who in the world may read an object
//! ([`crate::exposure`]), and what a drafted policy would have done to the requests of the past
//! ([`crate::what_if`]). An explicit refusal stands above every permission; where nothing speaks, the answer is
//! silence, which other policies may break. What cannot be known stays unknown.
//!
//! Sources: IAM user guide, "Policy evaluation logic" and "JSON policy elements reference"; Amazon S3 user guide,
//! "Policies and permissions"; RAM documentation, "Basic elements of policies"; OSS documentation, "Bucket Policy".

mod action;
mod condition;
mod facts;
mod network;
mod operator;
mod pattern;
mod same;
mod statement;
mod truth;
mod variable;

use serde_json::Value;

pub use action::action_of;
pub use facts::{Fact, Facts};
pub(crate) use network::Network;
pub use same::says_the_same;
pub use truth::Truth;

use statement::Statement;

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no JSON.
    #[error("the policy is no JSON: {why}")]
    NotJson {
        /// What the parser says.
        why: String,
    },
    /// It has no statement.
    #[error("the policy has no `Statement`")]
    NoStatement,
    /// An element of a statement is missing, or is not what it must be.
    #[error("statement {number} has no {wanted}")]
    Statement {
        /// Which one, from 1.
        number: usize,
        /// What is missing.
        wanted: &'static str,
    },
}

/// What a statement does where it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It lets pass.
    Allow,
    /// It refuses.
    Deny,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// Anybody who signs nothing.
    Stranger,
    /// A user, by all that a policy may call it.
    User {
        /// The user itself: its name in full, its id.
        names: &'a [&'a str],
        /// Its account, which a refusal may name in its place.
        account: &'a [&'a str],
    },
    /// Whoever a policy that names nobody is bound to: the user that it is a policy of.
    Bound,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Who asks.
    pub who: Who<'a>,
    /// `s3:GetObject`, `oss:PutObject`.
    pub action: &'a str,
    /// `bucket/object`, or the bucket alone; empty for what is about no bucket.
    pub path: &'a str,
    /// The rest of it.
    pub facts: Facts<'a>,
}

/// What a policy says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It refuses, whatever else allows it, by this statement.
    Denied(String),
    /// It allows, by this statement.
    Allowed(String),
    /// It does not speak of it.
    Silent,
    /// It depends on what is not known of the request.
    Unknown(String),
}

/// A policy that was read.
#[derive(Debug, Clone)]
pub struct Policy {
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The text is none: which statement lacks what.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let document: Value = serde_json::from_str(text)
            .map_err(|error| PolicyError::NotJson { why: error.to_string() })?;
        let statements = statements(&document);
        if statements.is_empty() {
            return Err(PolicyError::NoStatement);
        }
        let numbered = statements.into_iter().enumerate();
        let read = numbered.map(|(index, one)| {
            let wrong = |wanted| PolicyError::Statement { number: index + 1, wanted };
            Statement::parse(one, has_variables(&document)).map_err(wrong)
        });
        Ok(Self { statements: read.collect::<Result<_, _>>()? })
    }

    /// Reads a policy that stands somewhere: a statement that cannot be understood opens nothing and closes
    /// nothing, since what it says is not known.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap_or_default();
        let has_variables = has_variables(&document);
        let parse = |one: &Value| Statement::parse(one, has_variables).ok();
        Self { statements: statements(&document).into_iter().filter_map(parse).collect() }
    }

    /// What it says of a request.
    #[must_use]
    pub fn judge(&self, request: &Request<'_>) -> Verdict {
        match self.strongest(Effect::Deny, request) {
            Some((Truth::Yes, line)) => return Verdict::Denied(line),
            Some((_, line)) => return Verdict::Unknown(line),
            None => {}
        }
        match self.strongest(Effect::Allow, request) {
            Some((Truth::Yes, line)) => Verdict::Allowed(line),
            Some((_, line)) => Verdict::Unknown(line),
            None => Verdict::Silent,
        }
    }

    /// The first statement of an effect that certainly speaks of a request, as the provider has it.
    #[must_use]
    pub fn certain(&self, effect: Effect, request: &Request<'_>) -> Option<String> {
        let found = self.strongest(effect, request);
        found.filter(|(truth, _)| *truth == Truth::Yes).map(|(_, line)| line)
    }

    /// Whether it certainly allows somebody anything at all.
    #[must_use]
    pub fn opens_anything(&self, who: Who<'_>, facts: &Facts<'_>) -> bool {
        let opens = |statement: &Statement| {
            statement.effect == Effect::Allow && statement.is_for(who, facts) == Truth::Yes
        };
        self.statements.iter().any(opens)
    }

    /// The statement of an effect that speaks of a request, a certain one before one that may.
    fn strongest(&self, effect: Effect, request: &Request<'_>) -> Option<(Truth, String)> {
        let same = self.statements.iter().filter(|one| one.effect == effect);
        let judged: Vec<(Truth, &Statement)> =
            same.map(|one| (one.speaks_of(request), one)).collect();
        let of = |wanted: Truth| judged.iter().find(|(truth, _)| *truth == wanted);
        let found = of(Truth::Yes).or_else(|| of(Truth::Unknown));
        found.map(|(truth, statement)| (*truth, statement.line.clone()))
    }
}

/// Whether `${…}` is a variable in a document: IAM had none before its version of 2012, and a document without a
/// version is of the first one.
fn has_variables(document: &Value) -> bool {
    !matches!(document.get("Version").and_then(Value::as_str), None | Some("2008-10-17"))
}

/// The statements of a document: a list of them, or one that stands alone.
fn statements(document: &Value) -> Vec<&Value> {
    document.get("Statement").map(texts).unwrap_or_default()
}

/// One value, or many.
fn texts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "s3:GetObject";

    fn stranger<'a>(action: &'a str, path: &'a str) -> Request<'a> {
        Request { who: Who::Stranger, action, path, facts: Facts::of_stranger() }
    }

    fn allows(statement: &str) -> bool {
        let policy = Policy::read(&format!("{{\"Statement\":[{statement}]}}"));
        policy.certain(Effect::Allow, &stranger(READ, "b/docs/a.txt")).is_some()
    }

    #[test]
    fn principals_actions_and_resources_are_read_in_all_their_spellings() {
        for (principal, expected) in [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"*"}"#, true),
            (r#""Principal":["*"]"#, true),
            (r#""Principal":{"AWS":["arn:aws:iam::1:root","*"]}"#, true),
            (r#""Principal":{"AWS":"arn:aws:iam::1:root"}"#, false),
            (r#""Principal":{"Service":"*"}"#, false),
            (r#""NotPrincipal":{"AWS":"arn:aws:iam::1:root"}"#, true),
        ] {
            let statement = format!(
                r#"{{"Effect":"Allow",{principal},"Action":["s3:get*"],"Resource":"arn:aws:s3:::b/docs/?.txt"}}"#
            );
            assert_eq!(allows(&statement), expected, "{principal}");
        }
        let oss = Policy::read(
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:Get*"],"Resource":["acs:oss:*:123:b/*"]}]}"#,
        );
        let opens = |action, path| oss.certain(Effect::Allow, &stranger(action, path)).is_some();
        assert!(opens("oss:GetObject", "b/x"));
        assert!(!opens("oss:GetObject", "c/x") && !opens("oss:PutObject", "b/x"));
    }

    #[test]
    fn conditions_count_as_a_stranger_meets_them() {
        for (condition, expected) in [
            (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, false),
            (r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}"#, true),
            (r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            (r#"{"StringLike":{"aws:Referer":"https://site.example/*"}}"#, true),
            (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#"{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}"#, true),
        ] {
            let statement = format!(
                r#"{{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{condition}}}"#
            );
            assert_eq!(allows(&statement), expected, "{condition}");
        }
    }

    #[test]
    fn a_refusal_may_name_the_account_and_a_permission_must_name_the_user() {
        let ada = "arn:aws:iam::123456789012:user/ada";
        let account = ["123456789012", "arn:aws:iam::123456789012:root"];
        let who = Who::User { names: &[ada], account: &account };
        let request = Request { who, action: READ, path: "b/a", facts: Facts::of_stranger() };
        let judged = |effect: &str, principal: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":"s3:*","Resource":"*"}}}}"#
            );
            Policy::parse(&text).unwrap().judge(&request)
        };
        assert!(matches!(judged("Deny", account[1]), Verdict::Denied(_)));
        assert!(matches!(judged("Deny", ada), Verdict::Denied(_)));
        assert!(matches!(judged("Allow", ada), Verdict::Allowed(_)));
        assert_eq!(judged("Allow", account[0]), Verdict::Silent);
        assert_eq!(judged("Deny", "arn:aws:iam::123456789012:user/eve"), Verdict::Silent);
    }

    #[test]
    fn a_refusal_stands_above_every_permission_and_without_either_nothing_is_said() {
        let policy = Policy::parse(
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"},
                {"Effect":"Deny","NotAction":"s3:Get*","Resource":"*"},
                {"Effect":"Deny","Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/${aws:username}/*"}]}"#,
        )
        .unwrap();
        let judged = |action, path, facts: Facts<'static>| {
            policy.judge(&Request { who: Who::Bound, action, path, facts })
        };
        let ada = Facts::of_logged(Some("203.0.113.7"), None).with("username", Fact::Is("ada"));
        assert!(matches!(judged(READ, "b/ada/x", ada.clone()), Verdict::Allowed(_)));
        assert!(matches!(judged(READ, "b/eve/x", ada.clone()), Verdict::Denied(_)));
        assert!(matches!(judged("s3:PutObject", "b/ada/x", ada.clone()), Verdict::Denied(_)));
        assert_eq!(judged("s3:GetBucketAcl", "c", ada), Verdict::Silent);
        let nobody = Facts::of_logged(None, None);
        assert!(matches!(judged(READ, "b/ada/x", nobody), Verdict::Unknown(_)));
    }

    #[test]
    fn a_text_that_is_no_policy_is_refused_and_says_what_it_lacks() {
        for (text, expected) in [
            ("{", "the policy is no JSON: EOF while parsing an object at line 1 column 1"),
            ("{}", "the policy has no `Statement`"),
            (
                r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"No"}]}"#,
                "statement 2 has no `Effect` of `Allow` or `Deny`",
            ),
            (
                r#"{"Statement":{"Effect":"Deny","Resource":"*"}}"#,
                "statement 1 has no `Action` or `NotAction`",
            ),
            (
                r#"{"Statement":{"Effect":"Deny","Action":"*","NotAction":"s3:*","Resource":"*"}}"#,
                "statement 1 has no choice between `Action` and `NotAction`",
            ),
            (
                r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":[]}}"#,
                "statement 1 has no `Resource` or `NotResource`",
            ),
        ] {
            assert_eq!(Policy::parse(text).unwrap_err().to_string(), expected);
            assert!(Policy::read(text).statements.len() < 2);
        }
    }
}
