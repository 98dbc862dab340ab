//! `claviger scan` on buckets of the practice cloud, and the check whether found keys work.

use std::process::Command;

use claviger_cloud::BucketRef;
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_sandbox::Sandbox;

use super::practice::{BUCKET, owner};
use super::{Ran, ran};

const PAIR: &str =
    "AccessKeyId: LTAI5tK9qW2mZ7rT4vB8nC3x\nAccessKeySecret: k3Jd8sPq2LmZx7VbN5tRwYc9HfGa4U\n";

/// A bucket with small objects, one that takes several ranges, and the key of its owner in one of them.
async fn stage() -> Sandbox {
    let sandbox = Sandbox::start(claviger_sandbox::Settings::default()).await.unwrap();
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    })
    .unwrap();
    let cloud = owner(&sandbox, &guard);
    let region = sandbox.region().to_owned();
    let bucket = BucketRef { name: BUCKET.to_owned(), region, endpoint: None };
    cloud.create_bucket(&bucket).await.unwrap();
    let mut large = vec![b'.'; 9 << 20];
    // Across the border of two ranges.
    large[(4 << 20) - 40..][..PAIR.len()].copy_from_slice(PAIR.as_bytes());
    let (id, secret) = sandbox.root_key().unwrap();
    let own = format!("AccessKeyId: {id}\nAccessKeySecret: {}\n", secret.reveal());
    let objects = [
        ("data/a b.txt", PAIR.as_bytes().to_vec()),
        ("data/large.bin", large),
        ("data/nothing.txt", b"nothing".to_vec()),
        ("other/own.txt", own.into_bytes()),
    ];
    for (name, content) in objects {
        cloud.put_object(&bucket, name, content, None).await.unwrap();
    }
    sandbox
}

fn scan(sandbox: &Sandbox, args: &[&str], wrong_secret: bool) -> Ran {
    let (id, secret) = sandbox.root_key().unwrap();
    let secret = if wrong_secret { "x".repeat(30) } else { secret.reveal().to_owned() };
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .env_clear()
        .arg("scan")
        .args(args)
        .env("OSS_ACCESS_KEY_ID", id.as_str())
        .env("OSS_ACCESS_KEY_SECRET", &secret)
        .env("OSS_REGION", sandbox.region())
        .env("OSS_ENDPOINT", &sandbox.endpoints().oss)
        .env("AWS_ACCESS_KEY_ID", id.as_str())
        .env("AWS_SECRET_ACCESS_KEY", &secret)
        .env("AWS_REGION", sandbox.region())
        .env("AWS_ENDPOINT_URL_S3", &sandbox.endpoints().s3);
    ran(command, b"")
}

fn uris(ran: &Ran) -> Vec<String> {
    let lines = ran.stdout.lines();
    let findings = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    findings.map(|finding| finding["location"]["uri"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_read_by_ranges_in_the_order_of_names() {
    let sandbox = stage().await;
    for scheme in ["oss", "s3"] {
        let address = format!("{scheme}://{BUCKET}/data/");
        let ran = scan(&sandbox, &["--format", "jsonl", &address], false);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("3 files"), "{}", ran.stderr);
        assert_eq!(uris(&ran), [format!("{address}a b.txt"), format!("{address}large.bin")]);
    }
    let ran = scan(&sandbox, &["--max-size", "1M", &format!("oss://{BUCKET}/data/l")], false);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("1 left out"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cloud_refuses_is_told_with_the_way_out() {
    let sandbox = stage().await;
    let ran = scan(&sandbox, &[&format!("oss://{BUCKET}/")], true);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    let ran = scan(&sandbox, &["oss://no-such-bucket-here/"], false);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_key_works_is_asked_only_when_wanted() {
    let sandbox = stage().await;
    let address = format!("oss://{BUCKET}/");
    let ran = scan(&sandbox, &["--format", "jsonl", &address], false);
    assert!(!ran.stdout.contains("\"live\""), "{}", ran.stdout);
    let endpoint = format!("aliyun={}", sandbox.endpoints().ram);
    let args = ["--format", "jsonl", "--check-live", "--sts-endpoint", &endpoint, &address];
    let ran = scan(&sandbox, &args, false);
    let lines = ran.stdout.lines();
    let findings: Vec<serde_json::Value> =
        lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let status = |uri: &str| {
        let of = |finding: &&serde_json::Value| {
            finding["location"]["uri"].as_str().unwrap().ends_with(uri)
        };
        findings.iter().find(of).unwrap()["live"].clone()
    };
    assert_eq!(status("own.txt")["status"], "active", "{}", ran.stderr);
    assert!(!status("own.txt")["arn"].as_str().unwrap().is_empty());
    assert_eq!(status("a b.txt")["status"], "refused");
    assert_eq!(status("a b.txt")["why"], status("large.bin")["why"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_object_is_told_and_not_asked_for() {
    let sandbox = stage().await;
    assert!(sandbox.archive(BUCKET, "other/own.txt"));
    let ran = scan(&sandbox, &[&format!("oss://{BUCKET}/other/")], false);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("other/own.txt: it is archived (`Archive`)"), "{}", ran.stderr);
    // A store that only speaks S3 may call so what it reads at once: it is asked, and its refusal told.
    let ran = scan(&sandbox, &[&format!("s3://{BUCKET}/other/")], false);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("InvalidObjectState"), "{}", ran.stderr);
}
