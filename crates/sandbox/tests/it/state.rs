//! What is kept over a restart.

use std::os::unix::fs::PermissionsExt;

use claviger_cloud::sign::Credentials;
use claviger_model::Secret;
use claviger_sandbox::{Sandbox, Settings};

use crate::client::{Ask, Practice, credentials};

const KEY: &str = "dir/\"two\nlines\".txt";

fn settings(folder: &std::path::Path) -> Settings {
    Settings { state: Some(folder.to_owned()), ..Settings::default() }
}

#[tokio::test]
async fn a_restart_keeps_keys_buckets_objects_and_waiting_log_lines() {
    let folder = tempfile::tempdir().unwrap();
    let slow = std::time::Duration::from_secs(3600);
    let first = Practice::start_with(Settings { log_interval: slow, ..settings(folder.path()) });
    let first = first.await;
    first.logged_bucket("kept", "kept-logs").await;
    let reader = first.user("reader", "AliyunOSSReadOnlyAccess").await;
    first.done(Ask::new("PUT", "kept", KEY).body(b"hello")).await;
    let root = first.root.access_key_id.clone();
    first.sandbox.stop().await.unwrap();

    let second = Practice::start_with(settings(folder.path())).await;
    assert_eq!(second.root.access_key_id, root);
    let answer = second.oss(&reader, Ask::new("GET", "kept", KEY)).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
    let lines = second.log_lines("kept", "kept-logs").await;
    assert!(lines.iter().any(|line| line.contains("\"PutObject\"")), "{lines:?}");
}

#[tokio::test]
async fn a_log_line_that_waits_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let slow = std::time::Duration::from_secs(3600);
    let first = Practice::start_with(Settings { log_interval: slow, ..settings(folder.path()) });
    let first = first.await;
    first.logged_bucket("kept", "kept-logs").await;
    let answer = first.done(Ask::new("PUT", "kept", KEY).body(b"hello")).await;
    let id = answer.header("x-oss-request-id").unwrap().to_owned();
    let snapshot = folder.path().join("world.json");
    for _ in 0..100 {
        if std::fs::read_to_string(&snapshot).unwrap().contains(&id) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Nothing is said to it: its tasks end where they stand.
    drop(first);
    let second = Practice::start_with(Settings {
        log_interval: std::time::Duration::from_millis(20),
        ..settings(folder.path())
    });
    let line = second.await.log_line("kept", "kept-logs", &answer).await;
    assert!(line.contains("\"PutObject\""), "{line}");
}

#[tokio::test]
async fn a_change_is_kept_without_a_stop_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = Practice::start_with(settings(folder.path())).await;
    first.done(Ask::new("PUT", "kept", "")).await;
    first.done(Ask::new("PUT", "kept", KEY).body(b"hello")).await;
    let snapshot = folder.path().join("world.json");
    for _ in 0..100 {
        if std::fs::read_to_string(&snapshot).unwrap().contains("lines") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    drop(first);
    let mode = std::fs::metadata(&snapshot).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = Practice::start_with(settings(folder.path())).await;
    assert_eq!(second.done(Ask::new("GET", "kept", KEY)).await.text(), "hello");
}

#[tokio::test]
async fn the_bytes_of_a_removed_object_are_removed_too() {
    let folder = tempfile::tempdir().unwrap();
    let practice = Practice::start_with(settings(folder.path())).await;
    practice.done(Ask::new("PUT", "kept", "")).await;
    for key in ["same/1", "same/2", "other"] {
        practice.done(Ask::new("PUT", "kept", key).body(&key.as_bytes()[..4])).await;
    }
    for key in ["same/1", "other"] {
        practice.done(Ask::new("DELETE", "kept", key)).await;
    }
    practice.sandbox.stop().await.unwrap();
    let files = std::fs::read_dir(folder.path().join("objects")).unwrap();
    let contents = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    assert_eq!(contents.collect::<Vec<_>>(), [b"same"]);
}

#[tokio::test]
async fn a_damaged_snapshot_is_told_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("world.json");
    std::fs::write(&snapshot, "{").unwrap();
    let error = Sandbox::start(settings(folder.path())).await.unwrap_err();
    assert!(error.to_string().contains("world.json"));
    assert!(!error.hint().is_empty());
    assert_eq!(std::fs::read_to_string(&snapshot).unwrap(), "{");
}

#[tokio::test]
async fn a_restart_keeps_restrictions_temporary_keys_versions_and_deleted_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = Practice::start_with(settings(folder.path())).await;
    first.done(Ask::new("PUT", "kept", "")).await;
    let enable = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    first.done(Ask::new("PUT", "kept", "").query("versioning", "").body(enable)).await;
    let old = first.done(Ask::new("PUT", "kept", KEY).body(b"old")).await;
    let old = old.header("x-oss-version-id").unwrap().to_owned();
    first.done(Ask::new("DELETE", "kept", KEY)).await;

    let fenced = first.user("fenced", "AliyunOSSReadOnlyAccess").await;
    let uid = first.call(&fenced, "2015-04-01", "GetCallerIdentity", &[]).await;
    let uid = uid["AccountId"].as_str().unwrap().to_owned();
    let trust = format!(
        r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{{"RAM":["acs:ram::{uid}:root"]}}}}]}}"#
    );
    let create = [("RoleName", "reader"), ("AssumeRolePolicyDocument", trust.as_str())];
    first.ram("CreateRole", &create).await;
    let policy = [("PolicyName", "AliyunOSSReadOnlyAccess"), ("PolicyType", "System")];
    first.ram("AttachPolicyToRole", &[("RoleName", "reader"), policy[0], policy[1]]).await;
    let taker = first.user("taker", "AliyunSTSAssumeRoleAccess").await;
    let arn = format!("acs:ram::{uid}:role/reader");
    let take = [("RoleArn", arn.as_str()), ("RoleSessionName", "audit")];
    let taken = first.call(&taker, "2015-04-01", "AssumeRole", &take).await;
    let part = |name: &str| taken["Credentials"][name].as_str().unwrap().to_owned();
    let temporary = Credentials {
        security_token: Some(Secret::new(part("SecurityToken"))),
        ..credentials(&part("AccessKeyId"), &part("AccessKeySecret"))
    };
    let principal = format!("fenced@{uid}.onaliyun.com");
    let restrict = [
        ("UserPrincipalName", principal.as_str()),
        ("UserAccessKeyId", &fenced.access_key_id),
        (
            "AccessKeyPolicy",
            r#"{"Version":1,"Status":"Active","Statements":[
                {"Type":"ClassicWhiteList","IPList":["203.0.113.5"]}]}"#,
        ),
    ];
    first.call(&first.root, "2019-08-15", "SetAccessKeyPolicy", &restrict).await;
    let delete = [("UserName", "taker"), ("UserAccessKeyId", &taker.access_key_id)];
    first.ram("DeleteAccessKey", &delete).await;
    first.sandbox.stop().await.unwrap();

    let second = Practice::start_with(settings(folder.path())).await;
    let get = || Ask::new("GET", "kept", KEY).query("versionId", &old);
    assert_eq!(second.done(get()).await.text(), "old");
    assert_eq!(second.oss(&second.root, Ask::new("GET", "kept", KEY)).await.status, 404);
    assert_eq!(second.oss(&temporary, get()).await.text(), "old");
    assert_eq!(second.oss(&fenced, get()).await.status, 403);
    let near = get().header("x-sandbox-source-ip", "203.0.113.5");
    assert_eq!(second.oss(&fenced, near).await.text(), "old");
    let user = second.ram("GetUser", &[("UserName", "taker")]).await;
    let id = [("UserId", user["User"]["UserId"].as_str().unwrap())];
    let bin = second.call(&second.root, "2019-08-15", "ListAccessKeysInRecycleBin", &id).await;
    assert_eq!(bin["AccessKeys"]["AccessKey"][0]["AccessKeyId"], taker.access_key_id.as_str());
}
