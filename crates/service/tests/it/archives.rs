//! Objects in the archive of OSS, and of AWS as far as the practice cloud plays it: reported, never asked for in vain, read
//! once somebody had them restored.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use claviger_cloud::sign::{Parts, encode, oss_v4};
use claviger_cloud::{Cloud, Credentials, connect};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{Asset, AssetId, Authorization, Availability, Provider};
use claviger_sandbox::Settings;
use claviger_service::NewConnection;
use claviger_store::assets::AssetFilter;
use claviger_store::objects::{ObjectRow, ObjectState};

use super::stage::{BUCKET, LOG_BUCKET, Stage, bucket, until};

/// Objects that a look at what could not be read does not get through one by one.
const MANY: usize = 25;

/// The pair of a user of its own, in a file that is moved into the archive at once.
async fn archived(stage: &Stage, name: &str) -> String {
    let owner = stage.owner();
    let user = name.replace(['/', '.'], "-");
    owner.create_user(&user).await.unwrap();
    let (id, secret) = owner.create_key(&user).await.unwrap();
    let text = format!("AccessKeyId: {id}\nAccessKeySecret: {}\n", secret.reveal());
    owner.put_object(&bucket(BUCKET), name, text.into_bytes(), None).await.unwrap();
    assert!(stage.sandbox.archive(BUCKET, name));
    id.as_str().to_owned()
}

/// Asks OSS to restore an object, as its client does.
fn restore(stage: &Stage, name: &str) {
    let (id, secret) = stage.sandbox.root_key().unwrap();
    let credentials = Credentials { access_key_id: id.into(), secret, security_token: None };
    let host = stage.sandbox.endpoints().oss.trim_start_matches("http://").to_owned();
    let mut parts = Parts::new("POST", &format!("/{BUCKET}/{name}"));
    parts.push_query("restore", "");
    parts.set_header("host", &host);
    let now = jiff::Timestamp::now();
    oss_v4::sign(&mut parts, &credentials, stage.sandbox.region(), now);
    let mut head = format!("POST /{BUCKET}/{}?restore HTTP/1.1\r\n", encode(name));
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("content-length: 0\r\nconnection: close\r\n\r\n");
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

async fn asset(stage: &Stage, id: &AssetId) -> Asset {
    let all = stage.service.assets(&AssetFilter::default()).await.unwrap();
    all.into_iter().find(|asset| asset.id == *id).unwrap()
}

async fn until_row(stage: &Stage, id: &AssetId, name: &str, is: impl Fn(&ObjectRow) -> bool) {
    until(&format!("`{name}` is as it shall be"), async || {
        let row = stage.service.object(id, name).await.unwrap()?;
        is(&row).then_some(())
    })
    .await;
}

async fn until_found(stage: &Stage, key: &str) {
    until("the key is found", async || {
        let filter = claviger_store::risk_events::RiskEventFilter::default();
        let all = stage.service.risk_events(&filter).await.unwrap();
        all.iter().any(|event| event.subject == key).then_some(())
    })
    .await;
}

/// The operations on an object that the access log tells of.
async fn asked(stage: &Stage, name: &str) -> Vec<String> {
    let (owner, place) = (stage.owner(), bucket(LOG_BUCKET));
    let page = owner.list_objects(&place, "oss-log/", None, None, 1_000).await.unwrap();
    let mut all = Vec::new();
    for file in page.objects {
        let text = owner.read_object(&place, &file.name, 0..file.bytes.max(1)).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        let object = format!("\"{BUCKET}\" \"{}\"", encode(name));
        for line in text.lines().filter(|line| line.contains(&object)) {
            let before = line.split(&object).next().unwrap().trim_end();
            all.push(before.rsplit('"').nth(1).unwrap().to_owned());
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_object_is_reported_and_never_asked_for_before_it_is_restored() {
    let stage =
        Stage::set_on(Settings { restore_delay: Duration::from_hours(1), ..Settings::default() })
            .await;
    archived(&stage, "old.txt").await;
    let keeper = stage.keeper(&["AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess"]).await;
    stage.connect(keeper).await;
    let id = stage.authorize().await.id;
    let failure = until("it is reported", async || asset(&stage, &id).await.failure).await;
    assert!(failure.starts_with("1 of 2 objects cannot be read"), "{failure}");
    let words = ["storage class is `Archive`", "the object is archived: restore it"];
    assert!(words.iter().all(|words| failure.contains(words)), "{failure}");
    assert_eq!(asset(&stage, &id).await.authorization, Authorization::Authorized);
    let row = stage.service.object(&id, "old.txt").await.unwrap().unwrap();
    assert_eq!((row.state, row.availability), (ObjectState::Unreadable, Availability::Archived));
    assert_eq!(row.storage_class.as_deref(), Some("Archive"));

    // The log tells of the request; that it takes its time is told.
    restore(&stage, "old.txt");
    until_row(&stage, &id, "old.txt", |row| {
        row.availability == Availability::Restoring
            && row.why.as_ref().is_some_and(|why| why.contains("being restored from `Archive`"))
    })
    .await;
    // Another identification asks no more than this one.
    stage.service.identify(&stage.actor, &id).await.unwrap();
    until("it was looked at, and the log tells so", async || {
        asked(&stage, "old.txt").await.iter().any(|call| call == "HeadObject").then_some(())
    })
    .await;
    let asked = asked(&stage, "old.txt").await;
    assert!(!asked.iter().any(|call| call == "GetObject"), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_archived_is_read_once_it_is_restored_and_stays_known_when_that_is_over() {
    let stage = Stage::set_on(Settings {
        restore_delay: Duration::from_millis(50),
        restore_day: Duration::from_secs(20),
        ..Settings::default()
    })
    .await;
    let key = archived(&stage, "old.txt").await;
    let keeper = stage.keeper(&["AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess"]).await;
    stage.connect(keeper).await;
    let id = stage.authorize().await.id;
    until("it is reported", async || asset(&stage, &id).await.failure).await;
    restore(&stage, "old.txt");
    until_found(&stage, &key).await;
    until("nothing is unread", async || asset(&stage, &id).await.failure.is_none().then_some(()))
        .await;
    until("it is back in the archive", async || {
        let found = stage.owner().head_object(&bucket(BUCKET), "old.txt").await.unwrap().unwrap();
        (found.availability == Availability::Archived).then_some(())
    })
    .await;
    stage.service.identify(&stage.actor, &id).await.unwrap();
    // What was read stays known.
    until_row(&stage, &id, "old.txt", |row| {
        row.availability == Availability::Archived
            && (row.state, row.keys) == (ObjectState::Scanned, 1)
    })
    .await;
    assert_eq!(asset(&stage, &id).await.failure, None);
}

/// The same objects by S3, as those of AWS.
fn by_s3(stage: &Stage) -> std::sync::Arc<dyn Cloud> {
    let (id, secret) = stage.sandbox.root_key().unwrap();
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    });
    let settings = claviger_cloud::Settings {
        provider: Provider::Aws,
        region: stage.sandbox.region().to_owned(),
        endpoint: Some(stage.sandbox.endpoints().s3.clone()),
        accounts_endpoint: Some(stage.sandbox.endpoints().aws.clone()),
        credentials: Some(Credentials { access_key_id: id.into(), secret, security_token: None }),
    };
    connect(settings, &guard.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_tells_which_of_many_archived_objects_can_be_read() {
    let stage =
        Stage::set_on(Settings { restore_delay: Duration::from_millis(50), ..Settings::default() })
            .await;
    for number in 0..MANY {
        let name = format!("many/{number:02}");
        stage.owner().put_object(&bucket(BUCKET), &name, b"made up".to_vec(), None).await.unwrap();
        assert!(stage.sandbox.archive(BUCKET, &name));
    }
    let key = archived(&stage, "many/last").await;
    let of_s3 = by_s3(&stage);
    let listed = async |name: &str| {
        let mut told = Vec::new();
        for cloud in [stage.owner(), of_s3.clone()] {
            let page = cloud.list_objects(&bucket(BUCKET), name, None, None, 1).await.unwrap();
            let looked = cloud.head_object(&bucket(BUCKET), name).await.unwrap().unwrap();
            assert_eq!(page.objects[0].storage_class, looked.storage_class);
            told.push((page.objects[0].availability, looked.availability));
        }
        told
    };
    let archive = (Availability::Archived, Availability::Archived);
    assert_eq!(listed("many/last").await, [archive; 2]);

    let (id, secret) = stage.sandbox.root_key().unwrap();
    let new = NewConnection {
        name: "by S3".to_owned(),
        provider: Provider::Aws,
        region: stage.sandbox.region().to_owned(),
        endpoint: Some(stage.sandbox.endpoints().s3.clone()),
        accounts_endpoint: Some(stage.sandbox.endpoints().aws.clone()),
        credentials: Some(claviger_service::GivenCredentials::Key {
            access_key_id: id,
            secret,
            security_token: None,
        }),
        idempotency_key: None,
    };
    stage.service.connect(&stage.actor, new).await.unwrap();
    let id = until("the bucket is listed", async || {
        let all = stage.service.assets(&AssetFilter::default()).await.unwrap();
        all.into_iter().find(|asset| asset.bucket == BUCKET).map(|asset| asset.id)
    })
    .await;
    stage.service.authorize(&stage.actor, std::slice::from_ref(&id)).await.unwrap();
    let failure = until("they are reported", async || asset(&stage, &id).await.failure).await;
    assert!(failure.contains("its storage class is `GLACIER`"), "{failure}");
    restore(&stage, "many/last");
    until_found(&stage, &key).await;
    let can_be_read = (Availability::AtOnce, Availability::AtOnce);
    assert_eq!(listed("many/last").await, [can_be_read; 2]);
    until("the others are in the archive", async || {
        let failure = asset(&stage, &id).await.failure?;
        failure.starts_with(&format!("{MANY} of ")).then_some(())
    })
    .await;
}
