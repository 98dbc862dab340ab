//! Who in the world may read an object of OSS, computed, beside the practice cloud that is really asked by nobody: random
//! lists (an object may inherit its bucket's), policies, and blocks of bucket and account. No disagreement.

use std::io::{Read, Write};
use std::net::TcpStream;

use claviger_cloud::{Cloud, Listed};
use claviger_model::{Acl, Provider, PublicAccessBlock};
use claviger_respond::exposure::{self, Deciding};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::stage::{Stage, bucket};

/// Settings that are tried.
const CASES: usize = 200;

const OBJECT: &str = "a/1.txt";

#[derive(Debug, Clone)]
struct Case {
    object: Acl,
    bucket: Acl,
    policy: Option<Vec<Value>>,
    bucket_block: bool,
    account_block: bool,
}

/// One statement. `BUCKET` stands for the bucket's name.
fn statement() -> impl Strategy<Value = Value> {
    let of = |all: Vec<Value>| prop::sample::select(all);
    let resources = ["BUCKET/*", "BUCKET/a/*", "BUCKET/b/*", "BUCKET"];
    // OSS takes a condition on addresses only beside one on private networks.
    let address = |operator: &str, network: &str| {
        json!({ operator: { "acs:SourceIp": [network] },
            "StringNotLike": { "acs:SourceVpc": ["vpc-*"] } })
    };
    let conditions = vec![
        Value::Null,
        address("IpAddress", "0.0.0.0/0"),
        address("IpAddress", "10.1.0.0/16"),
        address("NotIpAddress", "10.1.0.0/16"),
    ];
    (
        prop::sample::select(vec!["Allow", "Allow", "Deny"]),
        of(vec![json!(["*"]), json!(["20214760404935xxxx"])]),
        of(vec![json!(["oss:GetObject"]), json!(["oss:Get*"]), json!(["oss:PutObject"])]),
        prop::sample::select(resources.to_vec()),
        of(conditions),
    )
        .prop_map(|(effect, principal, action, resource, condition)| {
            let resource = format!("acs:oss:*:*:{resource}");
            let mut statement = json!({ "Effect": effect, "Principal": principal, "Action": action,
                "Resource": [resource] });
            if !condition.is_null() {
                statement["Condition"] = condition;
            }
            statement
        })
}

fn case() -> impl Strategy<Value = Case> {
    let own = vec![Acl::Default, Acl::Default, Acl::Private, Acl::PublicRead, Acl::PublicReadWrite];
    let buckets = vec![Acl::Private, Acl::PublicRead, Acl::PublicReadWrite];
    (
        prop::sample::select(own),
        prop::sample::select(buckets),
        prop::option::weighted(0.6, prop::collection::vec(statement(), 1..3)),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(object, bucket, policy, bucket_block, account_block)| Case {
            object,
            bucket,
            policy,
            bucket_block,
            account_block,
        })
}

/// Sets a case in a bucket of its own; blocks come last, since they refuse what would open the bucket.
async fn furnish(owner: &dyn Cloud, name: &str, case: &Case) {
    let place = bucket(name);
    owner.set_public_access_block(None, Some(PublicAccessBlock::all(false))).await.unwrap();
    owner.create_bucket(&place).await.unwrap();
    owner.set_acl(Listed { bucket: &place, object: None }, case.bucket).await.unwrap();
    owner.put_object(&place, OBJECT, b"made up".to_vec(), None).await.unwrap();
    owner.set_acl(Listed { bucket: &place, object: Some(OBJECT) }, case.object).await.unwrap();
    if let Some(statements) = &case.policy {
        let policy = json!({ "Version": "1", "Statement": statements }).to_string();
        let policy = policy.replace("BUCKET", name);
        owner.set_bucket_policy(&place, Some(&policy)).await.unwrap();
    }
    for (of, on) in [(Some(&place), case.bucket_block), (None, case.account_block)] {
        owner.set_public_access_block(of, Some(PublicAccessBlock::all(on))).await.unwrap();
    }
}

/// The status that somebody gets who signs nothing.
fn anonymous(endpoint: &str, name: &str) -> u16 {
    let host = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{name}/{OBJECT} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer);
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_an_object_of_oss_is_computed_as_the_practice_cloud_decides() {
    let stage = Stage::set().await;
    let owner = stage.owner();
    let endpoint = stage.sandbox.endpoints().oss.clone();
    let mut runner = TestRunner::deterministic();
    let mut by: Vec<Deciding> = Vec::new();
    let (mut wrong, mut unknown) = (Vec::new(), 0);
    for number in 0..CASES {
        let case = case().new_tree(&mut runner).unwrap().current();
        let name = format!("case-{number}");
        furnish(owner.as_ref(), &name, &case).await;
        let status = tokio::task::block_in_place(|| anonymous(&endpoint, &name));
        let settings = owner.public_settings(&bucket(&name)).await.unwrap();
        let own = owner.object_acl(&bucket(&name), OBJECT).await.ok();
        let told = exposure::of_object(Provider::Aliyun, &settings, (&name, OBJECT), own);
        // A policy may refuse its owner, too: what cannot be read is not judged.
        if !settings.unread.is_empty() || told.by == Deciding::Unknown {
            unknown += 1;
            continue;
        }
        by.push(told.by);
        if told.is_public != (status == 200) {
            wrong.push(format!("{status} but {told:?}: {case:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {CASES}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unknown < CASES / 4, "{unknown} cannot be read");
    for each in [
        Deciding::PolicyDeny,
        Deciding::PolicyAllow,
        Deciding::AccountBlock,
        Deciding::BucketBlock,
        Deciding::ObjectAcl,
        Deciding::BucketAcl,
    ] {
        assert!(by.contains(&each), "nothing was decided by {each:?}");
    }
}
