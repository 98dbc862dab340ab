//! The providers' own clients against the practice cloud, and what its log says of them afterwards.
//!
//! They are Python packages (`tests/judges/requirements.txt`) in the environment of
//! `CLAVIGER_TEST_PYTHON`, else in `target/parts/venv`. Without one they are skipped, loudly; with
//! `CLAVIGER_TEST_REQUIRE_PARTS=1` that is a failure.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::client::{Practice, fields};

#[expect(clippy::print_stderr, reason = "a judge that does not sit must be seen")]
fn python() -> Option<PathBuf> {
    let target = || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        target.unwrap_or_else(|| root.join("target")).join("parts/venv/bin/python")
    };
    let path = std::env::var_os("CLAVIGER_TEST_PYTHON").map_or_else(target, PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    let required =
        std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|value| value == "1");
    assert!(!required, "no Python at {}: the judges cannot sit", path.display());
    eprintln!("SKIPPED: no Python at {}: the official clients judge nothing", path.display());
    None
}

/// Runs a judge to its end; `false` when there is no Python.
#[expect(clippy::print_stderr, reason = "how much a judge checked is worth seeing")]
async fn judge(practice: &Practice, script: &str, words: &[&str]) -> bool {
    let Some(python) = python() else { return false };
    let endpoints = practice.sandbox.endpoints();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    let ended = Command::new(python)
        .arg(folder.join(script))
        .args(words)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("JUDGE_OSS_ENDPOINT", &endpoints.oss)
        .env("JUDGE_S3_ENDPOINT", &endpoints.s3)
        .env("JUDGE_RAM_ENDPOINT", &endpoints.ram)
        .env("JUDGE_KEY_ID", &practice.root.access_key_id)
        .env("JUDGE_KEY_SECRET", practice.root.secret.reveal())
        .env("JUDGE_REGION", practice.sandbox.region())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{script} {words:?}\n{said}\n{complained}");
    eprintln!("{script} {words:?}: {said}");
    true
}

/// What every line of a judge's bucket must hold, whatever the judge did.
async fn check_log(practice: &Practice, bucket: &str, target: &str) {
    let mut lines = Vec::new();
    for _ in 0..50 {
        lines = practice.log_lines(bucket, target).await;
        if lines.iter().any(|line| line.contains("\"BucketNotEmpty\"")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let root = practice.root.access_key_id.as_str();
    let count = |operation: &str, status: &str, key: &str| {
        let of = |line: &&String| {
            let fields = fields(line);
            assert_eq!(fields.len(), 29, "{line}");
            fields[14] == operation && fields[5] == status && fields[27] == key
        };
        lines.iter().filter(of).count()
    };
    assert!(count("GetObject", "206", root) >= 1, "{lines:#?}");
    assert!(count("PutObject", "200", root) >= 10, "{lines:#?}");
    assert!(count("GetBucket", "200", root) >= 4, "{lines:#?}");
    assert!(count("DeleteObjects", "200", root) == 1, "{lines:#?}");
    assert!(count("GetObject", "403", "LTAI5tMadeUpUnknownKey01") == 1, "{lines:#?}");
    assert!(count("GetObject", "403", root) >= 1, "the wrong secret: {lines:#?}");
    assert!(count("DeleteBucket", "409", root) == 1, "{lines:#?}");
}

async fn oss_judge(script: &str, version: &str, prefix: &str) {
    let practice = Practice::start().await;
    if judge(&practice, script, &[version]).await {
        let (bucket, target) =
            (format!("{prefix}-{version}-data"), format!("{prefix}-{version}-logs"));
        check_log(&practice, &bucket, &target).await;
    }
}

#[tokio::test]
async fn oss2_does_its_work_with_signature_v1() {
    oss_judge("oss2_calls.py", "v1", "oss2").await;
}

#[tokio::test]
async fn oss2_does_its_work_with_signature_v4() {
    oss_judge("oss2_calls.py", "v4", "oss2").await;
}

#[tokio::test]
async fn oss_v2_does_its_work_with_signature_v1() {
    oss_judge("oss_v2_calls.py", "v1", "ossv2").await;
}

#[tokio::test]
async fn oss_v2_does_its_work_with_signature_v4() {
    oss_judge("oss_v2_calls.py", "v4", "ossv2").await;
}

#[tokio::test]
async fn the_clients_of_ram_do_their_work_with_both_signatures() {
    let practice = Practice::start().await;
    judge(&practice, "ram_calls.py", &[]).await;
}

#[tokio::test]
async fn boto3_and_the_aws_command_do_their_work() {
    let practice = Practice::start().await;
    practice.logged_bucket("s3-data", "s3-logs").await;
    if judge(&practice, "s3_calls.py", &[]).await {
        check_log(&practice, "s3-data", "s3-logs").await;
    }
}
