//! Who in the world may read an object, computed, beside a Ceph RGW that is really asked by nobody: random
//! lists of objects and buckets, policies and blocks of buckets, set by the official client in either order. No
//! disagreement. A list that is inherited is OSS's alone, and a block of the account AWS's and OSS's: Ceph has neither.

use std::path::Path;
use std::process::Command;

use claviger_cloud::BucketRef;
use claviger_model::Provider;
use claviger_respond::exposure::{self, Deciding};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::ceph::{Cluster, OWNER, cloud, is_installed};
use super::{free_port, part, until_it_answers};

/// Settings that are tried; each takes the gateway some 50 ms.
const CASES: usize = 150;

const OBJECT: &str = "a/1.txt";

/// One statement. `BUCKET` stands for the bucket's name.
fn statement() -> impl Strategy<Value = Value> {
    let principals =
        vec![json!("*"), json!({ "AWS": "*" }), json!({ "AWS": ["arn:aws:iam:::user/owner"] })];
    let actions = vec![
        json!("s3:GetObject"),
        json!(["s3:Get*"]),
        json!("s3:*"),
        json!("s3:PutObject"),
        json!(["s3:ListBucket", "s3:GetObject"]),
    ];
    let resources = ["BUCKET/*", "BUCKET/a/*", "BUCKET/b/*", "BUCKET", "BUCKET/?/1.txt"];
    let conditions = vec![
        None,
        Some(json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } })),
        Some(json!({ "IpAddress": { "aws:SourceIp": "10.1.0.0/16" } })),
        Some(json!({ "NotIpAddress": { "aws:SourceIp": "10.1.0.0/16" } })),
        Some(json!({ "NotIpAddress": { "aws:SourceIp": "0.0.0.0/0" } })),
    ];
    let of = |all: Vec<Value>| prop::sample::select(all);
    (
        prop::sample::select(vec!["Allow", "Allow", "Deny"]),
        of(principals),
        of(actions),
        prop::sample::select(resources.to_vec()),
        prop::sample::select(conditions),
    )
        .prop_map(|(effect, principal, action, resource, condition)| {
            let resource = format!("arn:aws:s3:::{resource}");
            let mut statement = json!({ "Effect": effect, "Principal": principal, "Action": action,
                "Resource": resource });
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        })
}

/// Lists, a policy and a block.
fn case() -> impl Strategy<Value = Value> {
    let ready_made = ["private", "public-read", "public-read-write", "authenticated-read"];
    let acls = || prop::sample::select(ready_made.to_vec());
    let policy = prop::option::weighted(0.7, prop::collection::vec(statement(), 1..4));
    let halves = prop::option::weighted(0.5, prop::array::uniform4(any::<bool>()));
    // A block that stands first refuses some of what comes behind it.
    (acls(), acls(), policy, halves, any::<bool>()).prop_map(
        |(object, bucket, policy, halves, first)| {
            json!({ "object_acl": object, "bucket_acl": bucket, "policy": policy,
                "block": halves, "block_first": first })
        },
    )
}

/// Sets each case in a bucket of its own and asks for its object without a signature: the status of each.
fn tried(endpoint: &str, folder: &Path, cases: &[Value]) -> Option<Vec<u64>> {
    let python = part("CLAVIGER_TEST_PYTHON", "python", "boto3")?;
    let file = folder.join("cases.json");
    std::fs::write(&file, json!(cases).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/anonymous_reads.py");
    let output = Command::new(python)
        .arg(script)
        .args([endpoint, OWNER.0, OWNER.1, OBJECT])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_an_object_is_computed_as_a_running_gateway_decides() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = free_port();
    let ceph = folder.path().join("ceph");
    std::fs::create_dir(&ceph).unwrap();
    let cluster = Cluster::start(&ceph, gateway);
    let endpoint = format!("http://127.0.0.1:{gateway}");
    let owner = cloud(&endpoint, OWNER);
    until_it_answers(owner.as_ref()).await;
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Value> =
        (0..CASES).map(|_| case().new_tree(&mut runner).unwrap().current()).collect();
    let Some(statuses) = tried(&endpoint, folder.path(), &cases) else { return };
    let (mut readable, mut unknown) = (0, 0);
    let mut wrong = Vec::new();
    for (number, status) in statuses.iter().enumerate() {
        let name = format!("case-{number}");
        let bucket = BucketRef { name: name.clone(), region: "default".to_owned(), endpoint: None };
        let settings = owner.public_settings(&bucket).await.unwrap();
        // A policy may refuse its owner, too: what cannot be read is not judged.
        let own = owner.object_acl(&bucket, OBJECT).await.ok();
        let told = exposure::of_object(Provider::S3, &settings, (&name, OBJECT), own);
        if !settings.unread.is_empty() || told.by == Deciding::Unknown {
            unknown += 1;
            continue;
        }
        readable += usize::from(told.is_public);
        if told.is_public != (*status == 200) {
            wrong.push(format!("{status} but {told:?}: {}", cases[number]));
        }
    }
    assert!(wrong.is_empty(), "{} of {CASES}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unknown < CASES / 4, "{unknown} cannot be read");
    assert!((CASES / 10..CASES * 9 / 10).contains(&readable), "{readable} can be read");
    drop(cluster);
}
