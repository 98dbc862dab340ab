//! While nobody acknowledges, a message is told further, step after step; whoever acknowledges ends that.

use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use super::{Told, page, path_of};
use crate::bad_days::client::text;

/// Two steps, a minute each, through another configuration and then through the own one; all of it twice.
fn steps(through: &str) -> Value {
    json!({ "escalation": { "repeats": 1, "steps": [
        { "after_minutes": 10, "through": through }, { "after_minutes": 10 } ] } })
}

async fn set() -> Option<Told> {
    let told = Told::with_a_clock().await?;
    // It would be told of every leak by itself, too: of a level that none of these has.
    let boss = told.webhook("boss", json!({ "risk_types": ["shared_account"] })).await;
    told.webhook("hook", steps(&boss)).await;
    Some(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_acknowledges_is_told_further_until_the_rounds_are_over() {
    let Some(told) = set().await else { return };
    let event = told.leak(1).await;
    let first = told.place.wait_for("/hook", 1).await.remove(0);
    assert!(told.place.at("/boss").is_empty());
    for (round, (boss, hook)) in [(1, 1), (1, 2), (2, 2), (2, 3)].into_iter().enumerate() {
        told.ahead(660 * (round as u32 + 1));
        let told_boss = told.place.wait_for("/boss", boss).await;
        let told_hook = told.place.wait_for("/hook", hook).await;
        let latest = if round % 2 == 0 { &told_boss[boss - 1] } else { &told_hook[hook - 1] };
        let subject = text(latest, "subject");
        assert!(subject.starts_with("Not acknowledged for "), "{subject}");
        assert!(subject.ends_with(&text(&first, "subject")), "{subject}");
        assert_eq!(latest["event_id"], event.as_str());
    }
    told.ahead(660 * 8);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!((told.place.at("/boss").len(), told.place.at("/hook").len()), (2, 3));
    let escalated = told.timeline(&event).await.iter().filter(|kind| *kind == "escalated").count();
    assert_eq!(escalated, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acknowledges_by_the_link_ends_the_escalation() {
    let Some(told) = set().await else { return };
    let (event, other) = (told.leak(1).await, told.leak(2).await);
    told.place.wait_for("/hook", 2).await;
    told.ahead(660);
    let further = told.place.wait_for("/boss", 2).await;
    let own = further.iter().find(|one| one["event_id"] == event.as_str()).unwrap();
    let path = path_of(&text(own, "acknowledge_url"));
    assert_eq!(page(told.serve.url(), Method::POST, &path).await.status, 200);
    told.ahead(660 * 2);
    let hook = told.place.wait_for("/hook", 3).await;
    assert_eq!(hook[2]["event_id"], other.as_str(), "the other one goes on");
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let about = |path: &str| {
        told.place.at(path).iter().filter(|one| one["event_id"] == event.as_str()).count()
    };
    assert_eq!((about("/boss"), about("/hook")), (1, 1));
}
