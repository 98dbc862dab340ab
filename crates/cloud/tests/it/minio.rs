//! The client of MinIO's own API: what servers of other times answer, and what it must never leave out.

use claviger_cloud::CloudError;
use claviger_cloud::sign::sealed::{Suite, open, seal};
use claviger_model::{AccessKeyId, CloudKeyStatus, Provider, Secret};
use serde_json::{Value, json};

use crate::script::{SECRET, Script, Seen, answer, ok, open as connect, settings};

const KEY: &str = "AKMADEUPOFTHETESTS01";

fn secret() -> Secret {
    Secret::new(SECRET.to_owned())
}

/// An answer that the server sealed.
fn sealed(body: &Value) -> Vec<u8> {
    let suite = Suite::Argon2idChaCha20Poly1305;
    let body = seal(&secret(), suite, (&[1; 32], &[2; 8]), body.to_string().as_bytes()).unwrap();
    let head =
        format!("HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body].concat()
}

fn refused(status: u16, code: &str) -> Vec<u8> {
    answer(status, "", &json!({ "Code": code, "Message": "m" }).to_string()).into_bytes()
}

/// What a request carries, opened.
fn opened(seen: &Seen) -> Value {
    serde_json::from_slice(&open(&secret(), &seen.body).unwrap()).unwrap()
}

fn info(policy: Option<&Value>) -> Value {
    let text = policy.map_or_else(|| json!({ "Version": "2012-10-17" }), Clone::clone).to_string();
    json!({ "parentUser": "ann", "accountStatus": "on", "impliedPolicy": policy.is_none(),
        "policy": text })
}

fn own_policy() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"] }] })
}

fn key() -> AccessKeyId {
    AccessKeyId::parse(KEY).unwrap()
}

#[tokio::test]
async fn a_server_that_tells_ids_alone_is_asked_for_the_rest() {
    let script = Script::start_bytes(vec![
        sealed(&json!({})),
        refused(426, "XMinioAdminVersionMismatch"),
        sealed(&json!({ "accounts": [KEY, "AKMADEUPANDGONE"] })),
        sealed(&info(None)),
        refused(404, "XMinioAdminServiceAccountNotFound"),
    ])
    .await;
    let keys = script.cloud(Provider::Minio).list_keys().await.unwrap();
    let read =
        keys.iter().map(|key| (key.access_key_id.as_str(), key.user_name.as_str(), key.status));
    assert_eq!(read.collect::<Vec<_>>(), [(KEY, "ann", CloudKeyStatus::Active)]);
    let seen = script.seen();
    let asked: Vec<&str> = seen.iter().map(|seen| seen.target.as_str()).collect();
    assert_eq!(
        asked,
        [
            "/minio/admin/v3/list-users",
            "/minio/admin/v3/list-access-keys-bulk?all=true&listType=svcacc-only",
            "/minio/admin/v3/list-service-accounts",
            "/minio/admin/v3/info-service-account?accessKey=AKMADEUPOFTHETESTS01",
            "/minio/admin/v3/info-service-account?accessKey=AKMADEUPANDGONE",
        ]
    );
}

#[tokio::test]
async fn a_key_is_never_disabled_without_saying_its_policy_again() {
    for policy in [Some(own_policy()), None] {
        let nothing = answer(204, "", "").into_bytes();
        let script = Script::start_bytes(vec![sealed(&info(policy.as_ref())), nothing]).await;
        let cloud = script.cloud(Provider::Minio);
        cloud.set_key_status("ann", &key(), CloudKeyStatus::Inactive).await.unwrap();
        let update = opened(&script.seen()[1]);
        let mut expected = json!({ "newStatus": "off" });
        if let Some(policy) = policy {
            expected["newPolicy"] = policy;
        }
        assert_eq!(update, expected);
    }
}

#[tokio::test]
async fn lifting_a_restriction_leaves_the_state_of_the_key() {
    let mut disabled = info(Some(&own_policy()));
    disabled["accountStatus"] = json!("off");
    let nothing = answer(204, "", "").into_bytes();
    let script = Script::start_bytes(vec![sealed(&disabled), nothing]).await;
    let cloud = script.cloud(Provider::Minio);
    cloud.set_key_restriction("ann", &key(), None).await.unwrap();
    assert_eq!(opened(&script.seen()[1]), json!({ "newStatus": "off" }));
}

#[tokio::test]
async fn a_new_key_may_no_more_than_the_one_that_it_replaces_and_is_made_once() {
    let failed = refused(503, "XMinioServerNotInitialized");
    let script = Script::start_bytes(vec![sealed(&info(Some(&own_policy()))), failed]).await;
    let cloud = script.cloud(Provider::Minio);
    let error = cloud.create_key_like("ann", &key()).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert_eq!(script.seen().len(), 2);
    let body = opened(&script.seen()[1]);
    assert_eq!(body, json!({ "targetUser": "ann", "policy": own_policy() }));
}

#[tokio::test]
async fn a_key_of_another_user_is_not_touched() {
    let script = Script::start_bytes(vec![sealed(&info(None))]).await;
    let cloud = script.cloud(Provider::Minio);
    assert_eq!(cloud.key_status("bob", &key()).await.unwrap(), None);
    let error = cloud.set_key_status("bob", &key(), CloudKeyStatus::Inactive).await.unwrap_err();
    assert_eq!(error.code(), "malformed");
    assert!(script.seen().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn the_pair_that_a_user_is_has_no_policy_of_its_own() {
    let script = Script::start(vec![ok("")]).await;
    let (cloud, own) = (script.cloud(Provider::Minio), AccessKeyId::parse("ann").unwrap());
    let refused: [CloudError; 3] = [
        cloud.key_restriction("ann", &own).await.unwrap_err(),
        cloud.set_key_restriction("ann", &own, None).await.unwrap_err(),
        cloud.principal_of_user("ann").await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.code() == "not_supported"), "{refused:?}");
    assert!(script.seen().is_empty());
    cloud.set_key_status("ann", &own, CloudKeyStatus::Inactive).await.unwrap();
    let target = &script.seen()[0].target;
    assert_eq!(target, "/minio/admin/v3/set-user-status?accessKey=ann&status=disabled");
}

#[tokio::test]
async fn an_answer_that_was_changed_on_its_way_is_not_read() {
    let mut answer = sealed(&json!({}));
    *answer.last_mut().unwrap() ^= 1;
    let script = Script::start_bytes(vec![answer]).await;
    let error = script.cloud(Provider::Minio).list_keys().await.unwrap_err();
    assert_eq!(error.code(), "malformed");
    assert!(error.to_string().contains("does not open with this secret"), "{error}");
}

#[tokio::test]
async fn the_api_is_found_where_documents_write_it_and_told_from_iam() {
    let script = Script::start(vec![refusal_of_ann()]).await;
    let mut settings = settings(Provider::Minio, "http://127.0.0.1:1", None);
    settings.accounts_endpoint = Some(format!("{}/minio/admin/v3", script.endpoint()));
    let cloud = connect(&settings).unwrap();
    let ann = AccessKeyId::parse("ann").unwrap();
    assert_eq!(cloud.key_status("ann", &ann).await.unwrap(), None);
    settings.provider = Provider::S3;
    let error = connect(&settings).err().unwrap();
    assert!(error.to_string().contains("choose the provider `minio`"), "{error}");
}

fn refusal_of_ann() -> String {
    answer(404, "", r#"{"Code":"XMinioAdminNoSuchUser","Message":"m","RequestId":"R"}"#)
}
