//! The console's pages of risk events, over HTTP and without a script: look, plan, confirm, undo.

use claviger_cloud::BucketRef;
use claviger_model::AccessKeyId;

use crate::practice::{BUCKET, Browser, Stage, between, owner};

const USER: &str = "billing-export";

/// A bucket that holds a user's key pair, authorized. Returns the key and the event's page.
async fn leak(stage: &Stage, admin: &Browser<'_>, file: &str) -> (AccessKeyId, String) {
    let cloud = owner(&stage.sandbox, &stage.guard);
    cloud.create_user(USER).await.unwrap();
    let (key, secret) = cloud.create_key(USER).await.unwrap();
    let bucket = BucketRef {
        name: BUCKET.to_owned(),
        region: stage.sandbox.region().to_owned(),
        endpoint: None,
    };
    let text = format!("AccessKeyId: {key}\nAccessKeySecret: {}\n", secret.reveal());
    cloud.put_object(&bucket, file, text.into_bytes(), None).await.unwrap();
    let asset = admin.connect().await;
    assert_eq!(admin.post(&format!("/assets/{asset}/authorize"), &[]).await.status, 303);
    let list = admin.get_until("/events", "href=\"/events/evt_").await;
    let page = between(&list, "href=\"/events/evt_", "\"").unwrap();
    let page = format!("/events/evt_{page}");
    admin.get_until(&page, "answered Active").await;
    (key, page)
}

/// The address that a form of a page sends to.
fn form_to<'p>(page: &'p str, end: &str) -> &'p str {
    let forms = page.match_indices("action=\"").map(|(at, before)| &page[at + before.len()..]);
    let mut addresses = forms.filter_map(|rest| rest.split('"').next());
    addresses.find(|address| address.ends_with(end)).unwrap()
}

#[tokio::test]
async fn a_file_is_deleted_by_forms_alone_once_the_key_was_typed() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let (key, path) = leak(&stage, &admin, " odd name.txt ").await;
    let page = admin.get(&path).await;
    assert!(page.contains("Delete File") && page.contains("Make private"));
    let ask = [("action", "delete_file"), ("bucket", BUCKET), ("object", " odd name.txt ")];
    assert_eq!(admin.post(&format!("{path}/plans"), &ask).await.status, 303);
    let page = admin.get(&path).await;
    assert!(page.contains("This cannot be undone.") && page.contains("oss:DeleteObjectVersion"));
    let confirm = form_to(&page, "/confirm");
    let refused = admin.post(confirm, &[("key", "something else")]).await;
    assert_eq!(refused.status, 422);
    let told = between(&refused.body, "id=\"stop-it\"", "</section>").unwrap();
    assert!(told.contains("role=\"alert\"") && told.contains(key.as_str()), "{told}");
    assert_eq!(admin.post(confirm, &[("key", key.as_str())]).await.status, 303);
    admin.get_until(&path, "the store answered 404").await;
}

#[tokio::test]
async fn a_rotation_shows_the_new_pair_once() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let (_, path) = leak(&stage, &admin, "test.txt").await;
    assert_eq!(admin.post(&format!("{path}/plans"), &[("action", "rotate")]).await.status, 303);
    let page = admin.get(&path).await;
    let confirm = form_to(&page, "/confirm").to_owned();
    let typed = [("key", between(&page, "Type <code>", "</code>").unwrap_or_default())];
    assert_eq!(admin.post(&confirm, &typed).await.status, 303);
    admin.get_until(&path, "Take the new pair, shown once").await;
    // A newer plan does not hide that a pair waits.
    assert_eq!(admin.post(&format!("{path}/plans"), &[("action", "disable")]).await.status, 303);
    let page = admin.get(&path).await;
    assert!(page.contains("Plan to disable the key"));
    let take = form_to(&page, "/take");
    let shown = admin.post(take, &[]).await;
    assert_eq!(shown.status, 200);
    assert!(shown.body.contains("AccessKey secret"), "{}", shown.body);
    let again = admin.post(take, &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("taken already"));
}

#[tokio::test]
async fn a_key_is_disabled_and_enabled_again_by_forms_alone() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    assert!(admin.get("/events").await.contains("No risk event so far"));
    let (key, path) = leak(&stage, &admin, "test.txt").await;

    assert!(admin.get("/events").await.contains("1 open risk event, not used since the leak"));
    let page = admin.get(&path).await;
    for field in [
        "AccessKey ID",
        "Account of AccessKey Pair",
        "AccessKey Pair Status",
        "First Detection Time",
        "Latest Detection Time",
        "Intelligence Source",
        "Private Plaintext Storage",
        "test.txt",
        key.as_str(),
        USER,
    ] {
        assert!(page.contains(field), "{field}");
    }
    let drafted = admin.post(&format!("{path}/plans"), &[("action", "disable")]).await;
    assert_eq!((drafted.status, drafted.location), (303, format!("{path}#stop-it")));
    let page = admin.get(&path).await;
    assert!(page.contains("ram:UpdateAccessKey") && page.contains("Nothing is changed until"));

    let confirmed = admin.post(form_to(&page, "/confirm"), &[]).await;
    assert_eq!(confirmed.status, 303);
    admin.get_until(&path, "answered Inactive").await;
    // The key's state is known a moment before the plan has ended.
    let page = admin.get_until(&path, "/undo").await;
    assert!(page.contains("Disposed"));
    let again = admin.post(&form_to(&page, "/undo").replace("/undo", "/confirm"), &[]).await;
    assert_eq!(again.status, 409);
    let told = between(&again.body, "id=\"stop-it\"", "</section>").unwrap();
    assert!(told.contains("role=\"alert\"") && told.contains("the plan is Done already"), "{told}");

    assert_eq!(admin.post(form_to(&page, "/undo"), &[]).await.status, 303);
    // It can be done once more.
    let page = admin.get_until(&path, "Disable: show the plan").await;
    assert!(page.contains("taken back"));
}

#[tokio::test]
async fn work_comments_and_allowlist_go_by_forms() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let (key, path) = leak(&stage, &admin, "test.txt").await;

    let ignored = admin.post(&format!("{path}/change"), &[("change", "ignore")]).await;
    assert_eq!(ignored.status, 422);
    let told = between(&ignored.body, "data-part=\"work\"", "</form>").unwrap();
    assert!(told.contains("role=\"alert\"") && told.contains("an event is ignored for a reason"));
    let act = stage
        .ask(claviger_dial::reqwest::Method::GET, &format!("{path}/change"), &admin.cookie, &[])
        .await;
    assert_eq!((act.status, act.location.as_str()), (303, path.as_str()), "loading it anew");
    assert_eq!(
        admin.post(&format!("{path}/change"), &[("change", "acknowledge")]).await.status,
        303
    );
    let twice = admin.post(&format!("{path}/change"), &[("change", "reopen")]).await;
    assert_eq!(twice.status, 409, "it is open already");
    let words = "<script>alert(1)</script> & \"quoted\"";
    assert_eq!(admin.post(&format!("{path}/comments"), &[("text", words)]).await.status, 303);
    let page = admin.get(&path).await;
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"));

    let allowed = admin.post(form_to(&page, "/allowlist"), &[("reason", "a sample")]).await;
    assert_eq!(allowed.status, 303);
    assert!(admin.get(&path).await.contains("On the allowlist"));
    assert!(admin.get("/allowlist").await.contains(&key.short()));

    let all = admin.get("/events?search=billing").await;
    assert!(all.contains(&key.short()));
    assert!(admin.get("/events?search=nobody").await.contains("No event fits these filters"));
    let odd =
        stage.ask(claviger_dial::reqwest::Method::GET, "/events?level=odd", &admin.cookie, &[]);
    assert_eq!(odd.await.status, 422);
    let csv = admin.get("/events.csv").await;
    assert!(csv.starts_with("id,risk_type,level,work_state") && csv.contains(key.as_str()));
}

#[tokio::test]
async fn the_list_pages_narrows_and_gives_every_row_as_csv_without_formulas() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let mut entries = String::from("access_key_id,link\n=1+2,\n");
    for number in 0..60 {
        entries.push_str(&format!("LTAI5tMadeUpList{number:02},\n"));
    }
    let form = [("format", "csv"), ("entries", entries.as_str())];
    assert_eq!(admin.post("/intelligence/upload", &form).await.status, 303);

    let page = admin.get("/events").await;
    assert!(page.contains("61 open risk events, none used since the leak"));
    assert_eq!(page.matches("<tr id=\"evt_").count(), 50);
    let next = between(&page, "class=\"button\" href=\"/events?after=", "\"").unwrap();
    let rest = admin.get(&format!("/events?after={next}")).await;
    assert_eq!(rest.matches("<tr id=\"evt_").count(), 11);
    let json = between(&page, "href=\"/api/v1/events?", "\"").unwrap().replace("&amp;", "&");
    let rows = admin.get(&format!("/api/v1/events?{json}")).await;
    assert_eq!(rows.matches("\"access_key_id\"").count(), 50, "the JSON of what is shown");

    let csv = admin.get("/events.csv?since=24h").await;
    assert_eq!(csv.lines().count(), 62, "a head, and every row of every page");
    assert!(csv.contains(",'=1+2,") && !csv.contains(",=1+2"), "{csv}");
    let none = admin.get("/events?since=2999-01-01T00%3A00%3A00Z").await;
    assert!(none.contains("No event fits these filters") && none.contains("Clear filters"));
}

#[tokio::test]
async fn chosen_events_change_together_and_a_refusal_loses_nothing() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let entries = "access_key_id\nLTAI5tMadeUpBulk1\nLTAI5tMadeUpBulk2\n";
    let form = [("format", "csv"), ("entries", entries)];
    assert_eq!(admin.post("/intelligence/upload", &form).await.status, 303);
    let page = admin.get("/events?open=true").await;
    let ids: Vec<&str> = page
        .match_indices("<tr id=\"")
        .filter_map(|(at, before)| page[at + before.len()..].split('"').next())
        .collect();
    let act = "/events/change?open=true";
    assert_eq!(admin.post(act, &[("change", "acknowledge")]).await.status, 422, "none is chosen");

    let unexplained = [("id", ids[0]), ("id", ids[1]), ("change", "ignore")];
    let refused = admin.post(act, &unexplained).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("an event is ignored for a reason"));
    assert_eq!(refused.body.matches(" checked aria-label=\"Choose LTAI").count(), 2);
    assert!(refused.body.contains("action=\"/events/change?open=true\""), "the filter stays");

    let unknown = [("id", "evt_none"), ("id", ids[0]), ("change", "ignore"), ("reason", "a test")];
    let partly = admin.post(act, &unknown).await;
    assert_eq!(partly.status, 404, "one there is not, and the other was changed all the same");
    assert!(partly.body.contains("1 open risk event,") && partly.body.contains("value=\"a test\""));
    let done = admin.post(act, &[("id", ids[1]), ("change", "acknowledge")]).await;
    assert_eq!((done.status, done.location.as_str()), (303, "/events?open=true&changed=1"));
    assert!(admin.get(&done.location).await.contains("1 event was changed."));
}

#[tokio::test]
async fn the_link_of_a_message_leads_to_the_event_by_way_of_signing_in() {
    let stage = Stage::set(&[]).await;
    let page = "/events/evt_0123456789abcdef0123456789abcdef";
    let ask = |method, path: &'static str, form: &'static [(&str, &str)]| {
        stage.ask(method, path, "", form)
    };
    let sent = ask(claviger_dial::reqwest::Method::GET, page, &[]).await;
    let next = "/sign-in?next=%2Fevents%2Fevt_0123456789abcdef0123456789abcdef";
    assert_eq!((sent.status, sent.location.as_str()), (303, next));
    let form: &[(&str, &str)] = &[
        ("name", "vera"),
        ("password", crate::practice::PASSWORD),
        ("next", "/events/evt_0123456789abcdef0123456789abcdef"),
    ];
    let answer = ask(claviger_dial::reqwest::Method::POST, "/sign-in", form).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, page));
}

#[tokio::test]
async fn a_hostile_file_name_is_text_on_the_page_of_its_event() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let hostile = "a\n\"b\"<img src=x onerror=alert(1)>&amp;\u{202e}.txt";
    let (_, path) = leak(&stage, &admin, hostile).await;
    let page = admin.get(&path).await;
    assert!(!page.contains("<img src=x") && page.contains("&lt;img src=x onerror=alert(1)&gt;"));
    assert!(page.contains("<span class=\"odd\">\\n</span>"));
}

#[tokio::test]
async fn a_viewer_sees_the_event_and_cannot_act() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let (_, path) = leak(&stage, &admin, "test.txt").await;
    let viewer = stage.sign_in("vera").await;
    let page = viewer.get(&path).await;
    assert!(page.contains("title=\"This needs the role responder; you are viewer\""));
    for (act, form) in [
        ("change", [("change", "acknowledge")]),
        ("comments", [("text", "words")]),
        ("plans", [("action", "disable")]),
    ] {
        let refused = viewer.post(&format!("{path}/{act}"), &form).await;
        assert_eq!(refused.status, 403, "{act}");
        assert!(refused.body.contains("needs the role"), "{act}");
    }
    assert_eq!(viewer.post(form_to(&page, "/allowlist"), &[("reason", "r")]).await.status, 403);
}

/// What the published schema has against a finding; `None` where its validator is not installed.
fn against_schema(finding: &str) -> Option<String> {
    use std::io::Write;
    let python =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parts/venv/bin/python");
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/ocsf.py");
    let required = std::env::var_os("CLAVIGER_TEST_REQUIRE_PARTS").is_some_and(|word| word == "1");
    let has = |python: &std::path::Path| {
        let modules = ["-c", "import jsonschema, ocsf_json_schema"];
        let mut command = std::process::Command::new(python);
        command.args(modules).stderr(std::process::Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !has(&python) {
        assert!(!required, "install `jsonschema ocsf-json-schema`");
        return None;
    }
    let mut child = std::process::Command::new(python)
        .arg(script)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(finding.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[tokio::test]
async fn the_report_of_an_event_comes_in_each_form_and_holds_no_secret() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let (key, path) = leak(&stage, &admin, "a|b<i>.txt").await;
    let markdown = admin.get(&format!("{path}/report/markdown")).await;
    assert!(
        markdown.contains("a\\|b\\<i\\>\\.txt") && markdown.contains(key.as_str()),
        "{markdown}"
    );
    let html = admin.get(&format!("{path}/report/html")).await;
    assert!(html.contains("a|b&lt;i&gt;.txt") && !html.contains("<i>"));
    let finding = admin.get(&format!("{path}/report/ocsf")).await;
    if let Some(wrong) = against_schema(&finding) {
        assert_eq!(wrong, "", "{finding}");
    }
    let told: serde_json::Value = serde_json::from_str(&finding).unwrap();
    assert_eq!((&told["class_uid"], &told["severity"]), (&2004.into(), &"High".into()));
    let odd = format!("{path}/report/odd");
    let odd = stage.ask(claviger_dial::reqwest::Method::GET, &odd, &admin.cookie, &[]).await;
    assert_eq!(odd.status, 422);
    let rows = admin.get("/events.csv").await;
    assert!(rows.contains(key.as_str()) && rows.lines().count() == 2, "{rows}");
}
