//! The providers' own clients against the storage services, and what the log says of them afterwards.

use std::time::Duration;

use claviger_sandbox::Settings;

use crate::client::{Practice, fields};
use crate::judge::judge;

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
async fn boto3_and_the_aws_command_do_their_work() {
    let practice = Practice::start().await;
    practice.logged_bucket("s3-data", "s3-logs").await;
    if judge(&practice, "s3_calls.py", &[]).await {
        check_log(&practice, "s3-data", "s3-logs").await;
    }
}

#[tokio::test]
async fn archived_objects_are_read_once_they_are_restored_until_that_is_over() {
    let pace = |delay: Duration| Settings {
        restore_delay: delay,
        restore_day: Duration::from_secs(1),
        ..Settings::default()
    };
    let slow = Practice::start_with(pace(Duration::from_hours(1))).await;
    judge(&slow, "archives.py", &["slow"]).await;
    let quick = Practice::start_with(pace(Duration::from_millis(50))).await;
    judge(&quick, "archives.py", &["quick"]).await;
}

#[tokio::test]
async fn versions_and_delete_markers_are_kept_listed_and_removed_by_every_client() {
    judge(&Practice::start().await, "versions.py", &[]).await;
}
