//! A place that takes every message over HTTP, and keeps what it was sent.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::until;

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// Where it was sent to: `/name`.
    pub(super) path: String,
    pub(super) body: Value,
}

/// The place; it ends with the test's runtime.
pub(super) struct Receiver {
    pub(super) url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Receiver {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken: Arc<Mutex<Vec<Taken>>> = Arc::default();
        let own = taken.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(take(stream, own.clone()));
            }
        });
        Self { url, taken }
    }

    /// What came to a path so far, in order.
    pub(super) fn at(&self, path: &str) -> Vec<Value> {
        let all = self.taken.lock().unwrap();
        all.iter().filter(|one| one.path == path).map(|one| one.body.clone()).collect()
    }

    /// Waits until so many came to a path.
    pub(super) async fn wait_for(&self, path: &str, count: usize) -> Vec<Value> {
        until(&format!("{count} messages came to {path}"), async || {
            let all = self.at(path);
            (all.len() >= count).then_some(all)
        })
        .await
    }
}

async fn take(mut stream: TcpStream, taken: Arc<Mutex<Vec<Taken>>>) {
    let mut request = Vec::new();
    let mut part = [0_u8; 4096];
    let (path, body) = loop {
        if let Some(whole) = whole(&request) {
            break whole;
        }
        match stream.read(&mut part).await {
            Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
            _ => return,
        }
    };
    taken.lock().unwrap().push(Taken { path, body });
    let answer = "HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    // Whoever hangs up before the answer asks again.
    drop(stream.write_all(answer.as_bytes()).await);
}

/// Path and body, once all of it is there.
fn whole(request: &[u8]) -> Option<(String, Value)> {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    let body = request.get(end + 4..end + 4 + length.unwrap_or(0))?;
    let path = head.split(' ').nth(1)?.to_owned();
    Some((path, serde_json::from_slice(body).unwrap_or(Value::Null)))
}
