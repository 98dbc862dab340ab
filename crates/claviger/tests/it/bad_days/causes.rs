//! A cloud that refuses or is gone: a clear state with the way out, tried again, and recovered without
//! loss when the cause goes away.

use claviger_cloud::PolicyOwner;
use claviger_dial::reqwest::Method;
use claviger_model::CloudKeyStatus;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::owner::{DATA, LEAK, Pair, USER, event_of, tell_by_mail};
use super::stage::{Stage, cloud_in};

/// The user that Claviger connects as where the account's own key may too much.
const KEEPER: &str = "keeper";

/// A hint that names what to do.
fn hint_of(health: &Value) -> &str {
    let hint = health["hint"].as_str().unwrap();
    assert!(!hint.is_empty() && health["message"].as_str().is_some_and(|words| !words.is_empty()));
    hint
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_credential_is_refused_and_says_which_half_is_wrong() {
    let stage = Stage::set().await;
    let other = Pair {
        id: "LTAI5tMadeUpKeyOfNobody1".parse().unwrap(),
        secret: stage.owner.root.secret.clone(),
    };
    let wrong_secret = Pair {
        id: stage.owner.root.id.clone(),
        secret: claviger_model::Secret::new("madeUpSecretThatIsNotTheKeysOwn".to_owned()),
    };
    for (pair, word) in [(other, "not known"), (wrong_secret, "secret")] {
        let body = stage.owner.connection(&pair);
        let answer = stage.client.refused(Method::POST, "/api/v1/connections", Some(&body)).await;
        assert_eq!((answer.status, &answer.body["code"]), (502, &json!("credential_refused")));
        assert!(answer.body["hint"].as_str().unwrap().contains(word), "{}", answer.text);
        assert!(!answer.text.contains(pair.secret.reveal()));
    }
    assert_eq!(stage.client.get("/api/v1/connections").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_disabled_later_shows_and_recovers_without_loss() {
    let stage = Stage::set().await;
    stage.owner.furnish().await;
    let keeper = stage.owner.make_user(KEEPER).await;
    stage
        .owner
        .cloud()
        .attach_policy(KEEPER, PolicyOwner::Provider, "AliyunRAMReadOnlyAccess")
        .await
        .unwrap();
    let connection = stage.connect_with(&stage.owner.connection(&keeper)).await;
    let asset = stage.owner.authorize(&stage.client).await;
    stage.scanned(&asset, &[LEAK, DATA]).await;
    let set = async |status| {
        stage.owner.cloud().set_key_status(KEEPER, &keeper.id, status).await.unwrap();
    };
    set(CloudKeyStatus::Inactive).await;
    let health = stage.fails(&connection, "credential_refused").await;
    assert!(hint_of(&health).contains("disabled"), "{health}");
    stage.owner.put("while refused.csv", super::owner::PEOPLE).await;
    set(CloudKeyStatus::Active).await;
    stage.recovers(&connection).await;
    stage.scanned(&asset, &[LEAK, DATA, "while refused.csv"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_cannot_be_reached_shows_and_recovers_without_loss() {
    let mut stage = Stage::set().await;
    let mut nowhere = stage.owner.connection(&stage.owner.root);
    nowhere["endpoint"] = json!("http://127.0.0.1:1");
    let answer = stage.client.refused(Method::POST, "/api/v1/connections", Some(&nowhere)).await;
    assert_eq!((answer.status, &answer.body["code"]), (502, &json!("unreachable")));
    assert!(answer.body["hint"].is_string(), "{}", answer.text);

    let thief = stage.owner.furnish().await;
    let connection = stage.owner.connect(&stage.client).await;
    let asset = stage.owner.authorize(&stage.client).await;
    tell_by_mail(&stage.client, stage.mailbox.address()).await;
    let event = event_of(&stage.client, &thief).await;
    // The thief comes, and the cloud is gone before its log was read.
    let (code, words) = stage.owner.fetch(&thief, DATA).await;
    assert_eq!(code, 0, "{words}");
    stage.owner.put("just before.csv", super::owner::PEOPLE).await;
    stage.sandbox.stop().await.unwrap();
    let health = {
        let client = &stage.client;
        until("the connection fails", || async {
            let shown = client.get(&format!("/api/v1/connections/{connection}")).await;
            (shown["health"]["code"] == "unreachable").then(|| shown["health"].clone())
        })
        .await
    };
    assert!(hint_of(&health).contains("127.0.0.1"), "{health}");
    stage.sandbox = cloud_in(&stage.folder.path().join("cloud"), Some(&stage.owner)).await;
    stage.recovers(&connection).await;
    stage.scanned(&asset, &[LEAK, DATA, "just before.csv"]).await;
    until("the use is told", || async {
        let told = stage.client.get(&format!("/api/v1/events/{event}")).await;
        (told["event"]["uses"] == 1 && told["event"]["key_status"] == "active").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_may_not_be_read_names_the_right_and_is_read_once_it_is_granted() {
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    let cloud = stage.owner.cloud();
    cloud.create_user(KEEPER).await.unwrap();
    let (id, secret) = cloud.create_key(KEEPER).await.unwrap();
    let lists = json!({ "Version": "1", "Statement": [
        { "Effect": "Allow", "Action": ["oss:List*", "oss:GetBucket*", "ram:List*"],
          "Resource": "*" } ] });
    cloud.create_policy("lists", &lists.to_string()).await.unwrap();
    cloud.attach_policy(KEEPER, PolicyOwner::Account, "lists").await.unwrap();
    stage.connect_with(&stage.owner.connection(&Pair { id, secret })).await;
    let asset = stage.owner.authorize(&stage.client).await;
    until("the bucket says what it lacks", || async {
        let shown = stage.asset().await;
        let failure = shown["failure"].as_str()?.to_owned();
        assert!(failure.contains("2 of 2") && failure.contains("`oss:GetObject`"), "{failure}");
        (shown["authorization"] == "failed").then_some(())
    })
    .await;
    let objects = stage.client.get(&format!("/api/v1/assets/{asset}/objects")).await;
    assert!(rows(&objects).all(|object| object["state"] == "unreadable"), "{objects}");
    cloud.attach_policy(KEEPER, PolicyOwner::Provider, "AliyunOSSReadOnlyAccess").await.unwrap();
    stage.scanned(&asset, &[LEAK, DATA]).await;
    event_of(&stage.client, &thief).await;
    until("the bucket is well again", || async {
        let shown = stage.asset().await;
        (shown["authorization"] == "authorized" && shown["failure"].is_null()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_may_not_be_listed_or_disabled_name_the_right_and_follow_once_it_is_granted() {
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    let keeper = stage.owner.make_user(KEEPER).await;
    let connection = stage.connect_with(&stage.owner.connection(&keeper)).await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let health = stage.fails(&connection, "denied").await;
    assert!(hint_of(&health).contains("`ram:ListUsers`"), "{health}");
    let path = format!("/api/v1/events/{event}/plans");
    let disable = json!({ "action": "disable" });
    let answer = stage.client.refused(Method::POST, &path, Some(&disable)).await;
    assert_eq!((answer.status, &answer.body["code"]), (409, &json!("conflict")));
    assert!(answer.body["hint"].as_str().unwrap().contains("ram:ListAccessKeys"));

    stage
        .owner
        .cloud()
        .attach_policy(KEEPER, PolicyOwner::Provider, "AliyunRAMReadOnlyAccess")
        .await
        .unwrap();
    stage.recovers(&connection).await;
    until("the account is known", || async {
        let told = stage.client.get(&format!("/api/v1/events/{event}")).await;
        (told["event"]["account"] == USER).then_some(())
    })
    .await;
    let plan = text(&stage.client.post(&path, &disable).await, "id");
    let confirm = format!("/api/v1/plans/{plan}/confirm");
    stage.client.post(&confirm, &json!({})).await;
    let failed = plan_in(&stage, &plan, "failed").await;
    assert!(text(&failed["steps"][0], "hint").contains("`ram:UpdateAccessKey`"), "{failed}");
    assert_eq!(
        stage.client.get(&format!("/api/v1/events/{event}")).await["event"]["work_state"],
        "acknowledged"
    );
    stage
        .owner
        .cloud()
        .attach_policy(KEEPER, PolicyOwner::Provider, "AliyunRAMFullAccess")
        .await
        .unwrap();
    stage.client.post(&confirm, &json!({})).await;
    plan_in(&stage, &plan, "done").await;
    let status = stage.owner.cloud().key_status(USER, &thief.id).await.unwrap();
    assert_eq!(status, Some(CloudKeyStatus::Inactive));
    stage.recovers(&connection).await;
}

async fn plan_in(stage: &Stage, id: &str, state: &str) -> Value {
    until(&format!("the plan is {state}"), || async {
        let plan = stage.client.get(&format!("/api/v1/plans/{id}")).await;
        (plan["state"] == state).then_some(plan)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_shows_and_a_new_one_recovers_without_loss() {
    let stage = Stage::set().await;
    let thief = stage.owner.furnish().await;
    let policies = ["AliyunOSSReadOnlyAccess", "AliyunRAMReadOnlyAccess"];
    let credentials = |seconds| {
        let lifetime = SignedDuration::from_secs(seconds);
        let (id, secret, token) = stage.sandbox.temporary_key(KEEPER, &policies, lifetime).unwrap();
        json!({ "access_key_id": id, "access_key_secret": secret.reveal(),
            "security_token": token.reveal() })
    };
    let connection_of = |credentials: &Value| {
        let mut body = stage.owner.connection(&stage.owner.root);
        for (name, value) in credentials.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let mut invalid = credentials(3600);
    invalid["security_token"] = json!("made up");
    for bad in [credentials(-1), invalid] {
        let body = connection_of(&bad);
        let answer = stage.client.refused(Method::POST, "/api/v1/connections", Some(&body)).await;
        assert_eq!((answer.status, &answer.body["code"]), (502, &json!("token_expired")));
        assert!(answer.body["hint"].as_str().unwrap().contains("new token"), "{}", answer.text);
    }
    let connection = stage.connect_with(&connection_of(&credentials(4))).await;
    let asset = stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let health = stage.fails(&connection, "token_expired").await;
    assert!(hint_of(&health).contains("new token"), "{health}");
    stage.owner.put("while expired.csv", super::owner::PEOPLE).await;
    let (code, words) = stage.owner.fetch(&thief, DATA).await;
    assert_eq!(code, 0, "{words}");
    let path = format!("/api/v1/connections/{connection}/credentials");
    stage.client.put(&path, &credentials(3600)).await;
    stage.recovers(&connection).await;
    stage.scanned(&asset, &[LEAK, DATA, "while expired.csv"]).await;
    until("the use is told", || async {
        let told = stage.client.get(&format!("/api/v1/events/{event}")).await;
        (told["event"]["uses"] == 1).then_some(())
    })
    .await;
}
