//! What is kept over a restart.

use std::os::unix::fs::PermissionsExt;

use claviger_sandbox::{Sandbox, Settings};

use crate::client::{Ask, Practice};

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
async fn a_change_is_kept_without_a_stop_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = Practice::start_with(settings(folder.path())).await;
    first.done(Ask::new("PUT", "kept", "")).await;
    first.done(Ask::new("PUT", "kept", KEY).body(b"hello")).await;
    let snapshot = folder.path().join("world.json");
    for _ in 0..100 {
        if std::fs::read_to_string(&snapshot).unwrap().contains("two") {
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
