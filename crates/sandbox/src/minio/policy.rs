//! The language of MinIO's policies: what it takes, how it writes what it took, and what a policy says of a
//! request (minio/pkg `policy/statement.go`, `policy/resource.go`).
//!
//! Narrower than IAM's: the actions of one service in a statement, no action that the server does not know, and
//! resources of S3 alone, by their whole name. What the practice cloud does not have (`NotAction`, `NotResource`,
//! other conditions) is refused.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::actions::is_known;
use crate::access::{Network, covers};

const VERSION: &str = "2012-10-17";
const RESOURCE: &str = "arn:aws:s3:::";

/// A request.
pub(super) struct Ask<'a> {
    /// `s3:GetObject`, `admin:ListUsers`.
    pub(super) action: &'a str,
    /// `bucket/object`, `bucket/`, or `/` where no bucket is named.
    pub(super) path: &'a str,
    /// Where it comes from.
    pub(super) source_ip: IpAddr,
}

/// What policies say of a request; the greatest word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    Silent,
    Allow,
    Deny,
}

struct Statement {
    sid: Option<String>,
    effect: Verdict,
    actions: Vec<String>,
    /// Patterns behind [`RESOURCE`]; none for other services than S3.
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

/// Addresses that a request must, or must not, come from.
struct Condition {
    is_negated: bool,
    networks: Vec<(String, Network)>,
}

/// A policy that was read.
pub(super) struct Policy {
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// MinIO takes no such policy, in words.
    pub(super) fn parse(document: &Value) -> Result<Self, String> {
        let version = document["Version"].as_str().unwrap_or_default();
        if version != VERSION {
            return Err(format!("invalid version '{version}'"));
        }
        let list = document["Statement"].as_array().filter(|list| !list.is_empty());
        let list = list.ok_or("Statement must not be empty")?;
        let statements: Result<Vec<_>, _> = list.iter().map(Statement::parse).collect();
        Ok(Self { statements: statements? })
    }

    /// What it says of a request.
    pub(super) fn verdict(&self, ask: &Ask<'_>) -> Verdict {
        let speaking = self.statements.iter().filter(|statement| statement.speaks_of(ask));
        speaking.map(|statement| statement.effect).max().unwrap_or(Verdict::Silent)
    }

    /// In MinIO's own hand: every text a list, every list in order, every address a network.
    pub(super) fn written(&self) -> Value {
        let statements: Vec<Value> = self.statements.iter().map(Statement::written).collect();
        json!({ "Version": VERSION, "Statement": statements })
    }
}

impl Statement {
    fn parse(element: &Value) -> Result<Self, String> {
        let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
        let object = element.as_object().ok_or("a statement must be an object")?;
        if let Some(other) = object.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("{other} is not supported"));
        }
        let effect = match element["Effect"].as_str() {
            Some("Allow") => Verdict::Allow,
            Some("Deny") => Verdict::Deny,
            other => return Err(format!("invalid Effect {other:?}")),
        };
        let actions = texts(&element["Action"]).ok_or("Action must not be empty")?;
        if let Some(odd) = actions.iter().find(|action| !is_known(action)) {
            return Err(format!("unsupported action '{odd}'"));
        }
        let service = |action: &str| action.split(':').next().unwrap_or_default().to_owned();
        let first = service(&actions[0]);
        if actions.iter().any(|action| service(action) != first) {
            return Err("mixing action types in the same statement is not allowed".to_owned());
        }
        let resources = match (first == "s3", texts(&element["Resource"])) {
            (true, Some(resources)) => patterns(&resources)?,
            (true, None) => return Err("Resource must not be empty".to_owned()),
            (false, _) => Vec::new(),
        };
        let sid = element["Sid"].as_str().map(str::to_owned);
        let conditions = conditions(&element["Condition"])?;
        Ok(Self { sid, effect, actions, resources, conditions })
    }

    fn speaks_of(&self, ask: &Ask<'_>) -> bool {
        let is_s3 = ask.action.starts_with("s3:");
        let named = |pattern: &String| {
            covers(pattern, ask.path) || pattern.as_str() == ask.path.trim_end_matches('/')
        };
        self.actions.iter().any(|pattern| covers(pattern, ask.action))
            && (!is_s3 || self.resources.iter().any(named))
            && self.conditions.iter().all(|condition| condition.is_met(ask.source_ip))
    }

    fn written(&self) -> Value {
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list
        };
        let mut object = Map::new();
        if let Some(sid) = &self.sid {
            object.insert("Sid".to_owned(), json!(sid));
        }
        let effect = if self.effect == Verdict::Deny { "Deny" } else { "Allow" };
        object.insert("Effect".to_owned(), json!(effect));
        object.insert("Action".to_owned(), json!(sorted(&self.actions)));
        if !self.resources.is_empty() {
            let whole = |pattern: &String| format!("{RESOURCE}{pattern}");
            let resources: Vec<String> = self.resources.iter().map(whole).collect();
            object.insert("Resource".to_owned(), json!(sorted(&resources)));
        }
        if !self.conditions.is_empty() {
            let mut block = Map::new();
            for condition in &self.conditions {
                let networks: Vec<String> =
                    condition.networks.iter().map(|(text, _)| text.clone()).collect();
                let operator = if condition.is_negated { "NotIpAddress" } else { "IpAddress" };
                block.insert(operator.to_owned(), json!({ "aws:SourceIp": sorted(&networks) }));
            }
            object.insert("Condition".to_owned(), Value::Object(block));
        }
        Value::Object(object)
    }
}

impl Condition {
    fn is_met(&self, source_ip: IpAddr) -> bool {
        let within = self.networks.iter().any(|(_, network)| network.contains(source_ip));
        within != self.is_negated
    }
}

fn conditions(element: &Value) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    for (operator, keys) in element.as_object().into_iter().flatten() {
        let is_negated = match operator.as_str() {
            "IpAddress" => false,
            "NotIpAddress" => true,
            other => return Err(format!("the condition {other} is not supported")),
        };
        for (key, values) in keys.as_object().into_iter().flatten() {
            if key != "aws:SourceIp" {
                return Err(format!("unsupported condition key '{key}'"));
            }
            let values = texts(values).ok_or("a condition needs values")?;
            let networks: Result<Vec<_>, _> = values.iter().map(|text| network(text)).collect();
            conditions.push(Condition { is_negated, networks: networks? });
        }
    }
    Ok(conditions)
}

fn network(text: &str) -> Result<(String, Network), String> {
    let whole = match text.contains('/') {
        true => text.to_owned(),
        false if text.contains(':') => format!("{text}/128"),
        false => format!("{text}/32"),
    };
    let network = Network::parse(&whole).map_err(|_| format!("invalid CIDR address: {text}"))?;
    Ok((whole, network))
}

fn patterns(resources: &[String]) -> Result<Vec<String>, String> {
    let pattern = |resource: &String| {
        let pattern = resource.strip_prefix(RESOURCE).filter(|rest| !rest.starts_with('/'));
        // MinIO puts what a request has in place of a variable; this cloud has none.
        let pattern = pattern.filter(|rest| !rest.is_empty() && !rest.contains("${"));
        pattern.map(str::to_owned).ok_or_else(|| format!("invalid resource '{resource}'"))
    };
    resources.iter().map(pattern).collect()
}

/// One text, or a list of them that is not empty.
fn texts(value: &Value) -> Option<Vec<String>> {
    let list = match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => {
            list.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?
        }
        _ => return None,
    };
    Some(list).filter(|list: &Vec<String>| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> Result<Policy, String> {
        let statement: Value = serde_json::from_str(text).unwrap();
        Policy::parse(&json!({ "Version": VERSION, "Statement": [statement] }))
    }

    #[test]
    fn what_minio_does_not_take_is_refused_and_says_why() {
        for (text, why) in [
            (r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, "unsupported action"),
            (r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#, "invalid resource"),
            (r#"{"Effect":"Allow","Action":"s3:*"}"#, "Resource must not be empty"),
            (r#"{"Effect":"Allow","Action":["s3:*","admin:*"]}"#, "mixing action types"),
            (r#"{"Effect":"Allow","Action":["s3:GetObjectAcl"]}"#, "unsupported action"),
            (
                r#"{"Effect":"Deny","Action":"admin:*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026"}}}"#,
                "the condition DateLessThan",
            ),
        ] {
            let error = statement(text).err().unwrap();
            assert!(error.starts_with(why), "{text}: {error}");
        }
        assert!(Policy::parse(&json!({ "Version": "1", "Statement": [] })).is_err());
    }

    #[test]
    fn a_policy_speaks_of_its_objects_and_addresses() {
        let policy = statement(
            r#"{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::b/a/*",
                "Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.7"}}}"#,
        );
        let policy = policy.unwrap();
        for (action, path, source_ip, expected) in [
            ("s3:GetObject", "b/a/x", "198.51.100.1", Verdict::Deny),
            ("s3:GetObject", "b/a/x", "203.0.113.7", Verdict::Silent),
            ("s3:GetObject", "b/c", "198.51.100.1", Verdict::Silent),
            ("s3:PutObject", "b/a/x", "198.51.100.1", Verdict::Silent),
        ] {
            let source_ip = source_ip.parse().unwrap();
            assert_eq!(policy.verdict(&Ask { action, path, source_ip }), expected, "{path}");
        }
        let written = policy.written()["Statement"][0].clone();
        assert_eq!(written["Action"], json!(["s3:Get*"]));
        let addresses = &written["Condition"]["NotIpAddress"]["aws:SourceIp"];
        assert_eq!(*addresses, json!(["203.0.113.7/32"]));
    }

    /// What AWS documents of policies holds for MinIO's, where it takes them and knows what they speak of.
    #[test]
    fn a_policy_that_minio_takes_means_what_aws_documents() {
        let table = include_str!("../../../respond/tests/it/policy_tables/aws.toml");
        let table: toml::Table = table.parse().unwrap();
        let mut count = 0;
        for case in table["cases"].as_array().unwrap() {
            let text = |name: &str| case.get(name).and_then(toml::Value::as_str);
            let document = format!("[{}]", text("statements").unwrap_or_default());
            let statements: Value = serde_json::from_str(&document).unwrap();
            let version = text("version").unwrap_or(VERSION);
            let document = json!({ "Version": version, "Statement": statements });
            let (Ok(policy), None) = (Policy::parse(&document), text("who")) else { continue };
            let address = case.get("context").and_then(|known| known.get("aws:SourceIp"));
            let address = address.and_then(toml::Value::as_str).unwrap_or("198.51.100.1");
            let verdict = policy.verdict(&Ask {
                action: text("action").unwrap_or("s3:GetObject"),
                path: text("path").unwrap_or("b/a.txt"),
                source_ip: address.parse().unwrap(),
            });
            let judged = match verdict {
                Verdict::Deny => "deny",
                Verdict::Allow => "allow",
                Verdict::Silent => "implicit deny",
            };
            let absent = document.to_string().contains("SourceIp") && case.get("context").is_none();
            if absent {
                continue;
            }
            count += 1;
            let source = &table["documents"][text("document").unwrap_or_default()];
            assert_eq!(Some(judged), text("expected"), "{:?} {source}", text("claim"));
        }
        assert!(count >= 20, "{count}");
    }
}
