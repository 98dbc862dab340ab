//! A loopback server that answers as a script says and keeps what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claviger_cloud::sign::{Parts, decode, sha256_hex};
use claviger_cloud::{Cloud, CloudError, Credentials, Settings, connect};
use claviger_dial::{Guard, GuardSettings, Network};
use claviger_model::{Provider, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const ID: &str = "LTAI5tFakeKeyId00000001";
pub(crate) const SECRET: &str = "FakeSecret0000000000000000001";

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// As a server decodes it to check its signature.
    pub(crate) fn parts(&self) -> Parts {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name).unwrap(), decode(value).unwrap())
        };
        Parts {
            method: self.method.clone(),
            path: decode(path).unwrap(),
            query: query.split('&').filter(|text| !text.is_empty()).map(pair).collect(),
            headers: self.headers.clone(),
            payload_sha256: sha256_hex(&self.body),
        }
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.parts().query_value(name).map(str::to_owned)
    }
}

/// The server. It ends with the test's runtime.
pub(crate) struct Script {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    /// Answers in order, the last one for ever.
    pub(crate) async fn start(answers: Vec<String>) -> Self {
        Self::start_bytes(answers.into_iter().map(String::into_bytes).collect()).await
    }

    /// The same for answers that are no text.
    pub(crate) async fn start_bytes(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut left = answers.into_iter();
            let mut answer = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                if let Some(next) = left.next() {
                    answer = next;
                }
                let request = read(&mut stream).await;
                keep.lock().unwrap().push(request);
                stream.write_all(&answer).await.unwrap();
            }
        });
        Self { port, seen }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// A client that has this server for store and accounts.
    pub(crate) fn cloud(&self, provider: Provider) -> Arc<dyn Cloud> {
        open(&settings(provider, &self.endpoint(), None)).unwrap()
    }
}

async fn read(stream: &mut TcpStream) -> Seen {
    let mut bytes = Vec::new();
    let mut chunk = [0; 65536];
    let head = loop {
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "the client hung up");
        bytes.extend_from_slice(&chunk[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap().split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut seen = Seen {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: bytes[head + 4..].to_vec(),
    };
    let length: usize = seen.header("content-length").unwrap_or("0").parse().unwrap();
    while seen.body.len() < length {
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "the client hung up");
        seen.body.extend_from_slice(&chunk[..read]);
    }
    seen
}

/// An answer with further header lines, each ending in `\r\n`.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = match headers.contains("content-length") {
        true => String::new(),
        false => format!("content-length: {}\r\n", body.len()),
    };
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{length}{headers}\r\n{body}")
}

pub(crate) fn ok(body: &str) -> String {
    answer(200, "", body)
}

/// An OSS or S3 refusal.
pub(crate) fn refusal(status: u16, code: &str) -> String {
    answer(
        status,
        "",
        &format!("<Error><Code>{code}</Code><Message>m</Message><RequestId>R</RequestId></Error>"),
    )
}

pub(crate) fn settings(provider: Provider, endpoint: &str, token: Option<&str>) -> Settings {
    Settings {
        provider,
        region: "cn-hangzhou".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        accounts_endpoint: Some(endpoint.to_owned()),
        credentials: Some(Credentials {
            access_key_id: ID.to_owned(),
            secret: Secret::new(SECRET.to_owned()),
            security_token: token.map(|token| Secret::new(token.to_owned())),
        }),
    }
}

/// Loopback is allowed, as for a store of one's own.
pub(crate) fn open(settings: &Settings) -> Result<Arc<dyn Cloud>, CloudError> {
    let guard = Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(20),
    })
    .unwrap();
    connect(settings.clone(), &guard)
}
