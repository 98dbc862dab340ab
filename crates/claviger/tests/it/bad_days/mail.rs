//! A mail server that is gone or does not want: every message waits, and arrives once.

use std::collections::BTreeSet;

use claviger_sandbox::mail::Mailbox;
use serde_json::{Value, json};

use super::client::{rows, text, until};
use super::owner::{event_of, tell_by_mail};
use super::stage::{Stage, anywhere};

/// The one delivery there is, in a state.
async fn delivery_in(stage: &Stage, state: &str) -> Value {
    until(&format!("a message is {state}"), || async {
        let all = stage.client.get("/api/v1/deliveries").await;
        rows(&all).find(|one| one["state"] == state).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_the_server_and_arrives_once() {
    let mut stage = Stage::set().await;
    let address = Mailbox::start(anywhere()).await.unwrap().address();
    // The receiver ended with the line above: nobody listens there.
    tell_by_mail(&stage.client, address).await;
    let thief = stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let waiting = delivery_in(&stage, "retrying").await;
    let error = text(&waiting, "last_error");
    assert!(error.contains(&address.to_string()) && error.contains("is up"), "{error}");
    let overview = stage.client.get("/api/v1/overview").await;
    assert_eq!(overview["messages_waiting"], 1);
    until("it is tried again", || async {
        let all = stage.client.get("/api/v1/deliveries").await;
        rows(&all).any(|one| one["attempts"].as_u64() > Some(2)).then_some(())
    })
    .await;
    // What waits, waits through a death of the service as well.
    stage.serve.kill();
    stage.serve.start();
    let mailbox = Mailbox::start(address).await.unwrap();
    let delivered = delivery_in(&stage, "delivered").await;
    assert_eq!(delivered["event_id"], event);
    let mails = mailbox.messages();
    assert_eq!(mails.len(), 1);
    let id = format!("<{}@claviger>", text(&delivered, "id"));
    assert_eq!(mails[0].header("Message-ID"), Some(id));
    assert_eq!(stage.client.get("/api/v1/overview").await["messages_waiting"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_is_refused_for_now_is_tried_until_it_is_taken() {
    let stage = Stage::set().await;
    let alert = tell_by_mail(&stage.client, stage.mailbox.address()).await;
    stage.mailbox.refuse(true);
    for _ in 0..3 {
        stage.client.post(&format!("/api/v1/alerts/{alert}/test"), &json!({})).await;
    }
    let waiting = delivery_in(&stage, "retrying").await;
    assert!(text(&waiting, "last_error").contains("451"), "{waiting}");
    stage.mailbox.refuse(false);
    let sent: BTreeSet<String> = until("all are delivered", || async {
        let all = stage.client.get("/api/v1/deliveries").await;
        let done = rows(&all).all(|one| one["state"] == "delivered");
        done.then(|| rows(&all).map(|one| format!("<{}@claviger>", text(one, "id"))).collect())
    })
    .await;
    let arrived: Vec<String> =
        stage.mailbox.messages().iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!((arrived.len(), sent.len()), (3, 3));
    assert_eq!(arrived.into_iter().collect::<BTreeSet<_>>(), sent);
}
