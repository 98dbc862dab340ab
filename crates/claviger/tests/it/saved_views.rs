//! Saved views of the list of risk events: by command and API, and on the page without a script.

use std::process::Command;

use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use crate::Ran;
use crate::bad_days::client::{Client, rows, until};
use crate::bad_days::serve::PASSWORD;
use crate::bad_days::stage::Stage;
use crate::practice;

/// Runs the binary as a person who works from a terminal.
fn run(stage: &Stage, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(args)
        .env("CLAVIGER_SERVER", stage.serve.url())
        .env("CLAVIGER_TOKEN", &stage.client.token)
        .env("XDG_CONFIG_HOME", stage.folder.path());
    tokio::task::block_in_place(|| crate::ran(command, b""))
}

/// The ids of the events that a view shows.
fn shown(stage: &Stage, args: &[&str]) -> Vec<String> {
    let ran = run(stage, &[&["events", "list", "--json"], args].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_saved_shared_looked_at_and_removed_by_command() {
    let stage = Stage::set().await;
    stage.owner.furnish().await;
    stage.owner.authorize(&stage.client).await;
    let event = until("an event is raised", || async {
        let all = stage.client.get("/api/v1/events?risk_type=access_key_pair_leak").await;
        rows(&all).next().cloned()
    })
    .await;
    let id = event["id"].as_str().unwrap().to_owned();
    let words = [
        "--where",
        "risk_type=access_key_pair_leak",
        "--where",
        "open=true",
        "--where",
        "since=7d",
    ];
    let save = [&["events", "views", "save", "Leaks / open"], &words[..]].concat();
    assert_eq!(run(&stage, &save).code, 2, "a name holds no slash");
    let save = [&["events", "views", "save", "Open leaks", "--shared"], &words[..]].concat();
    let saved = run(&stage, &save);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    assert_eq!(shown(&stage, &["--view", "Open leaks"]), std::slice::from_ref(&id));
    let narrower = shown(&stage, &["--view", "Open leaks", "--search", "nobody"]);
    assert!(narrower.is_empty(), "{narrower:?}");
    let other = shown(&stage, &["--view", "Open leaks", "--risk-type", "shared_account"]);
    assert!(!other.contains(&id), "what is said goes before the view");
    let odd = run(&stage, &["events", "views", "save", "x", "--where", "levle=high"]);
    assert!(odd.code == 2 && odd.stderr.contains("levle"), "{}", odd.stderr);
    let none = run(&stage, &["events", "list", "--view", "none"]);
    assert!(none.stderr.contains("hint: see `claviger events views list`"), "{}", none.stderr);

    let vera = json!({ "name": "vera", "role": "viewer", "password": PASSWORD });
    stage.client.post("/api/v1/users", &vera).await;
    let vera = Client::sign_in(stage.serve.url(), "vera", PASSWORD).await;
    let seen = vera.get("/api/v1/events/views").await;
    let view = &seen[0];
    assert_eq!(
        (&view["name"], &view["owner"], &view["own"]),
        (&json!("Open leaks"), &json!("admin"), &json!(false))
    );
    assert_eq!(
        view["where"],
        json!({ "risk_type": "access_key_pair_leak", "open": "true", "since": "7d" })
    );
    let path = format!("/api/v1/events/views/{}", view["id"].as_str().unwrap());
    assert_eq!(vera.refused(Method::DELETE, &path, None).await.status, 403);
    let mine = json!({ "where": { "level": "high" } });
    let named = "/api/v1/events/views/Open%20leaks";
    vera.put(named, &mine).await;
    let shared = json!({ "where": { "level": "high" }, "shared": true });
    assert_eq!(vera.refused(Method::PUT, named, Some(&shared)).await.status, 403);
    assert_eq!(rows(&vera.get("/api/v1/events/views").await).count(), 2);

    let listed = run(&stage, &["events", "views", "list"]);
    assert!(
        listed.stdout.contains("Open leaks") && !listed.stdout.contains("vera"),
        "{}",
        listed.stdout
    );
    assert_eq!(run(&stage, &["events", "views", "remove", "Open leaks"]).code, 0);
    let left = vera.get("/api/v1/events/views").await;
    assert_eq!(rows(&left).map(|view| &view["own"]).collect::<Vec<_>>(), [&json!(true)]);
}

#[tokio::test]
async fn a_view_is_saved_and_removed_on_the_page_without_a_script() {
    let stage = practice::Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let page = admin.get("/events?level=high&since=7d").await;
    assert!(page.contains("Save this view"), "{page}");
    assert!(!admin.get("/events").await.contains("Save this view"), "no filter, no view");
    let to = "/events/views?level=high&since=7d";
    let refused = admin.post(to, &[("name", " "), ("shared", "true")]).await;
    assert!(
        refused.status == 422 && refused.body.contains("1 to 60 characters"),
        "{}",
        refused.body
    );
    let saved = admin.post(to, &[("name", "High <b>"), ("shared", "true")]).await;
    assert_eq!((saved.status, saved.location.as_str()), (303, "/events?level=high&since=7d"));
    let page = admin.get("/events?level=high&since=7d").await;
    let link = "href=\"/events?level=high&amp;since=7d\" aria-current=\"page\"";
    assert!(page.contains(link) && page.contains("High &lt;b&gt;"), "{page}");
    assert!(!page.contains("Save this view"), "it is saved");

    let vera = stage.sign_in("vera").await;
    let theirs = vera.get("/events?level=high&since=7d").await;
    assert!(
        theirs.contains("title=\"of admin\"") && !theirs.contains("Remove the view"),
        "{theirs}"
    );
    let remove = practice::between(&page, "action=\"/events/views/", "\"").unwrap();
    let remove = format!("/events/views/{}", remove.replace("&amp;", "&"));
    assert_eq!(vera.post(&remove, &[]).await.status, 403);
    assert_eq!(admin.post(&remove, &[]).await.status, 303);
    assert!(!admin.get("/events").await.contains("Saved views"));
}
