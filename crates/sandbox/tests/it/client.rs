//! A client that sends exactly what a test says, signed or not, and shows exactly what comes back.

use std::sync::atomic::{AtomicU64, Ordering};

use claviger_cloud::sign::{Credentials, Parts, acs3, encode, oss_v4};
use claviger_model::Secret;
use claviger_sandbox::{Sandbox, Settings};
use jiff::Timestamp;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0.to_owned())
    }
}

/// A request to OSS.
#[derive(Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) query: Vec<(&'a str, &'a str)>,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a [u8],
}

impl<'a> Ask<'a> {
    pub(crate) fn new(method: &'a str, bucket: &'a str, key: &'a str) -> Self {
        Self { method, bucket, key, query: Vec::new(), headers: Vec::new(), body: b"" }
    }

    pub(crate) fn query(mut self, name: &'a str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    pub(crate) fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn parts(&self) -> Parts {
        let path = match self.bucket {
            "" => "/".to_owned(),
            bucket => format!("/{bucket}/{}", self.key),
        };
        let mut parts = Parts::new(self.method, &path);
        for (name, value) in &self.query {
            parts.push_query(name, value);
        }
        for (name, value) in &self.headers {
            parts.set_header(name, value);
        }
        parts
    }

    fn path(&self) -> String {
        match self.bucket {
            "" => "/".to_owned(),
            bucket => format!("/{bucket}/{}", encode(self.key)),
        }
    }
}

/// A practice cloud with a client beside it.
pub(crate) struct Practice {
    pub(crate) sandbox: Sandbox,
    pub(crate) root: Credentials,
}

impl Practice {
    pub(crate) async fn start() -> Self {
        let log_interval = std::time::Duration::from_millis(20);
        Self::start_with(Settings { log_interval, ..Settings::default() }).await
    }

    pub(crate) async fn start_with(settings: Settings) -> Self {
        let sandbox = Sandbox::start(settings).await.unwrap();
        let (id, secret) = sandbox.root_key().unwrap();
        let root = credentials(id.as_str(), secret.reveal());
        Self { sandbox, root }
    }

    /// Signs and sends to OSS, now.
    pub(crate) async fn oss(&self, by: &Credentials, ask: Ask<'_>) -> Answer {
        self.oss_at(by, ask, Timestamp::now()).await
    }

    /// Signs for another time and sends to OSS.
    pub(crate) async fn oss_at(&self, by: &Credentials, ask: Ask<'_>, at: Timestamp) -> Answer {
        let mut parts = ask.parts();
        oss_v4::sign(&mut parts, by, self.sandbox.region(), at);
        self.oss_unsigned(&ask, &parts).await
    }

    /// Sends to OSS as it is.
    pub(crate) async fn oss_unsigned(&self, ask: &Ask<'_>, parts: &Parts) -> Answer {
        let endpoint = &self.sandbox.endpoints().oss;
        send(endpoint, ask.method, &ask.path(), parts, ask.body).await
    }

    /// Sends to OSS without a signature.
    pub(crate) async fn anonymous(&self, ask: Ask<'_>) -> Answer {
        self.oss_unsigned(&ask, &ask.parts()).await
    }

    /// Sends and expects success.
    pub(crate) async fn done(&self, ask: Ask<'_>) -> Answer {
        let answer = self.oss(&self.root.clone(), ask).await;
        assert!(answer.status < 300, "{answer:?} {}", answer.text());
        answer
    }

    /// Calls RAM as the account.
    pub(crate) async fn ram(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        self.call(&self.root, "2015-05-01", action, parameters).await
    }

    /// Calls the accounts' service of a version.
    pub(crate) async fn call(
        &self,
        by: &Credentials,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Value {
        static NONCE: AtomicU64 = AtomicU64::new(0);
        let endpoint = &self.sandbox.endpoints().ram;
        let mut parts = Parts::new("POST", "/");
        parts.set_header("host", endpoint.strip_prefix("http://").unwrap());
        parts.set_header("x-acs-action", action);
        parts.set_header("x-acs-version", version);
        for (name, value) in parameters {
            parts.push_query(name, value);
        }
        let nonce = format!("nonce-{}", NONCE.fetch_add(1, Ordering::Relaxed));
        acs3::sign(&mut parts, by, &nonce, Timestamp::now());
        let answer = send(endpoint, "POST", "/", &parts, b"").await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// A RAM user with a key and a policy, built in or custom.
    pub(crate) async fn user(&self, name: &str, policy: &str) -> Credentials {
        self.ram("CreateUser", &[("UserName", name)]).await;
        let is_builtin = policy.starts_with("Aliyun") || policy == "AdministratorAccess";
        let kind = if is_builtin { "System" } else { "Custom" };
        let attach = [("UserName", name), ("PolicyName", policy), ("PolicyType", kind)];
        self.ram("AttachPolicyToUser", &attach).await;
        let made = self.ram("CreateAccessKey", &[("UserName", name)]).await;
        let text = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
        credentials(&text("AccessKeyId"), &text("AccessKeySecret"))
    }

    /// A bucket whose access log goes to another one.
    pub(crate) async fn logged_bucket(&self, name: &str, target: &str) {
        self.done(Ask::new("PUT", name, "")).await;
        self.done(Ask::new("PUT", target, "")).await;
        let body = format!(
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>\
             <TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        );
        self.done(Ask::new("PUT", name, "").query("logging", "").body(body.as_bytes())).await;
    }

    /// Every line of the access log of a bucket that was delivered by now, in order.
    pub(crate) async fn log_lines(&self, bucket: &str, target: &str) -> Vec<String> {
        let prefix = format!("log/{bucket}");
        let list = Ask::new("GET", target, "").query("list-type", "2").query("max-keys", "1000");
        let answer = self.done(list.query("prefix", &prefix)).await.text();
        let mut lines = Vec::new();
        for rest in answer.split("<Key>").skip(1) {
            let key = rest.split_once("</Key>").unwrap().0;
            let file = self.done(Ask::new("GET", target, key)).await;
            lines.extend(file.text().lines().map(str::to_owned));
        }
        lines
    }

    /// Waits for the line of a request.
    pub(crate) async fn log_line(&self, bucket: &str, target: &str, answer: &Answer) -> String {
        let id = answer.header("x-oss-request-id").unwrap();
        for _ in 0..200 {
            let lines = self.log_lines(bucket, target).await;
            if let Some(line) = lines.into_iter().find(|line| line.contains(id)) {
                return line;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("no line of {id} came");
    }
}

/// A key pair.
pub(crate) fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        security_token: None,
    }
}

/// Sends one request and reads its answer to the end.
pub(crate) async fn send(
    endpoint: &str,
    method: &str,
    path: &str,
    parts: &Parts,
    body: &[u8],
) -> Answer {
    let address = endpoint.strip_prefix("http://").unwrap();
    let query: Vec<String> = parts
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let mut head = match query.as_slice() {
        [] => format!("{method} {path} HTTP/1.1\r\n"),
        query => format!("{method} {path}?{} HTTP/1.1\r\n", query.join("&")),
    };
    if parts.header("host").is_none() {
        head.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    read(&bytes)
}

fn read(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Answer { status, headers, body: bytes[end + 4..].to_vec() }
}

/// The 29 fields of a line. Knows that the client's own words may hold quotes: the request line ends
/// with the protocol, and what stands behind the user agent is read from the right.
pub(crate) fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (open, close) = match rest.as_bytes()[0] {
            b'[' => (1, "]"),
            b'"' => (1, "\""),
            _ => (0, " "),
        };
        let body = &rest[open..];
        let end = body
            .match_indices(close)
            .map(|(at, _)| at)
            .find(|at| open == 0 || matches!(body.as_bytes().get(at + 1), None | Some(b' ')))
            .unwrap_or(body.len());
        fields.push(body[..end].to_owned());
        let behind = (end + open).min(body.len());
        rest = body[behind..].trim_start_matches(' ');
    }
    fields
}
