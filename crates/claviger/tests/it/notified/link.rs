//! The page behind the link that acknowledges: it needs no session, changes nothing until its button is
//! pressed, and speaks for one event and a while.

use claviger_dial::reqwest::Method;
use serde_json::json;

use super::{Told, page, path_of};
use crate::bad_days::client::{Client, rows, text};

const DAY: u32 = 24 * 3600;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_button_of_the_page_acknowledges_and_it_does_so_for_one_event() {
    let told = Told::set().await;
    told.webhook("hook", json!({})).await;
    let (event, other) = (told.leak(1).await, told.leak(2).await);
    let messages = told.place.wait_for("/hook", 2).await;
    let message = messages.iter().find(|one| one["event_id"] == event.as_str()).unwrap();
    let path = path_of(&text(message, "acknowledge_url"));
    let url = told.serve.url();
    // Mail programs look at links by themselves.
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let seen = page(url, method, &path).await;
        assert_eq!(seen.status, 200);
    }
    let seen = page(url, Method::GET, &path).await;
    assert!(seen.text.contains(">Acknowledge LTAI5t") && seen.text.contains("method=\"post\""));
    assert!(!seen.text.contains("LTAI5tMadeUpTold0001"), "whoever has the link sees no whole key");
    assert_eq!(told.work_state(&event).await, "pending");
    for _ in 0..2 {
        let done = page(url, Method::POST, &path).await;
        assert_eq!(done.status, 200);
        assert!(done.text.contains("Nobody needs to acknowledge it any more."), "{}", done.text);
    }
    assert_eq!(told.work_state(&event).await, "acknowledged");
    assert_eq!(told.work_state(&other).await, "pending");
    let audit = told.client.get("/api/v1/audit").await;
    let by_link = |line: &&serde_json::Value| line["actor"] == "link of hook";
    assert_eq!(rows(&audit).filter(by_link).count(), 1, "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_somebody_made_up_or_changed_is_none() {
    let told = Told::set().await;
    told.webhook("hook", json!({})).await;
    let (first, second) = (told.leak(1).await, told.leak(2).await);
    let messages = told.place.wait_for("/hook", 2).await;
    let token = |event: &str| {
        let message = messages.iter().find(|one| one["event_id"] == event).unwrap();
        path_of(&text(message, "acknowledge_url")).replace("/acknowledge/", "")
    };
    let (one, two) = (token(&first), token(&second));
    let (claim, proof) = one.split_once('.').unwrap();
    let (_, other_proof) = two.split_once('.').unwrap();
    for wrong in [
        format!("{claim}.{other_proof}"),
        format!("{claim}."),
        claim.to_owned(),
        format!("{claim}.{proof}x"),
        format!("x{claim}.{proof}"),
        format!("%00.{proof}"),
    ] {
        for method in [Method::GET, Method::POST] {
            let refused = page(told.serve.url(), method, &format!("/acknowledge/{wrong}")).await;
            assert_eq!(refused.status, 404, "{wrong}: {}", refused.text);
        }
    }
    // A proof is for one kind of link.
    let veto = page(told.serve.url(), Method::POST, &format!("/veto/{one}")).await;
    assert_eq!(veto.status, 404);
    assert_eq!(told.work_state(&first).await, "pending");
    // A page of another site cannot press the button for somebody.
    let path = format!("/acknowledge/{one}");
    let nobody = Client::nobody(told.serve.url());
    let request = nobody.request(Method::POST, &path).header("sec-fetch-site", "cross-site");
    assert_eq!(nobody.send(request).await.unwrap().status, 403);
    assert_eq!(told.work_state(&first).await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_after_four_days() {
    let Some(told) = Told::with_a_clock().await else { return };
    told.webhook("hook", json!({})).await;
    let event = told.leak(1).await;
    let message = told.place.wait_for("/hook", 1).await.remove(0);
    let path = path_of(&text(&message, "acknowledge_url"));
    told.ahead(4 * DAY - 60);
    assert_eq!(page(told.serve.url(), Method::GET, &path).await.status, 200);
    told.ahead(4 * DAY + 60);
    for method in [Method::GET, Method::POST] {
        let ended = page(told.serve.url(), method, &path).await;
        assert_eq!(ended.status, 409, "{}", ended.text);
        assert!(ended.text.contains("the link has ended") && ended.text.contains("sign in"));
    }
    // The session of the test ended with that clock as well.
    told.ahead(0);
    assert_eq!(told.work_state(&event).await, "pending");
}
