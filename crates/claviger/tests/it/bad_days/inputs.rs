//! What people and machines send to the API: too large, too slow, no text, too deep, unknown. Each is
//! refused as a problem with a code and the way out; nothing breaks, and the next one is served.

use std::time::Duration;

use claviger_dial::reqwest::Method;
use claviger_dial::reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Answer, Client, rows};
use super::serve::{PASSWORD, Serve};

const SESSIONS: &str = "/api/v1/sessions";

/// The service alone.
async fn serve() -> (tempfile::TempDir, Serve, Client) {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    (folder, serve, client)
}

/// An answer is a problem: its form, its status, its code and the way out.
fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{answer:?}");
    assert_eq!(answer.content_type, "application/problem+json", "{answer:?}");
    assert_eq!(answer.body["status"], status);
    for field in ["title", "hint"] {
        let words = answer.body[field].as_str().unwrap_or_default();
        assert!(!words.is_empty(), "no {field}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_makes_no_sense_is_a_problem_with_the_way_out() {
    let (_folder, serve, client) = serve().await;
    let nobody = Client::nobody(serve.url());
    let deep = "[".repeat(200_000);
    let large = format!("{{\"name\": \"{}\"}}", "a".repeat(2 << 20));
    let cases: [(&[u8], u16, &str); 11] = [
        (b"", 400, "no_json"),
        (b"{", 400, "no_json"),
        (b"{\"name\": \"a\", \"password\": \"b\"} {}", 400, "no_json"),
        (b"\xff\xfe", 400, "no_json"),
        (b"{\"name\": \"\xc3\x28\", \"password\": \"x\"}", 400, "no_json"),
        (b"{\"name\": \"a\", \"password\": \"b\", \"extra\": 1}", 422, "invalid"),
        (b"{\"name\": 1, \"password\": \"b\"}", 422, "invalid"),
        (b"{\"name\": \"a\", \"name\": \"a\", \"password\": \"b\"}", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (deep.as_bytes(), 422, "invalid"),
        (large.as_bytes(), 413, "too_large"),
    ];
    for (body, status, code) in cases {
        let request = nobody
            .request(Method::POST, SESSIONS)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        is_problem(&nobody.send(request).await.unwrap(), status, code);
    }
    let request = nobody.request(Method::POST, SESSIONS).body("{}");
    is_problem(&nobody.send(request).await.unwrap(), 415, "no_json");
    let request = client.request(Method::POST, "/api/v1/intelligence").body(b"\xff".to_vec());
    is_problem(&client.send(request).await.unwrap(), 400, "no_text");
    let answer = nobody.refused(Method::GET, "/api/v1/events", None).await;
    is_problem(&answer, 401, "not_signed_in");
    Client::sign_in(serve.url(), "admin", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_or_query_that_makes_no_sense_is_a_problem_with_the_way_out() {
    let (_folder, _serve, client) = serve().await;
    let cases = [
        (Method::GET, "/api/v1/nothing", 404, "not_found"),
        (Method::PATCH, "/api/v1/events", 405, "unknown_method"),
        (Method::GET, "/api/v1/events?colour=red", 422, "invalid"),
        (Method::GET, "/api/v1/events?limit=many", 422, "invalid"),
        (Method::GET, "/api/v1/events?limit=-1", 422, "invalid"),
        (Method::GET, "/api/v1/events?level=enormous", 422, "invalid"),
        (Method::GET, "/api/v1/events?since=yesterday", 422, "invalid"),
        (Method::GET, "/api/v1/events/%ff%fe", 400, "invalid"),
    ];
    for (method, path, status, code) in cases {
        is_problem(&client.insist(method, path, None).await, status, code);
    }
    for path in [
        "/api/v1/events?search=%25%27%22%3B--%00",
        "/api/v1/assets?search=%5C%5F%21%25&after=%2F%2F",
        "/api/v1/events?limit=4294967295&after=x%2Fy%2Fz",
    ] {
        let answer = client.insist(Method::GET, path, None).await;
        assert!(answer.status < 500, "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_breaks_by_anything_that_is_sent_to_it() {
    let (_folder, serve, client) = serve().await;
    let description = client.get("/api/openapi.json").await;
    let long = "x".repeat(70_000);
    let bodies = [
        json!(null),
        json!({}),
        json!([[[[]]]]),
        json!({ "ids": ["nobody", "'; DROP TABLE assets; --", long] }),
        json!({ "name": "\u{0}\u{202e}\n", "provider": "aliyun", "region": "\u{0}",
            "endpoint": "http://169.254.169.254/", "access_key_id": "LTAI5tMadeUpKeyOfNobody1",
            "access_key_secret": "x" }),
        json!({ "name": long, "email": { "host": "\r\n", "port": 70_000, "security": "none",
            "from": "a@b\r\nBcc: c@d", "to": [] } }),
        json!({ "change": "ignore", "reason": "\u{0}" }),
        json!({ "text": "\u{0}", "action": "disable", "level": "high", "enabled": true,
            "reason": "\u{0}", "role": "admin", "password": "x" }),
    ];
    let mut asked = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path = path
            .split('/')
            .map(|part| if part.starts_with('{') { "%27%22%3C%0A%F0%9F%97%9D" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in methods.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            if (&method, path.as_str()) == (&Method::DELETE, SESSIONS) {
                continue;
            }
            for body in &bodies {
                let answer = client.insist(method.clone(), &path, Some(body)).await;
                let place = format!("{method} {path} {}", body.to_string().len());
                assert_ne!(answer.status, 500, "{place}: {answer:?}");
                if answer.status >= 400 && answer.status != 503 {
                    assert_eq!(answer.content_type, "application/problem+json", "{place}");
                    assert!(answer.body["code"].is_string(), "{place}: {answer:?}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "{asked}");
    assert!(!serve.said().contains("panicked"), "{}", serve.said());
    let health = client.insist(Method::GET, "/api/v1/health", None).await;
    assert_eq!(health.status, 200, "{health:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_who_never_finish_their_request_hold_nobody_up() {
    let (_folder, serve, client) = serve().await;
    let mut slow = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(serve.listen()).await.unwrap();
        let part = match number % 3 {
            0 => "GET /api/v1/health HTTP/1.1\r\nhost: x\r\nx-a: ",
            1 => {
                "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                  content-length: 1000\r\n\r\n{\"name\": "
            }
            _ => "",
        };
        stream.write_all(part.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    for _ in 0..5 {
        let answer = tokio::time::timeout(
            Duration::from_secs(20),
            client.insist(Method::GET, "/api/v1/overview", None),
        );
        assert_eq!(answer.await.unwrap().status, 200);
        for stream in slow.iter_mut().take(20) {
            stream.write_all(b"a").await.unwrap();
        }
    }
    let mut stream = TcpStream::connect(serve.listen()).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(1 << 20));
    // The server may close before it has read everything.
    drop(stream.write_all(head.as_bytes()).await);
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes).await);
    let said = String::from_utf8_lossy(&bytes).into_owned();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    assert_eq!(client.insist(Method::GET, "/api/v1/health", None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_is_kept_short_in_the_audit_log() {
    let (_folder, serve, client) = serve().await;
    let nobody = Client::nobody(serve.url());
    let body = json!({ "name": "a".repeat(500_000), "password": "b".repeat(300_000) });
    let answer = nobody.refused(Method::POST, SESSIONS, Some(&body)).await;
    is_problem(&answer, 401, "not_signed_in");
    let audit: Value = client.get("/api/v1/audit").await;
    let longest = rows(&audit).map(|entry| entry.to_string().len()).max().unwrap();
    assert!(longest < 2_000, "{longest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_tried_too_often_must_wait() {
    let (_folder, serve, _client) = serve().await;
    let nobody = Client::nobody(serve.url());
    let wrong = json!({ "name": "admin", "password": "not this one either" });
    let from = |address: &str, body: &Value| {
        let request = nobody.request(Method::POST, SESSIONS).header("x-forwarded-for", address);
        let request = request.json(body);
        async move { super::client::guard().send(request).await.unwrap() }
    };
    for _ in 0..5 {
        assert_eq!(from("192.0.2.1", &wrong).await.status(), 401);
    }
    let refused = from("192.0.2.1", &wrong).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    // The right password must wait as well, or the answer would tell that it is right; and nobody else does.
    let right = json!({ "name": "admin", "password": PASSWORD });
    assert_eq!(from("192.0.2.1", &right).await.status(), 429);
    assert_eq!(from("198.51.100.1", &right).await.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_asked_for_twice_with_one_key_is_made_once() {
    let (folder, _serve, client) = serve().await;
    let path = folder.path().join("plain");
    std::fs::create_dir_all(&path).unwrap();
    let ask = |name: &str, key: &str| {
        let body = json!({ "name": name, "provider": "folder", "endpoint": path });
        let request = client.request(Method::POST, "/api/v1/connections");
        let request = request.header("idempotency-key", key).json(&body);
        let client = client.clone();
        async move { client.send(request).await.unwrap() }
    };
    let (first, second) = tokio::join!(ask("exports", "0d5c"), ask("exports", "0d5c"));
    assert_eq!((first.status, second.status), (201, 201), "{first:?} {second:?}");
    assert_eq!(first.body["id"], second.body["id"]);
    is_problem(&ask("others", "0d5c").await, 409, "conflict");
    is_problem(&ask("exports", "with a blank").await, 422, "invalid");
    let other = ask("exports", "1e6d").await;
    assert_ne!(other.body["id"], first.body["id"]);
    assert_eq!(rows(&client.get("/api/v1/connections").await).count(), 2);
}
