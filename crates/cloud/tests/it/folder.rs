//! A folder is a bucket, and nothing outside it is.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud, Settings};
use claviger_model::{AccessKeyId, CloudKeyStatus, Provider};

use crate::script::open;

fn cloud(path: &Path) -> Arc<dyn Cloud> {
    open(&settings(path)).unwrap()
}

fn settings(path: &Path) -> Settings {
    Settings {
        provider: Provider::Folder,
        region: String::new(),
        endpoint: Some(path.to_str().unwrap().to_owned()),
        accounts_endpoint: None,
        credentials: None,
    }
}

async fn bucket(cloud: &Arc<dyn Cloud>) -> BucketRef {
    cloud.list_buckets().await.unwrap()[0].reference()
}

/// Every name, listed in pages of `max`.
async fn names(cloud: &Arc<dyn Cloud>, prefix: &str, max: u32) -> Vec<String> {
    let bucket = bucket(cloud).await;
    let mut names = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = cloud.list_objects(&bucket, prefix, None, next.as_deref(), max).await.unwrap();
        assert!(page.objects.len() <= max as usize);
        names.extend(page.objects.into_iter().map(|object| object.name));
        match page.next {
            Some(token) => next = Some(token),
            None => return names,
        }
    }
}

#[tokio::test]
async fn what_is_written_is_listed_read_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud(folder.path());
    let bucket = bucket(&cloud).await;
    for name in ["b/c", "a", "b-1", "b/a/x", "quote\"'<b>\n&", "b0"] {
        cloud.put_object(&bucket, name, name.as_bytes().to_vec(), None).await.unwrap();
    }
    let expected = ["a", "b-1", "b/a/x", "b/c", "b0", "quote\"'<b>\n&"];
    for max in [1, 2, 3, 1000] {
        assert_eq!(names(&cloud, "", max).await, expected, "pages of {max}");
    }
    assert_eq!(names(&cloud, "b/", 1).await, ["b/a/x", "b/c"]);
    assert_eq!(names(&cloud, "b", 1000).await, ["b-1", "b/a/x", "b/c", "b0"]);
    let behind = cloud.list_objects(&bucket, "", Some("b/a/x"), None, 2).await.unwrap();
    assert_eq!(behind.objects[0].name, "b/c");

    let info = cloud.head_object(&bucket, "b/c").await.unwrap().unwrap();
    assert_eq!((info.bytes, info.name.as_str()), (3, "b/c"));
    assert_eq!(cloud.read_object(&bucket, "b/c", 1..9).await.unwrap(), b"/c");
    assert_eq!(cloud.read_object(&bucket, "b/c", 9..12).await.unwrap(), b"");
    cloud.delete_object(&bucket, "b/c").await.unwrap();
    cloud.delete_object(&bucket, "b/c").await.unwrap();
    assert_eq!(cloud.head_object(&bucket, "b/c").await.unwrap(), None);
    assert_eq!(cloud.head_object(&bucket, "b/a").await.unwrap(), None);
    let error = cloud.read_object(&bucket, "b/c", 0..1).await.unwrap_err();
    assert_eq!(error.code(), "not_found");
}

#[tokio::test]
async fn links_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("d")).unwrap();
    fs::write(outside.path().join("d/secret"), "s").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud(folder.path());
    let bucket = bucket(&cloud).await;
    std::os::unix::fs::symlink(outside.path().join("d/secret"), folder.path().join("file"))
        .unwrap();
    std::os::unix::fs::symlink(outside.path().join("d"), folder.path().join("dir")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("round")).unwrap();
    fs::write(folder.path().join("mine"), "m").unwrap();
    assert_eq!(names(&cloud, "", 10).await, ["mine"]);
    for name in
        ["file", "dir/secret", "round/mine", "../x", "a/../../x", "/etc/passwd", "a//b", ".", ""]
    {
        let error = cloud.read_object(&bucket, name, 0..9).await.unwrap_err();
        assert_eq!(error.code(), "denied", "{name}");
        let error = cloud.put_object(&bucket, name, Vec::new(), None).await.unwrap_err();
        assert_eq!(error.code(), "denied", "{name}");
    }
    assert_eq!(fs::read(outside.path().join("d/secret")).unwrap(), b"s");
}

#[tokio::test]
async fn a_name_that_is_no_text_is_listed_and_read_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.txt"));
    fs::write(raw, "found").unwrap();
    let cloud = cloud(folder.path());
    let bucket = bucket(&cloud).await;
    let names = names(&cloud, "", 10).await;
    assert_eq!(names, ["caf\u{fffd}.txt"]);
    assert_eq!(cloud.read_object(&bucket, &names[0], 0..9).await.unwrap(), b"found");
}

#[tokio::test]
async fn a_change_changes_the_etag() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud(folder.path());
    let bucket = bucket(&cloud).await;
    cloud.put_object(&bucket, "a", b"1".to_vec(), None).await.unwrap();
    let before = cloud.head_object(&bucket, "a").await.unwrap().unwrap();
    cloud.put_object(&bucket, "a", b"22".to_vec(), None).await.unwrap();
    let after = cloud.head_object(&bucket, "a").await.unwrap().unwrap();
    assert_ne!(before.etag, after.etag);
}

#[tokio::test]
async fn a_folder_has_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud(folder.path());
    let id = AccessKeyId::parse("LTAI5tFake").unwrap();
    let error = cloud.set_key_status("a", &id, CloudKeyStatus::Inactive).await.unwrap_err();
    assert_eq!(error.code(), "not_supported");
    assert_eq!(error.to_string(), "Folder cannot change a key's status");
    assert_eq!(cloud.provider(), Provider::Folder);
}

#[test]
fn a_folder_that_is_not_there_is_not_connected() {
    let folder = tempfile::tempdir().unwrap();
    let Err(error) = open(&settings(&folder.path().join("no"))) else { panic!("connected") };
    assert_eq!(error.code(), "not_found");
}
