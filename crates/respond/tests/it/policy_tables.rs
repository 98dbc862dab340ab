//! What the vendors document of their policies, held against the evaluator: `policy_tables/*.toml` are the cases, each
//! with the document that it is taken from.

use std::collections::BTreeMap;

use claviger_model::{Acl, Provider, PublicAccessBlock, PublicSettings};
use claviger_respond::exposure::{Deciding, of_object};
use claviger_respond::policy::{Fact, Facts, Policy, Request, Verdict, Who};
use serde::Deserialize;

const AWS: &str = include_str!("policy_tables/aws.toml");
const ALIYUN: &str = include_str!("policy_tables/aliyun.toml");

/// Ada of AWS, and whose user she is.
const ADA: &str = "arn:aws:iam::123456789012:user/ada";
const ACCOUNT: [&str; 2] = ["123456789012", "arn:aws:iam::123456789012:root"];

/// A user of RAM, and whose it is.
const RAM_USER: &str = "200000000000000001";
const RAM_ACCOUNT: [&str; 1] = ["100000000000000001"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    version: String,
    documents: BTreeMap<String, Document>,
    cases: Vec<Case>,
    exposures: Vec<Exposure>,
}

#[derive(Debug, Deserialize)]
struct Document {
    title: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    document: String,
    claim: String,
    version: Option<String>,
    statements: Option<String>,
    policy: Option<String>,
    #[serde(default)]
    who: Asking,
    action: Option<String>,
    path: Option<String>,
    #[serde(default)]
    context: BTreeMap<String, Known>,
    #[serde(default)]
    unnoted: Vec<String>,
    expected: Decision,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Asking {
    #[default]
    Bound,
    Ada,
    User,
    Owner,
    Stranger,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Known {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
enum Decision {
    #[serde(rename = "allow")]
    Allow,
    #[serde(rename = "deny")]
    Deny,
    #[serde(rename = "implicit deny")]
    ImplicitDeny,
    #[serde(rename = "undecided")]
    Undecided,
    #[serde(rename = "refused")]
    Refused,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exposure {
    document: String,
    claim: String,
    statements: Option<String>,
    acl: Option<Acl>,
    bucket_acl: Option<Acl>,
    #[serde(default)]
    bucket_block: Vec<String>,
    #[serde(default)]
    account_block: Vec<String>,
    is_public: bool,
    by: String,
}

impl Case {
    fn policy(&self, version: &str) -> String {
        let statements = self.statements.as_deref().unwrap_or_default();
        let version = self.version.as_deref().unwrap_or(version);
        self.policy.clone().unwrap_or_else(|| whole(version, statements))
    }

    /// What the evaluator says of it.
    fn judged(&self, version: &str, service: &str) -> Decision {
        let Ok(policy) = Policy::parse(&self.policy(version)) else { return Decision::Refused };
        let known: Vec<(String, Vec<&str>)> =
            self.context.iter().map(|(key, value)| (plain(key), value.texts())).collect();
        let unnoted: Vec<String> = self.unnoted.iter().map(|key| plain(key)).collect();
        let mut facts = Facts::complete();
        for ((key, texts), value) in known.iter().zip(self.context.values()) {
            facts = facts.with(key, value.fact(texts));
        }
        for key in &unnoted {
            facts = facts.with(key, Fact::Unknown);
        }
        let read = format!("{service}:GetObject");
        let request = Request {
            who: self.who.who(),
            action: self.action.as_deref().unwrap_or(&read),
            path: self.path.as_deref().unwrap_or("b/a.txt"),
            facts,
        };
        match policy.judge(&request) {
            Verdict::Denied(_) => Decision::Deny,
            Verdict::Allowed(_) => Decision::Allow,
            Verdict::Silent => Decision::ImplicitDeny,
            Verdict::Unknown(_) => Decision::Undecided,
        }
    }
}

impl Known {
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts.iter().map(String::as_str).collect(),
        }
    }

    fn fact<'a>(&self, texts: &'a [&'a str]) -> Fact<'a> {
        match self {
            Self::One(_) => Fact::Is(texts[0]),
            Self::Many(_) => Fact::Many(texts),
        }
    }
}

impl Asking {
    fn who(self) -> Who<'static> {
        match self {
            Self::Bound => Who::Bound,
            Self::Ada => Who::User { names: &[ADA], account: &ACCOUNT },
            Self::User => Who::User { names: &[RAM_USER], account: &RAM_ACCOUNT },
            Self::Owner => Who::User { names: &RAM_ACCOUNT, account: &[] },
            Self::Stranger => Who::Stranger,
        }
    }
}

impl Exposure {
    fn judged(&self, version: &str, provider: Provider) -> (bool, Deciding) {
        let settings = PublicSettings {
            acl: self.bucket_acl,
            policy: self.statements.as_deref().map(|statements| whole(version, statements)),
            bucket_block: block(&self.bucket_block),
            account_block: block(&self.account_block),
            ..PublicSettings::default()
        };
        let found = of_object(provider, &settings, ("b", "a.txt"), self.acl);
        (found.is_public, found.by)
    }
}

fn whole(version: &str, statements: &str) -> String {
    format!("{{\"Version\":\"{version}\",\"Statement\":[{statements}]}}")
}

fn block(halves: &[String]) -> Option<PublicAccessBlock> {
    let has = |name: &str| halves.iter().any(|half| half == name || half == "all");
    (!halves.is_empty()).then(|| PublicAccessBlock {
        block_public_acls: has("block_public_acls"),
        ignore_public_acls: has("ignore_public_acls"),
        block_public_policy: has("block_public_policy"),
        restrict_public_buckets: has("restrict_public_buckets"),
    })
}

/// The key as facts have it.
fn plain(key: &str) -> String {
    let key = key.to_ascii_lowercase();
    key.trim_start_matches("aws:").trim_start_matches("acs:").to_owned()
}

/// Every case of a table that is not as it is documented, with the document.
fn contradictions(text: &str, provider: Provider, service: &str) -> (usize, Vec<String>) {
    let table: Table = toml::from_str(text).unwrap();
    let mut found = Vec::new();
    let mut note = |document: &str, claim: &str, told: String| {
        let Document { title, address } = &table.documents[document];
        found.push(format!("{claim}: {told}\n    {title}\n    {address}"));
    };
    let mut count = 0;
    // Who owns a bucket is not asked of a policy that is drafted, or of who is a stranger.
    for case in table.cases.iter().filter(|case| case.who != Asking::Owner) {
        count += 1;
        let judged = case.judged(&table.version, service);
        if judged != case.expected {
            note(&case.document, &case.claim, format!("{:?}, not {judged:?}", case.expected));
        }
    }
    for case in &table.exposures {
        count += 1;
        let (is_public, by) = case.judged(&table.version, provider);
        if (is_public, format!("{by:?}")) != (case.is_public, case.by.clone()) {
            let told = format!("{} by {}, not {is_public} by {by:?}", case.is_public, case.by);
            note(&case.document, &case.claim, told);
        }
    }
    (count, found)
}

fn check(text: &str, provider: Provider, service: &str, least: usize) {
    let (count, found) = contradictions(text, provider, service);
    assert!(found.is_empty(), "{} of {count} cases:\n{}", found.len(), found.join("\n"));
    assert!(count >= least, "{count}");
}

#[test]
fn policies_of_aws_mean_what_is_documented() {
    check(AWS, Provider::Aws, "s3", 180);
}

#[test]
fn policies_of_alibaba_cloud_mean_what_is_documented() {
    check(ALIYUN, Provider::Aliyun, "oss", 90);
}
