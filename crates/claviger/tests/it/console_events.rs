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
async fn a_key_is_disabled_and_enabled_again_by_forms_alone() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    assert!(admin.get("/events").await.contains("No risk event so far"));
    let (key, path) = leak(&stage, &admin, "test.txt").await;

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
    let page = admin.get_until(&path, "answered Inactive").await;
    assert!(page.contains("Disposed"));
    let again = admin.post(&form_to(&page, "/undo").replace("/undo", "/confirm"), &[]).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("the plan is Done already"), "{}", again.body);

    assert_eq!(admin.post(form_to(&page, "/undo"), &[]).await.status, 303);
    let page = admin.get_until(&path, "taken back").await;
    assert!(page.contains("Disable: show the plan"), "it can be done once more");
}

#[tokio::test]
async fn work_comments_and_allowlist_go_by_forms() {
    let stage = Stage::set(&[]).await;
    let admin = stage.sign_in("admin").await;
    let (key, path) = leak(&stage, &admin, "test.txt").await;

    let ignored = admin.post(&format!("{path}/change"), &[("change", "ignore")]).await;
    assert_eq!(ignored.status, 422);
    assert!(ignored.body.contains("an event is ignored for a reason"));
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
