//! What the vendor documents of its policies, held against the practice cloud: the same cases that the product's own
//! evaluator is held against, where the practice cloud has what they speak of.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;
use toml::Table;

use super::{Ask, Circumstances, Policy, PolicyError, PolicyKind, Verdict};
use crate::auth::Caller;

const ALIYUN: &str = include_str!("../../../respond/tests/it/policy_tables/aliyun.toml");

const ACCOUNT: &str = "100000000000000001";
const USER: &str = "200000000000000001";

/// Keys of conditions that the practice cloud knows.
const KEYS: [&str; 5] =
    ["acs:SourceIp", "acs:SecureTransport", "acs:UserAgent", "acs:SourceVpc", "oss:Prefix"];

/// What a case says, or what stands where it says nothing.
fn text<'a>(case: &'a Table, name: &str, otherwise: &'a str) -> &'a str {
    case.get(name).and_then(toml::Value::as_str).unwrap_or(otherwise)
}

fn document(case: &Table) -> String {
    let statements = text(case, "statements", "");
    let whole = format!("{{\"Version\":\"1\",\"Statement\":[{statements}]}}");
    text(case, "policy", &whole).to_owned()
}

fn context(case: &Table) -> BTreeMap<&str, &str> {
    let known = case.get("context").and_then(toml::Value::as_table).into_iter().flatten();
    known.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

/// Whether a case is about what the practice cloud has: it is on no private network, and knows few keys.
fn is_ours(case: &Table, policy: &str) -> bool {
    let document: Value = serde_json::from_str(policy).unwrap();
    let statements = document["Statement"].as_array().into_iter().flatten();
    let operators = statements.filter_map(|one| one["Condition"].as_object()).flatten();
    let mut keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    keys.all(|(key, _)| KEYS.contains(&key.as_str()))
        && !context(case).contains_key("acs:SourceVpc")
        && text(case, "expected", "") != "undecided"
}

fn caller(case: &Table) -> Caller {
    let access_key_id = "LTAI5tExampleKeyOfTestx7Q".to_owned();
    match text(case, "who", "bound") {
        "stranger" => Caller::Anonymous,
        "owner" => Caller::Root { access_key_id },
        _ => Caller::User { name: "ada".to_owned(), user_id: USER.to_owned(), access_key_id },
    }
}

fn kind(case: &Table) -> PolicyKind {
    match text(case, "who", "bound") {
        "bound" => PolicyKind::Identity,
        _ => PolicyKind::Bucket,
    }
}

/// What the practice cloud says; nothing where the case is about what it does not have.
fn judged(case: &Table) -> Option<&'static str> {
    let document = document(case);
    if !is_ours(case, &document) {
        return None;
    }
    let policy = match Policy::parse(&document, kind(case)) {
        Err(PolicyError::UnknownOperator { .. }) => return None,
        Err(_) => return Some("refused"),
        Ok(policy) => policy,
    };
    let known = context(case);
    let address = known.get("acs:SourceIp").and_then(|text| text.parse().ok());
    let mut circumstances =
        Circumstances::from(address.unwrap_or(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1))));
    circumstances.secure_transport = known.get("acs:SecureTransport") == Some(&"true");
    circumstances.user_agent = known.get("acs:UserAgent").copied();
    circumstances.prefix = known.get("oss:Prefix").copied();
    let action = text(case, "action", "oss:GetObject");
    let (service, _) = action.split_once(':')?;
    let resource = format!("acs:{service}:*:{ACCOUNT}:{}", text(case, "path", "b/a.txt"));
    let ask =
        Ask { caller: &caller(case), action, resource: &resource, version_id: None, circumstances };
    Some(match policy.verdict(&ask) {
        Verdict::Deny => "deny",
        Verdict::Allow => "allow",
        Verdict::Silent => "implicit deny",
    })
}

fn told(table: &Table, case: &Table, judged: &str) -> String {
    let document = &table["documents"][text(case, "document", "")];
    format!("{}: not {judged}\n    {document}", text(case, "claim", ""))
}

fn all<'a>(table: &'a Table, name: &str) -> impl Iterator<Item = &'a Table> {
    table[name].as_array().into_iter().flatten().filter_map(toml::Value::as_table)
}

#[test]
fn the_practice_cloud_judges_as_alibaba_cloud_documents() {
    let table: Table = ALIYUN.parse().unwrap();
    let mut count = 0;
    let mut found = Vec::new();
    for case in all(&table, "cases") {
        let Some(judged) = judged(case) else { continue };
        count += 1;
        if judged != text(case, "expected", "") {
            found.push(told(&table, case, judged));
        }
    }
    assert!(found.is_empty(), "{} of {count} cases:\n{}", found.len(), found.join("\n"));
    assert!(count >= 70, "{count}");
}

#[test]
fn what_the_practice_cloud_calls_public_is_what_alibaba_cloud_documents() {
    let table: Table = ALIYUN.parse().unwrap();
    for case in all(&table, "exposures").filter(|case| case.contains_key("statements")) {
        let policy = Policy::parse(&document(case), PolicyKind::Bucket).unwrap();
        let blocked = case.contains_key("bucket_block") || case.contains_key("account_block");
        let is_public = text(case, "by", "") == "PolicyAllow" || blocked;
        assert_eq!(policy.is_public(), is_public, "{}", told(&table, case, "so"));
    }
}
