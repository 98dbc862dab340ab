//! The scene before the story: what the owner of the practice cloud made, and left lying.

use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context;
use claviger_cloud::{BucketRef, Cloud, Credentials, LogTarget, PolicyOwner, Settings};
use claviger_model::{AccessKeyId, Acl, Provider, Secret};
use serde_json::json;

use super::stage::Stage;
use super::teller::Teller;

pub(super) const BUCKET: &str = "examplebucket";
const LOG_BUCKET: &str = "examplebucket-logs";
const USER: &str = "billing-export";
pub(super) const LEAK: &str = "test.txt";
pub(super) const DATA: &str = "exampledir/userdata.csv";

/// Made-up people, each with a telephone number, an address and an identity card number that passes its
/// checksum.
const PEOPLE: &str = "name,phone,email,id_card,address\n\
    Wang Wei,13800138000,wang.wei@example.com,11010519491231002X,1 Example Road\n\
    Li Na,13912345678,li.na@example.com,440524188001010014,2 Example Road\n\
    Zhang Min,13698765432,zhang.min@example.com,110105194912310038,3 Example Road\n";

/// A key pair in a thief's hands.
pub(super) struct Thief {
    pub(super) access_key_id: AccessKeyId,
    pub(super) secret: Secret,
}

/// The practice cloud as its owner sees it.
pub(super) fn owner_cloud(stage: &Stage) -> anyhow::Result<Arc<dyn Cloud>> {
    let (id, secret) = stage.sandbox.root_key().context("the account has no key")?;
    let settings = Settings {
        provider: Provider::Aliyun,
        region: stage.sandbox.region().to_owned(),
        endpoint: Some(stage.endpoints().oss.clone()),
        accounts_endpoint: Some(stage.endpoints().ram.clone()),
        credentials: Some(Credentials {
            access_key_id: id.as_str().to_owned(),
            secret,
            security_token: None,
        }),
    };
    Ok(claviger_cloud::connect(settings, &stage.guard)?)
}

/// The owner makes a user with a key, a bucket with a log, and leaves the key in a file.
pub(super) async fn furnish(stage: &Stage, teller: &mut Teller) -> anyhow::Result<Thief> {
    let cloud = owner_cloud(stage)?;
    let region = stage.sandbox.region().to_owned();
    let bucket =
        |name: &str| BucketRef { name: name.to_owned(), region: region.clone(), endpoint: None };
    cloud.create_user(USER).await?;
    let (access_key_id, secret) = cloud.create_key(USER).await?;
    cloud.attach_policy(USER, PolicyOwner::Provider, "AliyunOSSReadOnlyAccess").await?;
    cloud.create_bucket(&bucket(BUCKET)).await?;
    cloud.create_bucket(&bucket(LOG_BUCKET)).await?;
    let target = LogTarget { bucket: LOG_BUCKET.to_owned(), prefix: "oss-log/".to_owned() };
    cloud.set_bucket_logging(&bucket(BUCKET), Some(&target)).await?;
    let leak = format!("AccessKeyId: {access_key_id}\nAccessKeySecret: {}\n", secret.reveal());
    cloud.put_object(&bucket(BUCKET), LEAK, leak.into_bytes(), Some(Acl::Private)).await?;
    cloud.put_object(&bucket(BUCKET), DATA, PEOPLE.as_bytes().to_vec(), None).await?;
    teller
        .step(
            "bucket",
            "The owner makes a RAM user, a bucket and two files; one holds the user's key pair",
            &[
                format!("user {USER}, key {access_key_id}"),
                format!("oss://{BUCKET}/{LEAK} · oss://{BUCKET}/{DATA}"),
            ],
            json!({ "user": USER, "access_key_id": access_key_id, "bucket": BUCKET,
                "objects": [LEAK, DATA] }),
        )
        .await?;
    Ok(Thief { access_key_id, secret })
}

/// Runs this program once more as the thief's own. Returns its exit code and its words.
pub(super) async fn download(stage: &Stage, thief: &Thief) -> anyhow::Result<(i32, String)> {
    let program = std::env::current_exe().context("this program's own path is not known")?;
    let output = tokio::process::Command::new(program)
        .args(["fetch", &format!("oss://{BUCKET}/{DATA}"), "--endpoint", &stage.endpoints().oss])
        .env("CLAVIGER_FETCH_KEY_ID", thief.access_key_id.as_str())
        .env("CLAVIGER_FETCH_KEY_SECRET", thief.secret.reveal())
        .stdin(Stdio::null())
        .output()
        .await
        .context("the thief's process did not start")?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok((output.status.code().unwrap_or(-1), words))
}
