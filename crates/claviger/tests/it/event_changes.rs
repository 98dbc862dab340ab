//! Many risk events changed at once: over HTTP, by the command, and by the console's form without a script.

use serde_json::{Value, json};

use crate::practice::between;
use crate::served::{Browser, PASSWORD, Served};
use crate::sources::Serving;

/// A service with so many events, each of another key.
fn with_events(count: usize) -> Serving {
    let serving = Serving::start();
    serving.enter_keys(0..count);
    serving
}

impl Serving {
    fn enter_keys(&self, numbers: std::ops::Range<usize>) {
        let lines: String = numbers
            .map(|number| format!("{{\"access_key_id\":\"LTAI5tMadeUpKeyOf{number:07}\"}}\n"))
            .collect();
        let entered = self.run(&["intel", "add", "-"], &lines);
        assert_eq!(entered.code, 0, "{}", entered.stderr);
    }

    /// The ids of all events, by their keys.
    fn ids(&self) -> Vec<String> {
        let mut events = self.data(&["events", "list", "--limit", "1000"]);
        events.sort_by_key(|event| event["subject"].as_str().unwrap().to_owned());
        events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
    }

    /// How many events there are in each state.
    fn in_state(&self, state: &str) -> usize {
        self.data(&["events", "list", "--limit", "1000", "--state", state]).len()
    }

    fn token_of(&self, name: &str, password: &str) -> String {
        let who = json!({ "name": name, "password": password, "label": "test" });
        let headers = [("content-type", "application/json")];
        let (status, session) = self.post("/api/v1/sessions", &headers, &who.to_string());
        assert!(status < 300, "{session}");
        session["token"].as_str().unwrap().to_owned()
    }

    fn change(&self, token: &str, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        self.post("/api/v1/events/change", &headers, &body.to_string())
    }

    fn count(&self, question: &str) -> Value {
        let mut args = vec!["events", "change", "acknowledge"];
        args.extend(question.split('&').flat_map(|pair| ["--where", pair]));
        self.data(&args).remove(0)
    }

    fn add_user(&self, name: &str, role: &str) -> String {
        let password = "another four made-up words";
        let added = self.run(&["users", "add", name, "--role", role], &format!("{password}\n"));
        assert_eq!(added.code, 0, "{}", added.stderr);
        self.token_of(name, password)
    }
}

#[test]
fn each_of_many_events_has_its_answer_and_the_rest_goes_on() {
    let serving = with_events(3);
    let admin = serving.token_of("admin", PASSWORD);
    let ids = serving.ids();
    let body =
        json!({ "ids": [ids[0], "evt_none", ids[1], ids[0]], "do": { "change": "acknowledge" } });
    let (status, changed) = serving.change(&admin, &body);
    assert_eq!((status, &changed["changed"], &changed["refused"]), (200, &json!(2), &json!(1)));
    let answers = changed["events"].as_array().unwrap();
    assert_eq!(answers.len(), 3, "each once: {changed}");
    assert_eq!((&answers[1]["id"], &answers[1]["code"]), (&json!("evt_none"), &json!("not_found")));
    assert_eq!(answers[2]["work_state"], "acknowledged");

    // What a state does not allow is told with the way out.
    let ignore = json!({ "change": "ignore", "reason": "a test key" });
    assert_eq!(serving.change(&admin, &json!({ "ids": [ids[1]], "do": ignore })).0, 200);
    let (_, changed) = serving.change(&admin, &json!({ "ids": ids, "do": { "change": "reopen" } }));
    assert_eq!((&changed["changed"], &changed["refused"]), (&json!(1), &json!(2)));
    assert_eq!(changed["events"][0]["code"], "conflict");
    assert!(changed["events"][0]["hint"].is_string(), "{changed}");

    let audit = serving.data(&["audit", "list"]);
    let named =
        audit.iter().find(|line| line["details"]["refused"] == json!(["evt_none"])).unwrap();
    assert_eq!(named["details"]["done"], json!([ids[0], ids[1]]));
    assert_eq!((&named["actor"], &named["subject"]), (&json!("admin"), &json!("3 risk events")));
    let verified = serving.run(&["audit", "verify"], "");
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    let history = serving.data(&["events", "history", &ids[1]]);
    let told: Vec<&str> = history.iter().filter_map(|line| line["text"].as_str()).collect();
    assert!(told.contains(&"Acknowledged → Ignored: a test key"), "{told:?}");
}

#[test]
fn a_filter_changes_those_that_were_counted_and_no_others() {
    let serving = with_events(3);
    let admin = serving.token_of("admin", PASSWORD);
    let filter = json!({ "risk_type": "access_key_pair_leak", "open": true });
    let counted = serving.count("risk_type=access_key_pair_leak&open=true");
    assert_eq!(counted["count"], 3);
    let body =
        json!({ "where": filter, "token": counted["token"], "do": { "change": "acknowledge" } });
    serving.enter_keys(3..4);
    let (status, problem) = serving.change(&admin, &body);
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{problem}");
    assert_eq!(serving.in_state("pending"), 4, "nothing was changed");

    let counted = serving.count("risk_type=access_key_pair_leak&open=true");
    let body =
        json!({ "where": filter, "token": counted["token"], "do": { "change": "acknowledge" } });
    let (status, changed) = serving.change(&admin, &body);
    assert_eq!((status, &changed["changed"]), (200, &json!(4)), "{changed}");
    assert_eq!(serving.in_state("acknowledged"), 4);
    assert_eq!(serving.count("search=nosuchkey")["count"], 0);
    for (body, field) in [
        (json!({ "where": {}, "do": { "change": "reopen" } }), "token"),
        (json!({ "do": { "change": "reopen" } }), "ids"),
        (json!({ "ids": [], "do": { "change": "reopen" } }), "ids"),
        (json!({ "ids": ["a"], "where": {}, "token": "1-x", "do": { "change": "reopen" } }), "ids"),
        (
            json!({ "where": { "level": "grave" }, "token": "1-x", "do": { "change": "reopen" } }),
            "level",
        ),
        (json!({ "ids": ["a"], "do": { "change": "ignore", "reason": " " } }), "reason"),
        (json!({ "ids": ["a"], "do": { "change": "assign", "to": "nobody" } }), "to"),
    ] {
        let (status, problem) = serving.change(&admin, &body);
        assert_eq!((status, &problem["field"]), (422, &json!(field)), "{body}: {problem}");
    }
    let many: Vec<String> = (0..10_001).map(|number| format!("evt_{number}")).collect();
    let (status, problem) =
        serving.change(&admin, &json!({ "ids": many, "do": { "change": "reopen" } }));
    assert_eq!((status, &problem["field"]), (422, &json!("ids")), "{problem}");
}

#[test]
fn two_people_at_once_lose_no_change() {
    let serving = with_events(450);
    let (anna, mei) = (serving.add_user("anna", "responder"), serving.add_user("mei", "responder"));
    let ids = serving.ids();
    let backwards: Vec<&String> = ids.iter().rev().collect();
    let ignore = json!({ "ids": ids, "do": { "change": "ignore", "reason": "a drill" } });
    let acknowledge = json!({ "ids": backwards, "do": { "change": "acknowledge" } });
    let ((one, ignored), (two, seen)) = std::thread::scope(|scope| {
        let one = scope.spawn(|| serving.change(&anna, &ignore));
        let two = serving.change(&mei, &acknowledge);
        (one.join().unwrap(), two)
    });
    assert_eq!((one, two), (200, 200), "{ignored} {seen}");
    // What was acknowledged can be ignored; what was ignored before is refused to who acknowledges.
    assert_eq!(ignored["changed"], 450);
    let count = |name: &str| seen[name].as_u64().unwrap();
    assert_eq!(count("changed") + count("refused"), 450);
    assert_eq!(serving.in_state("ignored"), 450);
    assert_eq!(serving.run(&["audit", "verify"], "").code, 0);
}

#[test]
fn a_viewer_changes_nothing_and_that_is_audited() {
    let serving = with_events(2);
    let viewer = serving.add_user("vera", "viewer");
    let body = json!({ "ids": serving.ids(), "do": { "change": "acknowledge" } });
    let (status, problem) = serving.change(&viewer, &body);
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    assert_eq!(serving.in_state("pending"), 2);
    let audit = serving.data(&["audit", "list"]);
    assert!(audit.iter().any(|line| line["actor"] == "vera" && line["outcome"] == "refused"));
}

#[test]
fn an_event_is_assigned_allowed_and_ignored_for_a_while() {
    let serving = with_events(3);
    let anna = serving.add_user("anna", "responder");
    let ids = serving.ids();
    let assigned =
        serving.run(&["events", "change", "assign", "--to", "anna", &ids[0], &ids[1]], "");
    assert_eq!((assigned.code, assigned.stdout.trim()), (0, "2 events changed"));
    let hers = serving.data(&["events", "list", "--assigned-to", "anna"]);
    assert_eq!(hers.len(), 2);
    assert_eq!(serving.run(&["events", "assign", &ids[0]], "").code, 0, "to nobody");
    assert_eq!(serving.data(&["events", "list", "--assigned-to", "anna"]).len(), 1);

    let allow = ["events", "change", "allow", "--reason", "rotated long ago", &ids[0], &ids[1]];
    assert_eq!(serving.run(&allow, "").code, 0);
    assert_eq!(serving.in_state("added_to_whitelist"), 2);
    let entries = serving.data(&["allowlist", "list"]);
    assert!(entries.iter().all(|entry| entry["scope"] == "key" && entry["by"] == "admin"));
    assert_eq!(entries.len(), 2);
    let again = serving.run(&allow, "");
    assert_eq!(again.code, 2, "each is refused: {}", again.stdout);
    assert!(again.stdout.starts_with("0 events changed, 2 not\n"), "{}", again.stdout);
    assert_eq!(serving.data(&["allowlist", "list"]).len(), 2, "and none is allowed twice");

    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    let ignore = json!({ "change": "ignore", "reason": "later", "until": soon.to_string() });
    let (status, changed) = serving.change(&anna, &json!({ "ids": [ids[2]], "do": ignore }));
    assert_eq!((status, &changed["changed"]), (200, &json!(1)), "{changed}");
    let ignored = serving.data(&["events", "list", "--state", "ignored"]);
    assert!(ignored[0]["ignored_until"].is_string(), "{ignored:?}");
    let begun = std::time::Instant::now();
    while serving.in_state("pending") == 0 {
        assert!(begun.elapsed().as_secs() < 30, "it waits for somebody again");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let past = json!({ "change": "ignore", "reason": "late", "until": "2020-01-01T00:00:00Z" });
    let (status, problem) = serving.change(&anna, &json!({ "ids": [ids[2]], "do": past }));
    assert_eq!((status, &problem["field"]), (422, &json!("until")));
}

#[test]
fn the_command_tells_how_many_fit_before_it_changes_them() {
    let serving = with_events(2);
    let filter =
        ["events", "change", "note", "--text", "seen by the auditors", "--where", "open=true"];
    let counted = serving.run(&filter, "");
    assert_eq!(counted.code, 0, "{}", counted.stderr);
    assert!(
        counted.stdout.starts_with("2 events fit, and none was changed\n"),
        "{}",
        counted.stdout
    );
    let token = between(&counted.stdout, "--token ", "`").unwrap();
    let changed = serving.run(&[&filter[..], &["--token", token]].concat(), "");
    assert_eq!(
        (changed.code, changed.stdout.trim()),
        (0, "2 events changed"),
        "{}",
        changed.stderr
    );
    let ids = serving.ids().join("\n");
    let changed = serving.run(&["events", "change", "acknowledge", "-"], &ids);
    assert_eq!(
        (changed.code, changed.stdout.trim()),
        (0, "2 events changed"),
        "{}",
        changed.stderr
    );
    let nothing = serving.run(&["events", "change", "acknowledge"], "");
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("hint:"), "{}", nothing.stderr);
}

fn upload(admin: &Browser<'_>, keys: &str) {
    let entries = format!("access_key_id\n{keys}");
    let entered = admin.post("/intelligence/upload", &[("format", "csv"), ("entries", &entries)]);
    assert!(entered.location().starts_with("/intelligence?kept="), "{}", entered.body);
}

#[test]
fn the_list_changes_chosen_rows_or_all_that_fit_without_a_script() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let keys: String = (0..60).map(|number| format!("LTAI5tMadeUpKeyOf{number:07}\n")).collect();
    upload(&admin, &keys);
    let page = admin.get("/events");
    assert!(page.says("All 60 that fit these filters"), "{}", page.body);
    let all = between(&page.body, "name=\"all\" value=\"", "\"").unwrap().to_owned();
    let one = between(&page.body, "name=\"id\" value=\"", "\"").unwrap().to_owned();

    let ignored =
        [("id", one.as_str()), ("change", "ignore"), ("reason", "a test"), ("until", "soon")];
    let refused = admin.post("/events/change", &ignored);
    assert_eq!(refused.status, 422);
    assert!(refused.says("That is no day") && refused.body.contains("value=\"a test\""));
    let assigned = [("id", one.as_str()), ("change", "assign"), ("to", "admin")];
    assert_eq!(admin.post("/events/change", &assigned).location(), "/events?changed=1");
    assert!(admin.get("/events?assigned_to=admin").says("1 row here"));

    let acknowledged = [("all", all.as_str()), ("change", "acknowledge")];
    assert_eq!(admin.post("/events/change", &acknowledged).location(), "/events?changed=60");
    assert!(admin.get("/events?work_state=pending").says("No event fits these filters."));
    upload(&admin, "LTAI5tMadeUpKeyOfTheNext\n");
    let stale = admin.post("/events/change", &[("all", all.as_str()), ("change", "reopen")]);
    assert_eq!(stale.status, 409);
    assert!(stale.says("these are not the events that were counted"), "{}", stale.body);
    let none = admin.post("/events/change", &[("change", "acknowledge")]);
    assert_eq!(none.status, 422);
    assert!(none.says("no event is chosen"));
}
