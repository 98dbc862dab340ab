//! A plain client of the public API.

use anyhow::{Context, bail};
use claviger_dial::reqwest::{Method, RequestBuilder};
use claviger_dial::{Guard, read_body};
use serde_json::Value;

/// Largest answer taken.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Somebody who is signed in to the API.
pub(super) struct Client {
    guard: Guard,
    url: String,
    token: String,
}

impl Client {
    /// Signs in.
    pub(super) async fn sign_in(guard: Guard, url: &str, password: &str) -> anyhow::Result<Self> {
        let mut client = Self { guard, url: url.to_owned(), token: String::new() };
        let body = serde_json::json!({ "name": "admin", "password": password, "label": "demo" });
        let answer = client.post("/api/v1/sessions", &body).await?;
        answer["token"].as_str().context("no token was told")?.clone_into(&mut client.token);
        Ok(client)
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

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.guard.http().request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    async fn send(&self, request: RequestBuilder, path: &str) -> anyhow::Result<Value> {
        let response = self.guard.send(request).await?;
        let status = response.status();
        let body = read_body(response, ANSWER_BYTES_MAX).await?;
        if !status.is_success() {
            bail!("{path} was answered with {status}: {}", String::from_utf8_lossy(&body));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).with_context(|| format!("{path} was answered with no JSON"))
    }
}
