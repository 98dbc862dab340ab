//! The page behind the veto link of a response rule: opening it changes nothing, its button stops the plan, once,
//! and what was run or vetoed is told as such.

use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{PUBLIC, page, path_of};
use crate::bad_days::client::{rows, text, until};
use crate::bad_days::clock;
use crate::bad_days::owner::{Pair, event_of};
use crate::bad_days::stage::Stage;

/// A leak in the practice cloud for which a rule has a plan.
struct Announced {
    stage: Stage,
    event: String,
    thief: Pair,
    /// The path of the veto page, as the message names it.
    path: String,
    message: Value,
}

impl Announced {
    async fn with_grace(seconds: u32) -> Self {
        let stage = Stage::set_with(|serve| serve.with("CLAVIGER_PUBLIC_URL", PUBLIC)).await;
        let place = Receiver::open().await;
        let alert = json!({ "name": "hook", "method": { "method": "webhook" }, "secret": "made-up",
            "url": format!("{}/hook", place.url) });
        stage.client.post("/api/v1/alerts", &alert).await;
        let rule = json!({ "name": "leaks", "enabled": true, "level_min": "low",
            "grace_seconds": seconds });
        stage.client.put("/api/v1/response-rules/leaks", &rule).await;
        let thief = stage.owner.furnish().await;
        stage.owner.authorize(&stage.client).await;
        let event = event_of(&stage.client, &thief).await;
        let message = until("the rule is announced", async || {
            let says = |one: &Value| one["subject"].as_str().is_some_and(|it| it.contains("veto"));
            place.at("/hook").into_iter().find(says)
        })
        .await;
        let line = rows(&message["lead"]).find_map(|line| line.as_str()?.strip_prefix("Veto: "));
        let path = path_of(line.unwrap());
        Self { stage, event, thief, path, message }
    }

    async fn response(&self) -> Value {
        let all = self.stage.client.get(&format!("/api/v1/events/{}/responses", self.event)).await;
        rows(&all).next().unwrap().clone()
    }

    async fn page(&self, method: Method) -> crate::bad_days::client::Answer {
        page(self.stage.serve.url(), method, &self.path).await
    }

    async fn key_status(&self) -> String {
        let details = self.stage.client.get(&format!("/api/v1/events/{}", self.event)).await;
        text(&details["event"], "key_status")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_vetoes_once_and_only_by_its_button() {
    let announced = Announced::with_grace(10).await;
    let subject = text(&announced.message, "subject");
    assert!(subject.contains("is disabled at"), "{subject}");
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(announced.page(method).await.status, 200);
    }
    let seen = announced.page(Method::GET).await;
    assert!(seen.text.contains(">Veto</button>") && seen.text.contains("leaks"), "{}", seen.text);
    assert_eq!(announced.response().await["state"], "waiting");

    let token = announced.path.replace("/veto/", "");
    let (claim, proof) = token.split_once('.').unwrap();
    let url = announced.stage.serve.url();
    for wrong in [format!("{claim}.{proof}x"), format!("{claim}."), format!("{proof}.{claim}")] {
        assert_eq!(page(url, Method::POST, &format!("/veto/{wrong}")).await.status, 404, "{wrong}");
    }
    let other = page(url, Method::POST, &format!("/acknowledge/{token}")).await;
    assert_eq!(other.status, 404, "a veto acknowledges nothing");
    assert_eq!(announced.response().await["state"], "waiting");

    for _ in 0..2 {
        let done = announced.page(Method::POST).await;
        assert_eq!(done.status, 200);
        assert!(done.text.contains("It was vetoed: the plan is not run."), "{}", done.text);
        assert!(!done.text.contains("<form"), "nothing is left to press");
    }
    let response = announced.response().await;
    assert_eq!((&response["state"], &response["note"]), (&json!("vetoed"), &json!("veto link")));
    let client = &announced.stage.client;
    let details = client.get(&format!("/api/v1/events/{}", announced.event)).await;
    let vetoes = rows(&details["timeline"]).filter(|line| line["kind"] == "plan_vetoed").count();
    assert_eq!(vetoes, 1);
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    assert_eq!(announced.key_status().await, "active");
    let fetched = announced.stage.owner.fetch(&announced.thief, "exampledir/userdata.csv").await;
    assert_eq!(fetched.0, 0, "{}", fetched.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_grace_the_link_says_that_the_plan_was_run_and_changes_nothing() {
    let announced = Announced::with_grace(1).await;
    until("the key is disabled", async || {
        (announced.key_status().await == "inactive").then_some(())
    })
    .await;
    for method in [Method::GET, Method::POST] {
        let late = announced.page(method).await;
        assert_eq!(late.status, 200);
        assert!(late.text.contains("The plan was run.") && !late.text.contains("<form"));
    }
    assert_eq!(announced.response().await["state"], "run");
    assert_eq!(announced.key_status().await, "inactive");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_page_shows_what_a_rule_is_about_to_do_and_vetoes_it() {
    let announced = Announced::with_grace(60).await;
    let (client, id) = (&announced.stage.client, &announced.event);
    let shown = client.insist(Method::GET, &format!("/events/{id}"), None).await;
    let response = text(&announced.response().await, "id");
    let form = format!("action=\"/events/{id}/responses/{response}/veto\"");
    assert!(shown.text.contains(&form), "{}", shown.text);
    assert!(shown.text.contains("unless somebody vetoes"));
    let path = format!("/events/{id}/responses/{response}/veto");
    let press = async || {
        let request = client.request(Method::POST, &path).form(&[("veto", "")]);
        client.send(request).await.unwrap()
    };
    assert_eq!(press().await.status, 303);
    assert_eq!(announced.response().await["note"], "admin");
    let shown = client.insist(Method::GET, &format!("/events/{id}"), None).await;
    assert!(shown.text.contains("was vetoed by admin") && !shown.text.contains(&form));
    let again = press().await;
    assert_eq!(again.status, 409);
    assert!(again.text.contains("the response is vetoed already"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_its_hours_a_rule_waits_until_they_begin() {
    let Some(library) = clock::faketime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let offset = folder.path().join("offset");
    std::fs::write(&offset, "+0").unwrap();
    let stage = Stage::set_with(|serve| clock::under(serve, &library, &offset)).await;
    let clock_in = |minutes: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        at.strftime("%H:%M").to_string()
    };
    // Less ahead than what a cloud refuses for its signature.
    let hours = json!({ "zone": "UTC", "days": [1, 2, 3, 4, 5, 6, 7], "from": clock_in(7),
        "until": clock_in(60), "outside": "hold" });
    let rule = json!({ "name": "later", "enabled": true, "level_min": "low", "grace_seconds": 1,
        "hours": hours });
    stage.client.put("/api/v1/response-rules/later", &rule).await;
    let thief = stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = event_of(&stage.client, &thief).await;
    let status = async || {
        let details = stage.client.get(&format!("/api/v1/events/{event}")).await;
        text(&details["event"], "key_status")
    };
    until("the key's state is known", async || (status().await == "active").then_some(())).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let responses = stage.client.get(&format!("/api/v1/events/{event}/responses")).await;
    assert_eq!(responses, json!([]), "nothing is announced at this hour");
    std::fs::write(&offset, "+480").unwrap();
    until("the key is disabled", async || (status().await == "inactive").then_some(())).await;
}
