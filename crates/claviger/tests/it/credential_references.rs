//! Credentials that a connection takes by reference, through the binary: from the environment, from a file that is
//! replaced under the running service, and from the role of the machine.

mod metadata;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use claviger_cloud::PolicyOwner;
use claviger_dial::reqwest::Method;
use claviger_model::CloudKeyStatus;
use claviger_sandbox::mail::Mailbox;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::Ran;
use crate::bad_days::client::{Client, rows, until};
use crate::bad_days::owner::{Owner, Pair, REGION};
use crate::bad_days::serve::{PASSWORD, Serve};
use crate::bad_days::stage::{Stage, anywhere, cloud_in};
use crate::sources_live::moto;
use metadata::Metadata;

const KEEPER: &str = "keeper";

const READING: [&str; 2] = ["AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess"];

/// The stage, with settings that may name what the practice cloud gave.
async fn set(change: impl AsyncFnOnce(Serve, &Owner) -> Serve) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = cloud_in(&folder.path().join("cloud"), None).await;
    let owner = Owner::of(&sandbox);
    owner.furnish().await;
    let mailbox = Mailbox::start(anywhere()).await.unwrap();
    let mut serve = change(Serve::in_folder(folder.path()), &owner).await;
    let client = serve.open().await;
    Stage { folder, sandbox, owner, mailbox, serve, client }
}

/// The user that Claviger connects as, who may read all that it wants to.
async fn keeper(owner: &Owner) -> Pair {
    let pair = owner.make_user(KEEPER).await;
    owner.cloud().attach_policy(KEEPER, PolicyOwner::Provider, READING[1]).await.unwrap();
    pair
}

/// Runs the binary as a person who works from a terminal.
fn run(stage: &Stage, args: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(args)
        .env("CLAVIGER_SERVER", stage.serve.url())
        .env("XDG_CONFIG_HOME", stage.folder.path())
        .env_remove("CLAVIGER_TOKEN");
    tokio::task::block_in_place(|| crate::ran(command, input.as_bytes()))
}

/// A connection to the practice cloud, with these credentials.
fn connection(owner: &Owner, credentials: &str) -> Value {
    json!({ "name": "practice", "provider": "aliyun", "region": REGION, "endpoint": owner.oss,
        "accounts_endpoint": owner.ram, "credentials": credentials })
}

/// Writes a file of credentials as programs that rotate do: beside it, then in its place.
fn write(path: &Path, text: &str) {
    let draft = path.with_extension("new");
    std::fs::write(&draft, text).unwrap();
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(draft, path).unwrap();
}

fn ini(pair: &Pair) -> String {
    format!(
        "[other]\naccess_key_id = LTAI5tNOBODY\naccess_key_secret = none\n\n[shop]\ntype = access_key\n\
         access_key_id = {}\naccess_key_secret = {}\n",
        pair.id,
        pair.secret.reveal()
    )
}

/// Waits until a connection signs with a key and is well.
async fn signs_with(client: &Client, id: &str, key: &str) -> Value {
    until(&format!("{id} signs with {key}"), || async {
        let one = client.get(&format!("/api/v1/connections/{id}")).await;
        (one["access_key_id"] == key && one["health"]["state"] == "healthy").then_some(one)
    })
    .await
}

/// The refusal of a connection: its field, what is wrong, the way out.
async fn refused(stage: &Stage, credentials: &str) -> (String, String) {
    let body = connection(&stage.owner, credentials);
    let answer = stage.client.refused(Method::POST, "/api/v1/connections", Some(&body)).await;
    assert_eq!((answer.status, &answer.body["field"]), (422, &json!("credentials")), "{answer:?}");
    let word = |name: &str| answer.body[name].as_str().unwrap().to_owned();
    (word("title"), word("hint"))
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_in_the_environment_are_used_and_never_kept() {
    let stage = set(async |serve, owner| {
        let keeper = keeper(owner).await;
        serve
            .with("ALIBABA_CLOUD_ACCESS_KEY_ID", keeper.id.as_str())
            .with("ALIBABA_CLOUD_ACCESS_KEY_SECRET", keeper.secret.reveal())
            .with("OTHER_SECRET", "made-up-other-secret")
    })
    .await;
    assert_eq!(run(&stage, &["sign-in", "admin"], PASSWORD).code, 0);
    let reference = "env:ALIBABA_CLOUD_ACCESS_KEY_ID,ALIBABA_CLOUD_ACCESS_KEY_SECRET";
    let (oss, ram) = (stage.owner.oss.as_str(), stage.owner.ram.as_str());
    let to = ["--provider", "aliyun", "--region", REGION, "--endpoint", oss];
    let with = ["--accounts-endpoint", ram, "--credentials", reference, "--json"];
    let added = run(&stage, &[&["connections", "add", "practice"], &to[..], &with].concat(), "");
    assert_eq!(added.code, 0, "{}", added.stderr);
    let added: Value = serde_json::from_str(&added.stdout).unwrap();
    assert_eq!(
        (&added["credentials"], &added["credentials_warning"]),
        (&json!(reference), &Value::Null)
    );
    let id = added["id"].as_str().unwrap();
    let keys = stage.owner.cloud().keys_of_user(KEEPER).await.unwrap();
    signs_with(&stage.client, id, keys[0].access_key_id.as_str()).await;
    stage.owner.asset(&stage.client).await;

    let (title, hint) = refused(&stage, "env:ALIBABA_CLOUD_ACCESS_KEY_ID,OTHER_SECRET").await;
    assert!(
        title.contains("`OTHER_SECRET`") && hint.contains("`credential_env`"),
        "{title} {hint}"
    );
    let (title, hint) = refused(&stage, "env:ALIYUN_ID,ALIYUN_SECRET").await;
    assert!(title.contains("`ALIYUN_ID`") && hint.contains("set it"), "{title} {hint}");
    let (_, hint) = refused(&stage, "made-up-secret").await;
    assert!(hint.contains("`role:NAME`"), "{hint}");
    let (title, hint) = refused(&stage, "role").await;
    assert!(title.contains("may not be used") && hint.contains("`instance_role = true`"), "{hint}");
    let mut both = connection(&stage.owner, reference);
    both["access_key_id"] = json!("LTAI5tNOBODY");
    let both = stage.client.refused(Method::POST, "/api/v1/connections", Some(&both)).await;
    assert_eq!(both.status, 422, "{}", both.text);
    assert_eq!(rows(&stage.client.get("/api/v1/connections").await).count(), 1);

    // A key that is given takes the reference's place, and the other way round.
    let key = &stage.owner.root;
    let given = ["connections", "credentials", id, "--access-key-id", key.id.as_str(), "--json"];
    let given = run(&stage, &given, key.secret.reveal());
    assert_eq!(given.code, 0, "{}", given.stderr);
    let given = signs_with(&stage.client, id, key.id.as_str()).await;
    assert_eq!(given["credentials"], Value::Null);
    let back = run(&stage, &["connections", "credentials", id, "--credentials", reference], "");
    assert_eq!(back.code, 0, "{}", back.stderr);
    signs_with(&stage.client, id, keys[0].access_key_id.as_str()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_credentials_is_taken_up_anew_once_it_is_replaced() {
    let secrets = tempfile::tempdir().unwrap();
    let path = secrets.path().join("aliyun.ini");
    let named = secrets.path().display().to_string();
    let stage = set(async |serve, _| serve.with("CLAVIGER_CREDENTIAL_FILES", &named)).await;
    let (title, hint) = refused(&stage, "file:/etc/passwd").await;
    assert!(
        title.contains("in no folder") && hint.contains("`credential_files`"),
        "{title} {hint}"
    );
    let reference = format!("file:{}#shop", path.display());
    let (title, _) = refused(&stage, &reference).await;
    assert!(title.contains("cannot be read"), "{title}");

    let first = keeper(&stage.owner).await;
    write(&path, &ini(&first));
    let id = stage.connect_with(&connection(&stage.owner, &reference)).await;
    let told = signs_with(&stage.client, &id, first.id.as_str()).await;
    assert_eq!(
        (&told["credentials"], &told["credentials_warning"]),
        (&json!(reference), &Value::Null)
    );
    let (title, _) = refused(&stage, &format!("file:{}#none", path.display())).await;
    assert!(title.contains("no profile `none`"), "{title}");

    // The rotation: a new key, the file, the old key ends. Nobody starts anything again.
    let (id_2, secret) = stage.owner.cloud().create_key(KEEPER).await.unwrap();
    let second = Pair { id: id_2, secret };
    write(&path, &ini(&second));
    let cloud = stage.owner.cloud();
    cloud.set_key_status(KEEPER, &first.id, CloudKeyStatus::Inactive).await.unwrap();
    signs_with(&stage.client, &id, second.id.as_str()).await;

    // The other order: the key ends first, and the connection recovers once the file has the new one.
    cloud.set_key_status(KEEPER, &second.id, CloudKeyStatus::Inactive).await.unwrap();
    stage.client.post(&format!("/api/v1/connections/{id}/synchronize"), &json!({})).await;
    stage.fails(&id, "credential_refused").await;
    cloud.set_key_status(KEEPER, &first.id, CloudKeyStatus::Active).await.unwrap();
    write(&path, &format!("{}\n{}\n", first.id, first.secret.reveal()));
    stage.fails(&id, "credentials_missing").await;
    write(&path, &ini(&first));
    signs_with(&stage.client, &id, first.id.as_str()).await;

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    until("rights that are too open are told", || async {
        let one = stage.client.get(&format!("/api/v1/connections/{id}")).await;
        one["credentials_warning"].as_str().filter(|words| words.contains("mode 644")).map(drop)
    })
    .await;
    let all = stage.client.get("/api/v1/connections").await.to_string() + &stage.serve.said();
    for secret in [&first.secret, &second.secret] {
        assert!(!all.contains(secret.reveal()), "no secret is told or logged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_the_machine_is_asked_for_with_a_token_and_again_when_its_credentials_end() {
    let metadata = Metadata::start().await;
    let url = metadata.url.clone();
    let stage = set(async |serve, _| serve.with("CLAVIGER_INSTANCE_ROLE", &url)).await;
    let (title, hint) = refused(&stage, "role:scanner").await;
    assert!(title.contains("404") && hint.contains("bind a role"), "{title} {hint}");
    // They hold longer than is told, so that a slow machine is none that fails.
    let (short, long) = (SignedDuration::from_secs(5), SignedDuration::from_hours(6));
    let temporary = || stage.sandbox.temporary_key("scanner", &READING, long).unwrap();
    let first = temporary();
    metadata.give("scanner", &first, short);
    let id = stage.connect_with(&connection(&stage.owner, "role")).await;
    let told = stage.client.get(&format!("/api/v1/connections/{id}")).await;
    assert_eq!((&told["access_key_id"], &told["credentials"]), (&json!(first.0), &json!("role")));

    let second = temporary();
    metadata.give("scanner", &second, long);
    signs_with(&stage.client, &id, second.0.as_str()).await;
    let asked = metadata.asked();
    assert!(asked.with_token >= 4, "{asked:?}");
    assert_eq!(asked.without_token, 0, "nothing is asked without a token");
    let said = stage.serve.said();
    for secret in [&first.1, &first.2, &second.1, &second.2] {
        assert!(!said.contains(secret.reveal()), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_a_machine_of_aws_is_taken_as_moto_gives_it() {
    let Some((_moto, endpoint)) = moto::start().await else { return };
    let stage = set(async |serve, _| serve.with("CLAVIGER_INSTANCE_ROLE", &endpoint)).await;
    let body = json!({ "name": "account", "provider": "aws", "region": "us-east-1",
        "endpoint": endpoint, "accounts_endpoint": endpoint, "credentials": "role:default-role" });
    let id = stage.connect_with(&body).await;
    signs_with(&stage.client, &id, "test-key").await;
    let of_store =
        json!({ "name": "store", "provider": "s3", "endpoint": endpoint, "credentials": "role" });
    let path = "/api/v1/connections";
    let refused = stage.client.refused(Method::POST, path, Some(&of_store)).await;
    assert!(refused.text.contains("gives its machines no role"), "{}", refused.text);
}
