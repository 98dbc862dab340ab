//! A client of the public API that lives through the server's death: a request that got no answer is
//! sent again, as a person presses a button again.

use std::time::{Duration, Instant};

use claviger_dial::reqwest::{Method, RequestBuilder};
use claviger_dial::{Guard, GuardSettings, Network, read_body};
use serde_json::{Value, json};

/// Longest wait for anything; a loaded machine is slow, a broken promise is never kept.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A guard that lets loopback pass.
pub(crate) fn guard() -> Guard {
    Guard::new(GuardSettings {
        allowed_networks: vec![Network::parse("127.0.0.0/8").unwrap()],
        ..GuardSettings::default()
    })
    .unwrap()
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Value,
    pub(crate) text: String,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Client {
    guard: Guard,
    url: String,
    pub(crate) token: String,
}

impl Client {
    /// Signs in, as soon as the server answers.
    pub(crate) async fn sign_in(url: &str, name: &str, password: &str) -> Self {
        let mut client = Self { guard: guard(), url: url.to_owned(), token: String::new() };
        let body = json!({ "name": name, "password": password, "label": "test" });
        let answer = client.post("/api/v1/sessions", &body).await;
        answer["token"].as_str().unwrap().clone_into(&mut client.token);
        client
    }

    /// Somebody without a token.
    pub(crate) fn nobody(url: &str) -> Self {
        Self { guard: guard(), url: url.to_owned(), token: String::new() }
    }

    /// One try. `Err`: no whole answer came.
    pub(crate) async fn once(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let request = self.request(method, path);
        self.send(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// A request with the token, to which a test adds what it likes.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.guard.http().request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Sends a request once.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, String> {
        let response = self.guard.send(request).await.map_err(|error| format!("{error:?}"))?;
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type");
        let content_type = kind.and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
        let bytes = read_body(response, 64 << 20).await.map_err(|error| format!("{error:?}"))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, content_type, body, text })
    }

    /// Asks until there is an answer, whatever it is.
    pub(crate) async fn insist(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let started = Instant::now();
        loop {
            match self.once(method.clone(), path, body).await {
                Ok(answer) => return answer,
                Err(error) => assert!(started.elapsed() < PATIENCE, "{path}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The answer to a question that must be answered well.
    pub(crate) async fn get(&self, path: &str) -> Value {
        well(path, self.insist(Method::GET, path, None).await)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        well(path, self.insist(Method::POST, path, Some(body)).await)
    }

    /// Enters a key as leaked: `access_key_id`, `seen_at` and so on.
    pub(crate) async fn leak(&self, entry: &Value) {
        let request = self.request(Method::POST, "/api/v1/intelligence").body(entry.to_string());
        let entered = self.send(request).await.unwrap();
        assert_eq!(entered.status, 200, "{entered:?}");
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Value {
        well(path, self.insist(Method::PUT, path, Some(body)).await)
    }

    /// Makes the one thing that there is to be at a path, unless an earlier try made it and its answer
    /// was lost. Returns its id.
    pub(crate) async fn make_one(&self, path: &str, body: &Value) -> String {
        let started = Instant::now();
        loop {
            if let Some(known) = self.get(path).await.get(0) {
                return text(known, "id");
            }
            match self.once(Method::POST, path, Some(body)).await {
                Ok(answer) => return text(&well(path, answer), "id"),
                Err(error) => assert!(started.elapsed() < PATIENCE, "{path}: {error}"),
            }
        }
    }

    /// A request that is refused: what the refusal says.
    pub(crate) async fn refused(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.insist(method, path, body).await;
        assert!(answer.status >= 400, "{path} was answered with {}", answer.text);
        answer
    }
}

fn well(path: &str, answer: Answer) -> Value {
    assert!(answer.status < 300, "{path} was answered with {}: {}", answer.status, answer.text);
    answer.body
}

/// Asks again until there is something.
pub(crate) async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

/// The rows of an answer.
pub(crate) fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

/// A text that an answer must have.
pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {value}")).to_owned()
}
