//! The last step of the story: what a person allows counts no more, and says what it hides; a key whose secret
//! anybody may read is not silenced by it.

use anyhow::{Context, bail};
use claviger_cloud::{BucketRef, PolicyOwner};
use claviger_model::Acl;
use claviger_sandbox::mail::Mail;
use serde_json::{Value, json};

use super::super::client::Client;
use super::asking::{plain, text, until};
use super::scene::{BUCKET, Thief, download, owner_cloud};
use super::stage::Stage;
use super::teller::Teller;

const USER: &str = "handbook-sample";
/// A copy that nobody outside may read.
const PRIVATE: &str = "handbook/sample.txt";
/// The same where anybody may.
const PUBLIC: &str = "public/handbook.txt";

/// The networks of the story: an entry about them would silence use from everywhere.
const EVERYWHERE: &str = "127.0.0.0/8";

/// Tells the step.
pub(super) async fn tell(
    stage: &Stage,
    client: &Client,
    teller: &mut Teller,
) -> anyhow::Result<()> {
    let sample = lay_out(stage).await?;
    let (private, public) = found(client, &sample).await?;

    let reason = json!({ "reason": "the sample of the handbook" });
    let path = format!("/api/v1/evidence/{}/allowlist", text(&private, "id")?);
    let allowed = client.post(&path, &reason).await?;
    let entries = client.get("/api/v1/allowlist").await?;
    let entry = text(&entries[0], "id")?;
    let hidden = client.get(&format!("/api/v1/allowlist/{entry}/hidden")).await?;

    let path = format!("/api/v1/evidence/{}/allowlist", text(&public, "id")?);
    let Err(refused) = client.post(&path, &reason).await else {
        bail!("evidence that anybody may read was hidden by one word");
    };
    let network = json!({ "scope": "network", "value": EVERYWHERE, "reason": "our own office" });
    client.post("/api/v1/allowlist", &network).await?;
    let mail = used(stage, &sample).await?;
    let lines = [
        format!("{}: {}, {}", plain(&allowed["state"]), PRIVATE, plain(&reason["reason"])),
        format!("the entry hides {} piece of evidence", hidden.as_array().map_or(0, Vec::len)),
        format!("{PUBLIC} is not hidden: {}", refused.to_string().replace('\n', "; ")),
        format!("use from {EVERYWHERE} is allowed, and told all the same: {}", mail.subject()),
    ];
    teller
        .step(
            "allowlist",
            "What is allowed counts no more; a key that anybody may read is not silenced",
            &lines,
            json!({ "entry": entries[0], "hidden": hidden, "refused": refused.to_string(),
                "mail": mail.subject() }),
        )
        .await
}

/// The owner puts a pair into a private file and into a public one.
async fn lay_out(stage: &Stage) -> anyhow::Result<Thief> {
    let cloud = owner_cloud(stage)?;
    let region = stage.sandbox.region().to_owned();
    let bucket = BucketRef { name: BUCKET.to_owned(), region, endpoint: None };
    cloud.create_user(USER).await?;
    let (access_key_id, secret) = cloud.create_key(USER).await?;
    cloud.attach_policy(USER, PolicyOwner::Provider, "AliyunOSSReadOnlyAccess").await?;
    let pair = format!("AccessKeyId: {access_key_id}\nAccessKeySecret: {}\n", secret.reveal());
    for (name, acl) in [(PRIVATE, Acl::Private), (PUBLIC, Acl::PublicRead)] {
        cloud.put_object(&bucket, name, pair.clone().into_bytes(), Some(acl)).await?;
    }
    Ok(Thief { access_key_id, secret })
}

/// Waits until both files are known as evidence.
async fn found(client: &Client, sample: &Thief) -> anyhow::Result<(Value, Value)> {
    until("both files are evidence", || async {
        let path = format!("/api/v1/events?search={}", sample.access_key_id);
        let events = client.get(&path).await?;
        let Some(id) = events[0]["id"].as_str() else { return Ok(None) };
        let details = client.get(&format!("/api/v1/events/{id}")).await?;
        let of = |object: &str| {
            let all = details["evidence"].as_array().into_iter().flatten();
            all.into_iter().find(|one| one["object"] == object).cloned()
        };
        let public = of(PUBLIC).filter(|one| one["source"] == "public_plaintext_storage");
        Ok(of(PRIVATE).zip(public))
    })
    .await
}

/// Somebody uses the pair. Returns the mail that tells of it.
async fn used(stage: &Stage, sample: &Thief) -> anyhow::Result<Mail> {
    let (code, words) = download(stage, sample).await?;
    if code != 0 {
        bail!("the download failed: {words}");
    }
    let about = sample.access_key_id.short();
    let is_told = |mail: &Mail| {
        let subject = mail.subject();
        subject.contains("being used") && subject.contains(&about)
    };
    until("the use is told", || async { Ok(stage.mailbox.messages().into_iter().find(is_told)) })
        .await
        .context("use of a key that anybody may read was silenced")
}
