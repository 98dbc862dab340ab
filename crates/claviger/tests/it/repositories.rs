//! A repository of source code that the service watches, from the command line to the page.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::remote::{Serving, json_lines};
use crate::scan_git::{PAIRS, git, repository};
use crate::served::PASSWORD;

/// Longest wait: a loaded machine is slow, a broken promise is never kept.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until there is something.
fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn state(serving: &Serving) -> Value {
    let all = json_lines(&serving.run(&["intel", "repository", "list", "--json"], ""));
    all.into_iter().next().unwrap()
}

#[test]
fn a_watched_repository_raises_events_that_commands_and_pages_show() {
    let serving = Serving::start();
    assert_eq!(serving.run(&["sign-in", "admin"], PASSWORD).code, 0);
    let code = tempfile::tempdir().unwrap();
    repository(code.path());
    let address = format!("git+file://{}", code.path().display());
    let refused = serving.run(&["intel", "repository", "add", "ext::sh -c true"], "");
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("hint: write it as `git+https://"), "{}", refused.stderr);
    let add = ["intel", "repository", "add", &address, "--name", "shop", "--json"];
    let added = json_lines(&serving.run(&add, ""));
    assert_eq!((&added[0]["name"], &added[0]["public"]), (&"shop".into(), &false.into()));
    let twice = serving.run(&["intel", "repository", "add", &address], "");
    assert!(twice.code == 2 && twice.stderr.contains("hint:"), "{}", twice.stderr);

    let known = until("it was read", || {
        let known = state(&serving);
        (known["state"] == "watched").then_some(known)
    });
    assert_eq!((known["commits"].as_u64(), known["unread"].as_u64()), (Some(5), Some(0)));
    // Removed from its file, under two names, and in the message of a commit; not what no branch holds.
    let evidence = |number: usize| {
        let shown = serving.run(&["evidence", "list", PAIRS[number].0, "--json"], "");
        json_lines(&shown).into_iter().next()
    };
    let first = evidence(0).unwrap();
    assert_eq!((&first["source"], &first["state"]), (&"repository".into(), &"found".into()));
    assert_eq!(first["code"]["file"], "config.txt");
    assert_eq!(first["code"]["user"], "Li Wei <li.wei@acme.cn>");
    assert_eq!(first["readable_since"], "2026-01-31T08:00:00Z");
    assert_eq!(evidence(2).unwrap()["code"]["file"], Value::Null);
    let events = json_lines(&serving.run(&["events", "list", "--json"], ""));
    assert_eq!(events.len(), 3, "{events:?}");

    let browser = serving.served.browser_of("admin", PASSWORD);
    let page = browser.get("/intelligence");
    assert!(page.says("Watched") && page.says("shop"), "{}", page.body);
    let path = format!("/intelligence/repositories/{}/again", known["id"].as_str().unwrap());
    assert!(page.body.contains(&format!("action=\"{path}\"")) && page.says("Read all again"));
    assert_eq!(browser.post(&path, &[]).status, 303);
    until("all of it was read again", || {
        let now = state(&serving);
        let again = now["state"] == "watched" && now["scanned_at"] != known["scanned_at"];
        (again && now["blobs"] == known["blobs"]).then_some(())
    });
    let event = browser.get(&format!(
        "/events/{}",
        first["risk_event_id"].as_str().unwrap_or(
            events.iter().find(|event| event["subject"] == PAIRS[0].0).unwrap()["id"]
                .as_str()
                .unwrap(),
        )
    ));
    for words in ["Private Repository", "config.txt", "Li Wei <li.wei@acme.cn>", "in commit "] {
        let words = words.replace('<', "&lt;").replace('>', "&gt;");
        assert!(event.says(&words), "{words}: {}", event.body);
    }
    let fields = [("address", "git+fd::7"), ("interval_seconds", "3600"), ("token", "made up")];
    let refused = browser.post("/intelligence/repositories", &fields);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("git+fd::7") && !refused.body.contains("made up\""));

    // A new commit, without the old ones.
    std::fs::write(code.path().join("more.env"), "nothing\n").unwrap();
    git(code.path(), &["add", "--all"]);
    git(code.path(), &["commit", "--quiet", "--message", "more"]);
    assert_eq!(serving.run(&["intel", "repository", "scan", "shop"], "").code, 0);
    let before = known["blobs"].as_u64().unwrap();
    until("the new commit was read", || {
        let now = state(&serving);
        (now["blobs"].as_u64() == Some(before + 2)).then_some(())
    });
    assert_eq!(serving.run(&["intel", "repository", "remove", "shop"], "").code, 0);
    let listed = serving.run(&["intel", "repository", "list", "--json"], "");
    assert!(listed.stdout.is_empty(), "{}", listed.stdout);
    assert_eq!(evidence(0).unwrap()["state"], "found", "evidence stays");
}
