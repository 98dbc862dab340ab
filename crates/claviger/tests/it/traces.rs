//! Traces as a collector gets them that reads with the protocol's own classes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use claviger_dial::reqwest::Method;
use serde_json::{Value, json};

use crate::bad_days::client::{Client, PATIENCE, until};
use crate::bad_days::serve::{PASSWORD, Serve};
use crate::sources_live::{Ended, free_port, part};

/// The trace and the span of a caller, as W3C's "Trace Context" has them in its example.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// The collector, and what it was told so far.
struct Collector {
    port: u64,
    lines: Receiver<Value>,
    spans: Vec<Value>,
    _process: Ended,
}

impl Collector {
    /// `None` where its parts are missing.
    fn open() -> Option<Self> {
        let python = part("CLAVIGER_TEST_PYTHON", "python", "opentelemetry-proto")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/collector.py");
        let mut child = Command::new(python).arg(script).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in said {
                // The test may be over.
                drop(tell.send(serde_json::from_str(&line.unwrap()).unwrap()));
            }
        });
        let process = Ended::when_dropped(child);
        let first: Value = lines.recv_timeout(PATIENCE).unwrap();
        let port = first["port"].as_u64().unwrap();
        Some(Self { port, lines, spans: Vec::new(), _process: process })
    }

    /// The first span that fits, waited for.
    fn span(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(span) = self.spans.iter().find(|span| fits(span)) {
                return span.clone();
            }
            self.spans.push(self.lines.recv_timeout(PATIENCE).unwrap());
        }
    }
}

async fn list_events(client: &Client, traceparent: &str) {
    let request = client.request(Method::GET, "/api/v1/events?search=made-up-name");
    let answer = client.send(request.header("traceparent", traceparent)).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_what_it_led_to_are_one_trace_without_values() {
    let Some(mut collector) = Collector::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Serve::in_folder(folder.path())
        .with("CLAVIGER_TRACES_ENDPOINT", &format!("http://127.0.0.1:{}", collector.port))
        .with("OTEL_EXPORTER_OTLP_HEADERS", "x-made-up=a%20word");
    let client = serve.open().await;
    list_events(&client, &format!("00-{TRACE}-{CALLER}-01")).await;
    let request = collector.span(|span| span["parent"] == CALLER);
    let route = json!({ "http.request.method": "GET", "http.route": "/api/v1/events",
        "http.response.status_code": 200 });
    for (name, value) in route.as_object().unwrap() {
        assert_eq!(request["attributes"][name], *value, "{request}");
    }
    assert_eq!(request["name"], "GET /api/v1/events");
    assert_eq!((&request["trace"], &request["kind"]), (&json!(TRACE), &json!("SPAN_KIND_SERVER")));
    assert_eq!(request["service"], "claviger");
    let statement = collector.span(|span| {
        span["parent"] == request["id"] && span["attributes"]["db.collection.name"] == "risk_events"
    });
    assert_eq!(statement["trace"], TRACE);
    let job = collector.span(|span| span["attributes"]["job.id"].is_string());
    assert_eq!(job["status"], "STATUS_CODE_UNSET");
    assert_eq!(job["attributes"]["job.attempts"], 1);
    let all = Value::from(collector.spans.clone()).to_string();
    for value in [PASSWORD, &client.token, "made-up-name", "/v1/traces"] {
        assert!(!all.contains(value), "{value} in {all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_told_once_and_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let away = format!("http://127.0.0.1:{}", free_port());
    let mut serve = Serve::in_folder(folder.path()).with("CLAVIGER_TRACES_ENDPOINT", &away);
    let client = serve.open().await;
    let said = || std::fs::read_to_string(folder.path().join("serve.stderr")).unwrap();
    until("the log says so", async || said().contains("traces do not arrive").then_some(())).await;
    // The next spans leave five seconds later, in vain as well.
    tokio::time::sleep(Duration::from_secs(6)).await;
    client.get("/api/v1/events").await;
    assert_eq!(said().matches("traces do not arrive").count(), 1, "{}", said());
}

#[tokio::test]
async fn a_collector_in_a_network_that_may_not_be_dialled_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path());
    command.env("CLAVIGER_TRACES_ENDPOINT", "http://10.1.2.3:4318");
    let ran = crate::ran(command, b"");
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("`traces_endpoint` is refused"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: ") && ran.stderr.contains("10.1.2.3"), "{}", ran.stderr);
}
