//! What a policy says of a request, beside servers that really enforce it: policies of buckets with addresses
//! and prefixes on a Ceph RGW, policies of users on moto with its authorization on. No disagreement.

use std::path::Path;
use std::process::Command;

use claviger_respond::policy::{Fact, Facts, Policy, Request, Verdict, Who};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::ceph::{Cluster, LEAKY, OWNER, cloud, is_installed};
use super::{free_port, moto, part, until_it_answers};

/// Policies that are tried, each with every request.
const CASES: usize = 150;

/// Made up.
const ROOT: (&str, &str) = ("AKIAMADEUPOFTHETESTS", "madeUpSecretOfTheTests0000000000000000000");

/// What the client calls itself.
const AGENT: &str = "claviger-judge/1";

fn of(all: Vec<Value>) -> impl Strategy<Value = Value> {
    prop::sample::select(all)
}

/// An element or its opposite, of one value or several.
fn element(name: &'static str, values: Vec<Value>) -> impl Strategy<Value = (String, Value)> {
    (prop::bool::weighted(0.2), of(values)).prop_map(move |(negated, value)| {
        (if negated { format!("Not{name}") } else { name.to_owned() }, value)
    })
}

fn actions() -> Vec<Value> {
    vec![
        json!("s3:GetObject"),
        json!(["s3:Get*"]),
        json!("s3:*"),
        json!("*"),
        json!("s3:PutObject"),
        json!(["s3:ListBucket", "s3:GetObject"]),
        json!(["s3:DeleteObject", "s3:PutObject"]),
    ]
}

fn resources() -> Vec<Value> {
    let name = |path: &str| format!("arn:aws:s3:::{path}");
    let lists = [
        &["BUCKET", "BUCKET/*"][..],
        &["BUCKET/*"],
        &["BUCKET/a/*"],
        &["BUCKET/b/*", "BUCKET/*/1.txt"],
        &["BUCKET"],
        &["*"],
        &["elsewhere/*"],
    ];
    lists.iter().map(|list| json!(list.iter().map(|path| name(path)).collect::<Vec<_>>())).collect()
}

/// Every request, from every address that the policies name or do not.
fn requests(addresses: &[Option<&str>]) -> Vec<Value> {
    let mut all = Vec::new();
    for address in addresses {
        let asks = [
            json!({ "action": "GetObject", "object": "a/1.txt" }),
            json!({ "action": "GetObject", "object": "b/2.txt" }),
            json!({ "action": "PutObject", "object": "a/new.txt" }),
            json!({ "action": "DeleteObject", "object": "c/none.txt" }),
            json!({ "action": "ListBucket" }),
            json!({ "action": "ListBucket", "prefix": "a/" }),
        ];
        all.extend(asks.map(|mut ask| {
            if let Some(address) = address {
                ask["address"] = json!(address);
            }
            ask
        }));
    }
    all
}

/// Whether the evaluator lets a request pass.
fn is_allowed(policy: &Policy, who: Who<'_>, bucket: &str, request: &Value) -> bool {
    let text = |name: &str| request[name].as_str();
    let mut facts = Facts::of_stranger()
        .with("sourceip", text("address").map_or(Fact::Absent, Fact::Is))
        .with("useragent", Fact::Is(AGENT))
        .with("securetransport", Fact::Absent)
        .with("referer", Fact::Absent);
    if let Some(prefix) = text("prefix") {
        facts = facts.with("s3:prefix", Fact::Is(prefix));
    }
    let action = format!("s3:{}", text("action").unwrap());
    let path = match text("object") {
        Some(object) => format!("{bucket}/{object}"),
        None => bucket.to_owned(),
    };
    let request = Request { who, action: &action, path: &path, facts };
    matches!(policy.judge(&request), Verdict::Allowed(_))
}

/// Compares; how many requests a server let pass, of how many.
fn agreed(
    cases: &[Value],
    told: &Value,
    who: Who<'_>,
    bucket: impl Fn(usize) -> String,
) -> (usize, usize) {
    let (mut passed, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for (number, (case, answers)) in cases.iter().zip(told.as_array().unwrap()).enumerate() {
        let Some(answers) = answers.as_array() else { continue };
        let bucket = bucket(number);
        let text = case["policy"].to_string().replace("BUCKET", &bucket);
        let policy = Policy::parse(&text).unwrap();
        for (request, answer) in case["requests"].as_array().unwrap().iter().zip(answers) {
            all += 1;
            passed += usize::from(answer == true);
            if is_allowed(&policy, who, &bucket, request) != (answer == true) {
                wrong.push(format!("{answer}: {request} under {text}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {all}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
    (passed, all)
}

/// What the official client is let do, by case and request.
fn tried(folder: &Path, words: [&str; 6], cases: &[Value]) -> Option<Value> {
    let python = part("CLAVIGER_TEST_PYTHON", "python", "boto3")?;
    let file = folder.join("cases.json");
    std::fs::write(&file, json!(cases).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/policy_requests.py");
    let output = Command::new(python).arg(script).args(words).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn drawn(policies: impl Strategy<Value = Value>, addresses: &[Option<&str>]) -> Vec<Value> {
    let mut runner = TestRunner::deterministic();
    let draw = |_| {
        let policy = policies.new_tree(&mut runner).unwrap().current();
        json!({ "policy": policy, "requests": requests(addresses) })
    };
    (0..CASES).map(draw).collect()
}

fn policy(statements: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec(statements, 1..4)
        .prop_map(|all| json!({ "Version": "2012-10-17", "Statement": all }))
}

/// One statement of a bucket. Three things that Amazon documents Ceph 16.2 does not do, so that they are not
/// asked here: a statement with `NotAction` never speaks; of a key that a request has not, a negation
/// (`StringNotEquals` of `s3:prefix`) does not hold; `Null` holds as `true` whatever it says.
fn of_bucket() -> impl Strategy<Value = Value> {
    let (owner, leaky) = ("arn:aws:iam:::user/owner", "arn:aws:iam:::user/leaky");
    let principals = vec![
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": [leaky] }),
        json!({ "AWS": [owner, leaky] }),
        json!({ "AWS": owner }),
    ];
    let conditions = vec![
        None,
        Some(json!({ "IpAddress": { "aws:SourceIp": ["10.1.0.0/16", "192.0.2.7"] } })),
        Some(json!({ "NotIpAddress": { "aws:SourceIp": "10.1.0.0/16" } })),
        Some(json!({ "NotIpAddress": { "aws:SourceIp": ["10.1.0.0/16", "198.51.100.0/24"] } })),
        Some(json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } })),
        Some(json!({ "StringEquals": { "s3:prefix": "a/" } })),
        Some(json!({ "StringLike": { "s3:prefix": ["a*", "b*"] } })),
        Some(json!({ "StringEqualsIfExists": { "s3:prefix": "b/" } })),
        Some(json!({ "Null": { "s3:prefix": "true" } })),
        Some(json!({ "StringLike": { "aws:UserAgent": "claviger-*" } })),
        Some(json!({ "StringNotLike": { "aws:UserAgent": "claviger-*" },
            "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } })),
    ];
    (
        of(vec![json!("Allow"), json!("Allow"), json!("Deny")]),
        of(principals),
        of(actions()),
        element("Resource", resources()),
        prop::sample::select(conditions),
    )
        .prop_map(|(effect, principal, actions, (resource, resources), condition)| {
            let mut statement = json!({ "Effect": effect, "Principal": principal,
                "Action": actions, resource: resources });
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buckets_policy_is_judged_as_a_running_gateway_enforces_it() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = free_port();
    let ceph = folder.path().join("ceph");
    std::fs::create_dir(&ceph).unwrap();
    let cluster = Cluster::start_behind_a_proxy(&ceph, gateway);
    let endpoint = format!("http://127.0.0.1:{gateway}");
    let owner = cloud(&endpoint, OWNER);
    until_it_answers(owner.as_ref()).await;
    let addresses = [Some("10.1.2.3"), Some("192.0.2.7"), Some("198.51.100.9")];
    let cases = drawn(policy(of_bucket()), &addresses);
    let words = ["bucket", &endpoint, OWNER.0, OWNER.1, LEAKY.0, LEAKY.1];
    let Some(told) = tried(folder.path(), words, &cases) else { return };
    let who = Who::User { names: &["arn:aws:iam:::user/leaky"], account: &[] };
    let (passed, all) = agreed(&cases, &told, who, |number| format!("case-{number}"));
    assert!(all > CASES * 18 / 2 && (all / 10..all * 9 / 10).contains(&passed), "{passed}/{all}");
    drop(cluster);
}

/// One statement of a user. moto has no `NotResource` and no `Condition` of users' policies, and reads `?` as
/// a regular expression does.
fn of_user() -> impl Strategy<Value = Value> {
    (
        of(vec![json!("Allow"), json!("Allow"), json!("Deny")]),
        element("Action", actions()),
        of(resources()),
    )
        .prop_map(|(effect, (action, actions), resources)| {
            json!({ "Effect": effect, action: actions, "Resource": resources })
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_policy_is_judged_as_moto_enforces_it() {
    let Some((server, endpoint)) = moto::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let cases = drawn(policy(of_user()), &[None]);
    let words = ["user", &endpoint, ROOT.0, ROOT.1, "", ""];
    let Some(told) = tried(folder.path(), words, &cases) else { return };
    let (passed, all) = agreed(&cases, &told, Who::Bound, |_| "bucket".to_owned());
    assert!(all == CASES * 6 && (all / 10..all * 9 / 10).contains(&passed), "{passed}/{all}");
    drop(server);
}
