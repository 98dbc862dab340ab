//! The console's settings by HTTP: policy, alerts, allowlist, audit, intelligence, people, and what holds
//! for every page.

use super::served::{Browser, PASSWORD, Served};

/// Every page of these rooms.
const PAGES: [&str; 8] = [
    "/",
    "/policy",
    "/alerts",
    "/alerts/new",
    "/allowlist",
    "/audit",
    "/intelligence",
    "/settings",
];

/// A made-up password of a mail server.
const MAIL_PASSWORD: &str = "made-up-mail-password-7";

fn alert(name: &'static str, port: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("name", name),
        ("to", "one@example.com\r\ntwo@example.com"),
        ("language", "zh-CN"),
        ("risk_types", "access_key_pair_leak"),
        ("risk_types", "abnormal_access"),
        ("level_min", "medium"),
        ("host", "smtp.example.com"),
        ("port", port),
        ("security", "tls"),
        ("username", "mailer"),
        ("secret", MAIL_PASSWORD),
        ("method", "email"),
        ("from", "claviger@example.com"),
        ("enabled", "true"),
    ]
}

fn viewer(served: &Served) -> Browser<'_> {
    let admin = served.browser_of("admin", PASSWORD);
    let fields = [("name", "mei"), ("role", "viewer"), ("password", "words of a made-up viewer")];
    assert_eq!(admin.post("/settings/users", &fields).location(), "/settings?added=mei");
    served.browser_of("mei", "words of a made-up viewer")
}

#[test]
fn every_page_forbids_foreign_content_and_is_not_kept() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    for path in PAGES.into_iter().chain(["/sign-in", "/nowhere"]) {
        let page = admin.get(path);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{path}");
        if path != "/nowhere" {
            assert_eq!(page.status, 200, "{path}: {}", page.body);
        }
    }
}

#[test]
fn a_file_of_the_console_is_kept_for_good() {
    let served = Served::start();
    let stranger = served.stranger();
    let page = stranger.get("/sign-in").body;
    for ending in ["console.css", "console.js", "mark.svg"] {
        let end = page.find(ending).unwrap() + ending.len();
        let start = page[..end].rfind("/static/").unwrap();
        let file = stranger.get(&page[start..end]);
        assert_eq!(file.status, 200);
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    let old = stranger.get("/static/000000000000/console.css");
    assert_eq!(old.header("cache-control"), Some("no-cache"));
}

#[test]
fn whoever_is_not_signed_in_is_sent_to_sign_in_and_back() {
    let served = Served::start();
    let stranger = served.stranger();
    assert_eq!(stranger.get("/").location(), "/sign-in");
    for path in PAGES.into_iter().skip(1) {
        let next = path.replace('/', "%2F");
        assert_eq!(stranger.get(path).location(), format!("/sign-in?next={next}"));
    }
    assert_eq!(stranger.post("/policy/shared_account", &[]).location(), "/sign-in");
    let fields = [("name", "admin"), ("password", PASSWORD), ("next", "/policy")];
    assert_eq!(stranger.post("/sign-in", &fields).location(), "/policy");
    let wrong = stranger.post("/sign-in", &[("name", "admin"), ("password", "made-up wrong")]);
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("value=\"admin\"") && !wrong.body.contains("made-up wrong"));
}

#[test]
fn an_unknown_page_tells_the_way_out() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    for path in ["/nowhere", "/alerts/alc_none"] {
        let page = admin.get(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("href=\"/\""), "{path}");
    }
    assert_eq!(admin.post("/policy/nothing", &[("level", "high")]).status, 404);
    assert_eq!(admin.post("/allowlist/alw_none/remove", &[]).status, 404);
}

#[test]
fn a_policy_is_saved_and_says_what_changed() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let one = [("access_key_id", "LTAI5tMadeUpConsole1")];
    assert_eq!(admin.post("/intelligence", &one).location(), "/intelligence?kept=1");
    let fields = [("level", "low"), ("status", "disabled")];
    let saved = admin.post("/policy/access_key_pair_leak", &fields);
    let page = admin.get(saved.location());
    assert!(page.says("1 existing event changed its level."), "{}", page.body);
    assert!(page.says("AccessKey Pair Leak is disabled and raises no alerts"));
    let odd =
        admin.post("/policy/access_key_pair_leak", &[("level", "worst"), ("status", "enabled")]);
    assert_eq!(odd.status, 422);
}

#[test]
fn a_form_keeps_what_was_entered_on_an_error_but_no_secret() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let page = admin.post("/alerts", &alert("night & <day>", "many"));
    assert_eq!(page.status, 422);
    assert!(page.says("The port is no number from 1 to 65535."));
    assert!(page.body.contains("aria-invalid=\"true\""));
    for kept in [
        "value=\"night &amp; &lt;day&gt;\"",
        "value=\"many\"",
        "value=\"smtp.example.com\"",
        "value=\"mailer\"",
        "two@example.com",
        "<option value=\"zh-CN\" selected",
        "<option value=\"medium\" selected",
        "<option value=\"tls\" selected",
        "value=\"access_key_pair_leak\" checked",
        "value=\"abnormal_access\" checked",
        "value=\"true\" checked",
    ] {
        assert!(page.body.contains(kept), "{kept} is lost");
    }
    assert!(!page.body.contains("value=\"shared_account\" checked"));
    assert!(!page.body.contains(MAIL_PASSWORD));
    let fields = [("name", "mei"), ("role", "responder"), ("password", "too short")];
    let page = admin.post("/settings/users", &fields);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("value=\"mei\"") && !page.body.contains("too short"));
    assert!(page.body.contains("<option value=\"responder\" selected"));
    let page = admin.post("/intelligence", &[("access_key_id", "LTAI"), ("link", "no link")]);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("value=\"LTAI\"") && page.body.contains("value=\"no link\""));
}

#[test]
fn an_alert_configuration_is_made_changed_and_removed() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let saved = admin.post("/alerts", &alert("night", "465"));
    let id = saved.location().split("id=").nth(1).unwrap().to_owned();
    let list = admin.get(saved.location());
    assert!(list.says("night is saved.") && list.says("one@example.com, two@example.com"));
    assert!(list.says("AccessKey Pair Leak, Abnormal Access"));
    let mut changed = alert("day", "465");
    changed.retain(|(name, _)| !matches!(*name, "password" | "enabled" | "risk_types"));
    admin.post(&format!("/alerts/{id}"), &changed).location();
    let page = admin.get(&format!("/alerts/{id}"));
    assert!(page.body.contains("value=\"day\"") && !page.body.contains(MAIL_PASSWORD));
    assert!(!page.body.contains("value=\"true\" checked"));
    let list = admin.get("/alerts");
    assert!(
        list.says("every alert configuration is disabled") && !list.body.contains(MAIL_PASSWORD)
    );
    assert_eq!(admin.post(&format!("/alerts/{id}/remove"), &[]).location(), "/alerts?done=removed");
    assert!(admin.get("/alerts").says("Nobody is told yet"));
}

#[test]
fn a_message_that_is_not_delivered_stands_in_the_log_with_the_way_out() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    // Loopback is not among the networks allowed: the message cannot leave.
    let mut fields = alert("loopback", "25");
    fields.retain(|(name, _)| *name != "host");
    fields.push(("host", "127.0.0.1"));
    let saved = admin.post("/alerts", &fields);
    let id = saved.location().split("id=").nth(1).unwrap().to_owned();
    let tested = admin.post(&format!("/alerts/{id}/test"), &[]);
    assert!(admin.get(tested.location()).says("is on its way"));
    let page = (0..300)
        .map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            admin.get("/alerts")
        })
        .find(|page| page.says("1 message could not get through"))
        .unwrap();
    assert!(page.says("1 message is not delivered yet") && page.says("allow"), "{}", page.body);
}

#[test]
fn rejected_lines_are_named_and_the_text_stays() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let text = "access_key_id,link\r\nLTAI5tMadeUpConsole2,\r\nLTAI5tMadeUpConsole3,ftp://x\r\n";
    let page = admin.post("/intelligence/upload", &[("format", "csv"), ("entries", text)]);
    assert_eq!(page.status, 422);
    assert!(page.says("1 entry is kept.") && page.says("1 line was not kept."));
    assert!(page.body.contains("LTAI5tMadeUpConsole3,ftp://x"));
    assert!(page.body.contains("<option value=\"csv\" selected"));
    let again = "{\"access_key_id\":\"LTAI5tMadeUpConsole2\"}\r\n";
    let fields = [("format", "json_lines"), ("entries", again)];
    assert_eq!(admin.post("/intelligence/upload", &fields).location(), "/intelligence?kept=1");
    assert!(admin.get("/intelligence").says("1 entry made by hand"));
    let nothing = admin.post("/intelligence/upload", &[("format", "csv"), ("entries", "")]);
    assert_eq!(nothing.status, 422);
}

#[test]
fn a_viewer_sees_what_the_role_lacks_and_cannot_act() {
    let served = Served::start();
    let viewer = viewer(&served);
    for (path, needed) in [
        ("/policy", "admin"),
        ("/alerts", "responder"),
        ("/alerts/new", "responder"),
        ("/allowlist", "responder"),
        ("/intelligence", "responder"),
        ("/settings", "admin"),
    ] {
        let page = viewer.get(path);
        assert_eq!(page.status, 200, "{path}");
        let words = format!("This needs the role {needed}; you are viewer");
        assert!(page.says(&words), "{path} does not say: {words}");
    }
    assert!(viewer.get("/policy").body.contains("disabled"));
    let acts: [(&str, &[(&str, &str)]); 5] = [
        ("/policy/shared_account", &[("level", "high"), ("status", "enabled")]),
        ("/alerts", &alert("night", "465")),
        ("/intelligence", &[("access_key_id", "LTAI5tMadeUpConsole4")]),
        ("/settings/users", &[("name", "x"), ("role", "admin"), ("password", "long made-up one")]),
        ("/allowlist/alw_none/remove", &[]),
    ];
    for (path, fields) in acts {
        assert_eq!(viewer.post(path, fields).status, 403, "{path}");
    }
    assert!(viewer.get("/audit").says("Refused"));
}

#[test]
fn the_audit_log_proves_itself() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let page = admin.get("/audit?verify=true");
    assert!(page.says("The chain holds") && page.says("none changed"), "{}", page.body);
    assert!(page.says("Sign in") && page.says("admin"));
    assert!(admin.get("/audit?before=1").says("No older act."));
}
