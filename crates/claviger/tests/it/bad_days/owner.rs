//! The owner of the practice cloud: makes users, keys, buckets and objects, and steals from themselves.

use std::process::Stdio;
use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud, Credentials, LogTarget, PolicyOwner, Settings};
use claviger_model::{AccessKeyId, Provider, Secret};
use serde_json::{Value, json};

use super::client::{Client, guard, rows, text, until};

pub(crate) const BUCKET: &str = "examplebucket";
pub(crate) const LOG_BUCKET: &str = "examplebucket-logs";
pub(crate) const USER: &str = "billing-export";
pub(crate) const LEAK: &str = "test.txt";
pub(crate) const DATA: &str = "exampledir/userdata.csv";
pub(crate) const REGION: &str = "cn-hangzhou";

/// Made-up people.
pub(crate) const PEOPLE: &str = "name,phone,email,id_card,address\n\
    Wang Wei,13800138000,wang.wei@example.com,11010519491231002X,1 Example Road\n";

/// A key pair.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) id: AccessKeyId,
    pub(crate) secret: Secret,
}

/// Where the practice cloud listens, and the key of its account.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) oss: String,
    pub(crate) ram: String,
    pub(crate) root: Pair,
}

impl Owner {
    /// The owner of a practice cloud in this process.
    pub(crate) fn of(sandbox: &claviger_sandbox::Sandbox) -> Self {
        let (id, secret) = sandbox.root_key().unwrap();
        let endpoints = sandbox.endpoints();
        Self { oss: endpoints.oss.clone(), ram: endpoints.ram.clone(), root: Pair { id, secret } }
    }

    /// The cloud as the account itself sees it.
    pub(crate) fn cloud(&self) -> Arc<dyn Cloud> {
        self.cloud_of(&self.root)
    }

    /// The cloud as the holder of a key sees it.
    pub(crate) fn cloud_of(&self, pair: &Pair) -> Arc<dyn Cloud> {
        let settings = Settings {
            provider: Provider::Aliyun,
            region: REGION.to_owned(),
            endpoint: Some(self.oss.clone()),
            accounts_endpoint: Some(self.ram.clone()),
            credentials: Some(Credentials {
                access_key_id: pair.id.as_str().to_owned(),
                secret: pair.secret.clone(),
                security_token: None,
            }),
        };
        claviger_cloud::connect(settings, &guard()).unwrap()
    }

    /// Makes a user with a key that may read.
    pub(crate) async fn make_user(&self, user: &str) -> Pair {
        let cloud = self.cloud();
        cloud.create_user(user).await.unwrap();
        let (id, secret) = cloud.create_key(user).await.unwrap();
        cloud.attach_policy(user, PolicyOwner::Provider, "AliyunOSSReadOnlyAccess").await.unwrap();
        Pair { id, secret }
    }

    /// Makes the bucket, its log, the data, and a user whose key leaks into a file.
    pub(crate) async fn furnish(&self) -> Pair {
        let cloud = self.cloud();
        cloud.create_bucket(&bucket(BUCKET)).await.unwrap();
        cloud.create_bucket(&bucket(LOG_BUCKET)).await.unwrap();
        let target = LogTarget { bucket: LOG_BUCKET.to_owned(), prefix: "oss-log/".to_owned() };
        cloud.set_bucket_logging(&bucket(BUCKET), Some(&target)).await.unwrap();
        let pair = self.make_user(USER).await;
        self.put(LEAK, &leak_of(&pair)).await;
        self.put(DATA, PEOPLE).await;
        pair
    }

    /// Writes an object.
    pub(crate) async fn put(&self, name: &str, content: &str) {
        let content = content.as_bytes().to_vec();
        let put = self.cloud().put_object(&bucket(BUCKET), name, content, None).await;
        put.unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, name: &str) {
        self.cloud().delete_object(&bucket(BUCKET), name).await.unwrap();
    }

    /// Names of every object of the bucket.
    pub(crate) async fn names(&self) -> Vec<String> {
        let page = self.cloud().list_objects(&bucket(BUCKET), "", None, None, 1000).await.unwrap();
        page.objects.into_iter().map(|object| object.name).collect()
    }

    /// What a connection to this cloud is made of.
    pub(crate) fn connection(&self, pair: &Pair) -> Value {
        json!({ "name": "practice", "provider": "aliyun", "region": REGION,
            "endpoint": self.oss, "accounts_endpoint": self.ram,
            "access_key_id": pair.id, "access_key_secret": pair.secret.reveal() })
    }

    /// Connects as the account itself, unless it is connected. Returns the connection's id.
    pub(crate) async fn connect(&self, client: &Client) -> String {
        client.make_one("/api/v1/connections", &self.connection(&self.root)).await
    }

    /// Waits for the bucket and its log to be known. Returns the asset's id.
    pub(crate) async fn asset(&self, client: &Client) -> String {
        until("the bucket is listed", || async {
            let all = client.get("/api/v1/assets").await;
            let found = rows(&all).find(|asset| asset["bucket"] == BUCKET)?;
            found["log_target"].is_string().then(|| text(found, "id"))
        })
        .await
    }

    /// Connects, waits for the bucket and authorizes it. Returns the asset's id.
    pub(crate) async fn authorize(&self, client: &Client) -> String {
        self.connect(client).await;
        let asset = self.asset(client).await;
        client.post("/api/v1/assets/authorize", &json!({ "ids": [asset] })).await;
        asset
    }

    /// Downloads an object with a key, by a process of its own. Returns its exit code and its words.
    pub(crate) async fn fetch(&self, pair: &Pair, name: &str) -> (i32, String) {
        let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_claviger"))
            .args(["fetch", &format!("oss://{BUCKET}/{name}"), "--endpoint", &self.oss])
            .args(["--output", "/dev/null"])
            .env("CLAVIGER_FETCH_KEY_ID", pair.id.as_str())
            .env("CLAVIGER_FETCH_KEY_SECRET", pair.secret.reveal())
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        (output.status.code().unwrap(), words)
    }
}

/// A file's content with a key pair in it.
pub(crate) fn leak_of(pair: &Pair) -> String {
    format!("AccessKeyId: {}\nAccessKeySecret: {}\n", pair.id, pair.secret.reveal())
}

/// A bucket of the practice cloud.
pub(crate) fn bucket(name: &str) -> BucketRef {
    BucketRef { name: name.to_owned(), region: REGION.to_owned(), endpoint: None }
}

/// Tells everything to a mail receiver in the test's own process.
pub(crate) async fn tell_by_mail(client: &Client, address: std::net::SocketAddr) -> String {
    let alert = json!({ "name": "on call", "level_min": "low", "language": "en", "email": {
        "host": address.ip().to_string(), "port": address.port(), "security": "none",
        "from": "claviger@example.com", "to": ["oncall@example.com"] } });
    client.make_one("/api/v1/alerts", &alert).await
}

/// Waits for the risk event of a key.
pub(crate) async fn event_of(client: &Client, pair: &Pair) -> String {
    until("the leaked key is found", || async {
        let events = client.get("/api/v1/events?risk_type=access_key_pair_leak").await;
        let found = rows(&events).find(|event| event["access_key_id"] == pair.id.as_str())?;
        Some(text(found, "id"))
    })
    .await
}
