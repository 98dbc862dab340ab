//! A plain client of the public API, for the commands that ask a running service, and for the
//! demonstration.

use std::time::Duration;

use anyhow::{Context, bail};
use claviger_dial::reqwest::{Method, RequestBuilder};
use claviger_dial::{Guard, GuardSettings, Network, read_body};
use serde_json::{Value, json};

/// Largest answer taken.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The service did not carry out what was asked: its words and its way out.
#[derive(Debug, thiserror::Error)]
#[error("{title}{}", hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default())]
pub(super) struct Declined {
    /// HTTP status.
    pub(super) status: u16,
    title: String,
    hint: Option<String>,
}

impl Declined {
    /// Whether sign-in or permission is what lacks.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    /// The service's words, where it has some; otherwise what it answered.
    fn of(status: u16, path: &str, body: &[u8]) -> Self {
        let problem: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| problem[name].as_str().map(str::to_owned);
        let title = text("title").unwrap_or_else(|| format!("{path} was answered with {status}"));
        Self { status, title, hint: text("hint") }
    }
}

/// What became of log lines that were sent.
pub(super) enum Lines {
    /// They are taken in; the answer.
    Taken(Value),
    /// They are not, and may be sent again.
    Later {
        /// After this long, where the server says so.
        after: Option<Duration>,
        /// What stood in the way.
        why: String,
    },
}

/// Somebody who asks the API.
pub(super) struct Client {
    guard: Guard,
    url: String,
    token: Option<String>,
}

impl Client {
    /// A client of the service at an address. The person names the address, so it may lie in any
    /// network.
    pub(super) fn new(url: &str, token: Option<String>) -> anyhow::Result<Self> {
        let anywhere = [Network::parse("0.0.0.0/0")?, Network::parse("::/0")?];
        let guard = Guard::new(GuardSettings {
            allowed_networks: anywhere.to_vec(),
            ..GuardSettings::default()
        })?;
        Ok(Self { guard, url: url.trim_end_matches('/').to_owned(), token })
    }

    /// Signs in; the client shows its token from now on. Returns the answer.
    pub(super) async fn sign_in(
        &mut self,
        name: &str,
        password: &str,
        label: &str,
    ) -> anyhow::Result<Value> {
        let body = json!({ "name": name, "password": password, "label": label });
        let answer = self.post("/api/v1/sessions", &body).await?;
        let token = answer["token"].as_str().context("no token was told")?;
        self.token = Some(token.to_owned());
        Ok(answer)
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::GET, path), path).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.request(Method::POST, path).json(body), path).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.request(Method::PUT, path).json(body), path).await
    }

    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::DELETE, path), path).await
    }

    /// Sends a text of a type that is not JSON.
    pub(super) async fn post_text(
        &self,
        path: &str,
        kind: &str,
        text: String,
    ) -> anyhow::Result<Value> {
        let request = self.request(Method::POST, path).header("content-type", kind).body(text);
        self.send(request, path).await
    }

    /// Sends packed log lines, once. A server that is busy, ill or gone is no error: it says when to try
    /// again.
    pub(super) async fn post_lines(&self, path: &str, packed: Vec<u8>) -> anyhow::Result<Lines> {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "text/plain")
            .header("content-encoding", "gzip")
            .body(packed);
        let response = match self.guard.send(request).await {
            Ok(response) => response,
            Err(error) => {
                let why = claviger_service::chain(&error);
                return Ok(Lines::Later { after: None, why });
            }
        };
        let status = response.status();
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let body = match read_body(response, ANSWER_BYTES_MAX).await {
            Ok(body) => body,
            Err(error) => {
                let why = claviger_service::chain(&error);
                return Ok(Lines::Later { after: None, why });
            }
        };
        if status.is_success() {
            let words = || format!("{path} was answered with no JSON");
            return Ok(Lines::Taken(serde_json::from_slice(&body).with_context(words)?));
        }
        let declined = Declined::of(status.as_u16(), path, &body);
        if status.as_u16() == 429 || status.is_server_error() {
            return Ok(Lines::Later { after, why: declined.title });
        }
        Err(declined.into())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.guard.http().request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// An answer that is a file.
    pub(super) async fn get_file(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.bytes(self.request(Method::GET, path), path).await
    }

    async fn send(&self, request: RequestBuilder, path: &str) -> anyhow::Result<Value> {
        let body = self.bytes(request, path).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| format!("{path} was answered with no JSON"))
    }

    async fn bytes(&self, request: RequestBuilder, path: &str) -> anyhow::Result<Vec<u8>> {
        let response = match self.guard.send(request).await {
            Ok(response) => response,
            Err(error) => bail!(
                "no answer from {}: {}\nhint: start it with `claviger serve`, or name another: \
                 `--server URL`",
                self.url,
                claviger_service::chain(&error)
            ),
        };
        let status = response.status();
        let body = read_body(response, ANSWER_BYTES_MAX).await?;
        if !status.is_success() {
            return Err(Declined::of(status.as_u16(), path, &body).into());
        }
        Ok(body)
    }
}
