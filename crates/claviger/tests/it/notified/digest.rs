//! Messages that are collected leave as one when their time has come.

use serde_json::json;

use super::{Told, page};
use crate::bad_days::client::{rows, text, until};
use claviger_dial::reqwest::Method;

async fn in_state(told: &Told, state: &str) -> usize {
    let all = told.client.get(&format!("/api/v1/deliveries?state={state}")).await;
    rows(&all).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn collected_messages_leave_as_one_and_one_alone_as_itself() {
    let Some(told) = Told::with_a_clock().await else { return };
    told.webhook("hook", json!({ "digest": { "minutes": 30 } })).await;
    let (first, second) = (told.leak(1).await, told.leak(2).await);
    until("both are collected", async || (in_state(&told, "collected").await == 2).then_some(()))
        .await;
    told.ahead(25 * 60);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(told.place.at("/hook").is_empty(), "they are held back");
    told.ahead(31 * 60);
    let digest = told.place.wait_for("/hook", 1).await.remove(0);
    assert_eq!(text(&digest, "subject"), "High: 2 messages of Claviger in one");
    let named: Vec<String> = rows(&digest["facts"]).map(|fact| text(fact, "value")).collect();
    assert_eq!(named.len(), 2);
    for (event, subject) in [(&first, &named[0]), (&second, &named[1])] {
        let all = told.client.get(&format!("/api/v1/deliveries?event_id={event}")).await;
        let own = rows(&all).next().unwrap();
        assert_eq!((own["state"].as_str(), &text(own, "subject")), (Some("summarized"), subject));
    }
    assert_eq!(digest["acknowledge_url"], json!(null), "a digest is about no one event");

    // One alone is told as it is, with its link.
    let third = told.leak(3).await;
    told.ahead(70 * 60);
    let alone = told.place.wait_for("/hook", 2).await.remove(1);
    assert!(text(&alone, "subject").contains("is leaked"), "{alone}");
    assert_eq!(alone["event_id"], third.as_str());
    let path = super::path_of(&text(&alone, "acknowledge_url"));
    assert_eq!(page(told.serve.url(), Method::POST, &path).await.status, 200);
    assert_eq!(told.work_state(&third).await, "acknowledged");
    assert_eq!(told.work_state(&first).await, "pending");
}
