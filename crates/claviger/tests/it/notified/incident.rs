//! A channel that keeps incidents (PagerDuty, Events API v2) follows the event: triggered, acknowledged,
//! resolved, and triggered anew once it is opened again, all under the event's own key.

use serde_json::{Value, json};

use super::Told;
use crate::bad_days::client::{rows, until};

const ENQUEUE: &str = "/v2/enqueue";

/// What happened to an incident, in order.
fn actions(told: &Told, event: &str) -> Vec<String> {
    let all = told.place.at(ENQUEUE);
    let own = all.iter().filter(|one| one["dedup_key"] == event);
    own.map(|one| one["event_action"].as_str().unwrap().to_owned()).collect()
}

async fn until_told(told: &Told, event: &str, wanted: &[&str]) {
    until(&format!("the incident was told {wanted:?}"), async || {
        (actions(told, event) == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_follows_its_event() {
    let told = Told::set().await;
    let body = json!({ "name": "pager", "secret": "made-up-routing-key",
        "method": { "method": "pager_duty", "endpoint": told.place.url } });
    told.client.post("/api/v1/alerts", &body).await;
    let (event, other) = (told.leak(1).await, told.leak(2).await);
    until_told(&told, &event, &["trigger"]).await;
    until_told(&told, &other, &["trigger"]).await;
    let all = told.place.at(ENQUEUE);
    let trigger = all.iter().find(|one| one["dedup_key"] == event.as_str()).unwrap();
    assert_eq!(trigger["routing_key"], "made-up-routing-key");
    assert_eq!(trigger["payload"]["severity"], "critical");
    let links: Vec<&str> =
        rows(&trigger["links"]).map(|link| link["href"].as_str().unwrap()).collect();
    assert!(links.iter().any(|link| link.contains("/acknowledge/")), "{links:?}");

    told.change(&event, &json!({ "change": "acknowledge" })).await;
    until_told(&told, &event, &["trigger", "acknowledge"]).await;
    told.change(&event, &json!({ "change": "ignore", "reason": "made up" })).await;
    until_told(&told, &event, &["trigger", "acknowledge", "resolve"]).await;
    let settled: Vec<Value> =
        told.place.at(ENQUEUE).into_iter().filter(|one| one["event_action"] != "trigger").collect();
    for one in settled {
        assert_eq!(one["routing_key"], "made-up-routing-key");
        assert!(one.get("payload").is_none(), "only a trigger has one: {one}");
    }
    assert_eq!(actions(&told, &other), ["trigger"], "another incident is left alone");
    let deliveries = told.client.get(&format!("/api/v1/deliveries?event_id={event}")).await;
    let mut kinds: Vec<&str> = rows(&deliveries).map(|one| one["kind"].as_str().unwrap()).collect();
    kinds.reverse();
    assert_eq!(kinds, ["leak_found", "acknowledged", "resolved"]);
}
