//! People, tokens of programs and sessions, as the API, a command and a browser meet them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Ran;
use crate::remote::{Serving, json_lines};
use crate::served::{PASSWORD, Served};

/// Asks the API as a program does.
fn ask(served: &Served, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let address = served.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn sign_in(served: &Served, name: &str, password: &str) -> (u16, String) {
    let body = json!({ "name": name, "password": password, "label": "a test" });
    let (status, answer) = ask(served, "", "POST", "/api/v1/sessions", &body);
    (status, answer["token"].as_str().unwrap_or_default().to_owned())
}

fn token(served: &Served, by: &str, name: &str, scopes: &[&str]) -> String {
    let body = json!({ "name": name, "scopes": scopes });
    let (status, answer) = ask(served, by, "POST", "/api/v1/tokens", &body);
    assert_eq!(status, 201, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

/// A command that shows a token.
fn run_by(serving: &Serving, token: &str, args: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command
        .args(args)
        .env("CLAVIGER_SERVER", serving.served.url())
        .env("CLAVIGER_TOKEN", token)
        .env_remove("CLAVIGER_SOURCE_TOKEN");
    crate::ran(command, input.as_bytes())
}

#[test]
fn each_scope_opens_what_it_names_and_nothing_else() {
    let served = Served::start();
    let (_, admin) = sign_in(&served, "admin", PASSWORD);
    let add = json!({ "name": "logs", "feed": { "kind": "push" } });
    assert_eq!(ask(&served, &admin, "POST", "/api/v1/sources", &add).0, 201);
    let policy = json!({ "level": "medium" });
    let level = "/api/v1/policies/shared_account";
    let entry = json!({ "scope": "network", "value": "203.0.113.0/24", "reason": "made up" });
    // Whoever may do it is answered otherwise than by 401 or 403, however little sense it makes.
    let asked: [(&str, &str, &Value); 6] = [
        ("GET", "/api/v1/events", &Value::Null),
        ("GET", "/metrics", &Value::Null),
        ("POST", "/api/v1/allowlist", &entry),
        ("PUT", level, &policy),
        ("PUT", "/api/v1/users/admin/disabled", &json!({ "disabled": false })),
        ("POST", "/ingest/logs", &Value::Null),
    ];
    for (scopes, may) in [
        (&["read"][..], [true, true, false, false, false, false]),
        (&["respond"], [true, true, true, false, false, true]),
        (&["ingest"], [false, false, false, false, false, true]),
        (&["admin"], [true, true, true, true, true, true]),
        (&["read", "ingest"], [true, true, false, false, false, true]),
    ] {
        let token = token(&served, &admin, &scopes.join("+"), scopes);
        let answers = asked.map(|(method, path, body)| ask(&served, &token, method, path, body));
        let done = answers.each_ref().map(|(status, _)| !matches!(status, 401 | 403));
        assert_eq!(done, may, "{scopes:?}: {answers:?}");
        let refused = answers.iter().filter(|(status, _)| *status == 403);
        for (_, problem) in refused {
            assert_eq!(problem["code"], "out_of_scope");
            assert!(problem["hint"].as_str().unwrap().contains("claviger tokens add"));
        }
    }
}

#[test]
fn a_token_for_log_lines_reads_no_address_of_the_api() {
    let served = Served::start();
    let (_, admin) = sign_in(&served, "admin", PASSWORD);
    let shipper = token(&served, &admin, "shipper", &["ingest"]);
    let (_, description) = ask(&served, "", "GET", "/api/openapi.json", &Value::Null);
    let mut asked = 0;
    for (path, acts) in description["paths"].as_object().unwrap() {
        for (method, act) in acts.as_object().unwrap() {
            let is_open = act["security"].is_array();
            if is_open || path.starts_with("/ingest/") {
                continue;
            }
            let path = path.replace(['{', '}'], "");
            let method = method.to_uppercase();
            let (status, _) = ask(&served, &shipper, &method, &path, &json!({}));
            assert_eq!(status, 403, "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked}");
    for page in ["/", "/settings", "/api/v1/live"] {
        assert_eq!(ask(&served, &shipper, "GET", page, &Value::Null).0, 403, "{page}");
    }
}

#[test]
fn a_token_ends_when_it_is_removed_and_with_its_owner() {
    let served = Served::start();
    let (_, admin) = sign_in(&served, "admin", PASSWORD);
    let mei = json!({ "name": "mei", "role": "responder", "password": "made-up words of mei" });
    assert_eq!(ask(&served, &admin, "POST", "/api/v1/users", &mei).0, 201);
    let (_, session) = sign_in(&served, "mei", "made-up words of mei");
    let one = token(&served, &session, "one", &["read"]);
    let two = token(&served, &session, "two", &["read"]);
    let who = |token: &str| ask(&served, token, "GET", "/api/v1/sessions", &Value::Null);
    assert_eq!(who(&one), (200, json!({ "name": "mei", "role": "viewer" })));
    assert_eq!(ask(&served, &session, "DELETE", "/api/v1/tokens/one", &Value::Null).0, 204);
    assert_eq!((who(&one).0, who(&two).0), (401, 200));
    assert_eq!(ask(&served, &two, "DELETE", "/api/v1/sessions", &Value::Null).0, 409);
    let role = json!({ "role": "viewer" });
    assert_eq!(ask(&served, &admin, "PUT", "/api/v1/users/mei/role", &role).0, 200);
    assert_eq!((who(&two).0, who(&session).0), (401, 401));
    let last = ask(&served, &admin, "DELETE", "/api/v1/users/admin", &Value::Null);
    assert_eq!((last.0, &last.1["code"]), (409, &json!("conflict")));
    for hostile in ["clv_", &two[..39], &format!("{two}0"), &"clv_a".repeat(1000)] {
        assert_eq!(who(hostile).0, 401);
    }
}

#[test]
fn people_tokens_and_sessions_are_commands() {
    let serving = Serving::start();
    assert_eq!(serving.run(&["sign-in", "admin"], PASSWORD).code, 0);
    let run = |args: &[&str], input: &str| {
        let ran = serving.run(args, input);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
        ran.stdout
    };
    run(&["users", "add", "mei", "--role", "viewer"], "made-up words of mei\n");
    assert!(run(&["users", "role", "mei", "responder"], "").contains("role: responder"));
    run(&["users", "disable", "mei"], "");
    assert_eq!(sign_in(&serving.served, "mei", "made-up words of mei").0, 401);
    run(&["users", "enable", "mei"], "");
    run(&["users", "password", "mei"], "other made-up words\n");
    assert_eq!(sign_in(&serving.served, "mei", "other made-up words").0, 201);
    let last = serving.run(&["users", "remove", "admin"], "");
    assert_eq!(last.code, 2);
    assert!(last.stderr.contains("hint: make another one first"), "{}", last.stderr);

    let made = ["tokens", "add", "nightly", "--scope", "read", "--expires", "30d", "--json"];
    let made = json_lines(&serving.run(&made, "")).remove(0);
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("clv_") && token.len() == 40, "{token}");
    let listed = run(&["tokens", "list"], "");
    assert!(listed.contains("nightly") && !listed.contains(token), "{listed}");
    assert_eq!(run_by(&serving, token, &["events", "list"], "").code, 0);
    let refused = run_by(&serving, token, &["users", "remove", "mei"], "");
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("needs the scope `admin`"), "{}", refused.stderr);
    run(&["tokens", "remove", "nightly"], "");
    assert_eq!(run_by(&serving, token, &["events", "list"], "").code, 3);

    let sessions = json_lines(&serving.run(&["sessions", "list", "--json"], ""));
    let of = |name: &str| sessions.iter().find(|one| one["user"] == name).unwrap();
    assert_eq!(
        (&of("admin")["this"], &of("admin")["client"]),
        (&json!(true), &json!("command line"))
    );
    assert_eq!(of("mei")["address"], "127.0.0.1");
    run(&["sessions", "end", of("mei")["id"].as_str().unwrap()], "");
    sign_in(&serving.served, "admin", PASSWORD);
    assert!(run(&["sessions", "end", "--others"], "").contains("ended: 1"));
    let left = json_lines(&serving.run(&["sessions", "list", "--json"], ""));
    assert_eq!(left.len(), 1, "{left:?}");

    run(&["users", "remove", "mei"], "");
    run(&["users", "password"], &format!("{PASSWORD}\nanother made-up one\n"));
    assert_eq!(serving.run(&["events", "list"], "").code, 3);
    assert_eq!(serving.run(&["sign-in", "admin"], "another made-up one").code, 0);
}

#[test]
fn a_token_for_log_lines_sends_them_by_command() {
    let serving = Serving::start();
    assert_eq!(serving.run(&["sign-in", "admin"], PASSWORD).code, 0);
    assert_eq!(serving.run(&["sources", "add", "logs"], "").code, 0);
    let made = serving.run(&["tokens", "add", "shipper", "--scope", "ingest", "--json"], "");
    let token = json_lines(&made)[0]["token"].as_str().unwrap().to_owned();
    let sent = run_by(&serving, &token, &["ingest", "-", "--source", "logs"], "no line of a log\n");
    assert_eq!(sent.code, 4, "{}", sent.stderr);
    assert!(sent.stderr.contains("0 events, 1 rejected"), "{}", sent.stderr);
    assert_eq!(run_by(&serving, &token, &["sources", "list"], "").code, 3);
}

#[test]
fn the_settings_page_changes_people_tokens_and_sessions() {
    let served = Served::start();
    let admin = served.browser_of("admin", PASSWORD);
    let mei = [("name", "mei"), ("role", "viewer"), ("password", "made-up words of mei")];
    assert_eq!(admin.post("/settings/users", &mei).location(), "/settings?added=mei");
    let page = admin.get("/settings").body;
    let id_of = |page: &str, before: &str| {
        let at = page.find(before).unwrap() + before.len();
        page[at..].split('/').next().unwrap().to_owned()
    };
    let people: Vec<&str> = page.matches("/settings/users/usr_").collect();
    assert!(people.len() >= 8, "two people with four acts each");
    let (_, api) = sign_in(&served, "admin", PASSWORD);
    let (_, users) = ask(&served, &api, "GET", "/api/v1/users", &Value::Null);
    let of = |index: usize, act: &str| {
        format!("/settings/users/{}/{act}", users[index]["id"].as_str().unwrap())
    };
    let changed = admin.post(&of(1, "role"), &[("role", "responder")]);
    assert_eq!(changed.location(), "/settings?changed=mei");
    let refused = admin.post(&of(0, "disable"), &[]);
    assert_eq!(refused.status, 409);
    assert!(refused.says("admin is the last admin who may sign in"), "{}", refused.body);

    let fields =
        [("token_name", "nightly"), ("scopes", "read"), ("scopes", "ingest"), ("days", "30")];
    let made = admin.post("/settings/tokens", &fields);
    assert_eq!(made.status, 201);
    let token = format!("clv_{}", &made.body.split("clv_").nth(1).unwrap()[..36]);
    assert_eq!(ask(&served, &token, "GET", "/api/v1/events", &Value::Null).0, 200);
    let page = admin.get("/settings");
    assert!(page.says("nightly") && page.says("ingest, read") && !page.body.contains(&token));
    let again = admin.post("/settings/tokens", &fields);
    assert_eq!(again.status, 409);
    assert!(again.says("you have a token `nightly` already"), "{}", again.body);
    let none = admin.post("/settings/tokens", &[("token_name", "none"), ("days", "30")]);
    assert_eq!(none.status, 422);
    let id = id_of(&page.body, "/settings/tokens/");
    let removed = admin.post(&format!("/settings/tokens/{id}/remove"), &[]);
    assert_eq!(removed.location(), "/settings?token_removed=true#tokens");
    assert_eq!(ask(&served, &token, "GET", "/api/v1/events", &Value::Null).0, 401);

    let ended = admin.post("/settings/sessions/others/end", &[]);
    assert_eq!(ended.location(), "/settings?ended=1");
    let mei = served.browser_of("mei", "made-up words of mei");
    assert!(mei.get("/settings").says("This one"));
    assert_eq!(mei.post(&of(0, "remove"), &[]).status, 403);
    let wrong = [("old_password", "wrong"), ("new_password", "other made-up words")];
    assert_eq!(mei.post("/settings/password", &wrong).status, 422);
    let right = [("old_password", "made-up words of mei"), ("new_password", "other made-up words")];
    let changed = mei.post("/settings/password", &right);
    assert_eq!(changed.location(), "/sign-in?next=/settings");
    assert_eq!(mei.get("/settings").status, 303);
    served.browser_of("mei", "other made-up words");
    assert_eq!(admin.post(&of(1, "remove"), &[]).location(), "/settings?removed=true#people");
}
