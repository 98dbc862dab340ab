//! A metadata service of Alibaba Cloud as far as roles need it, in the mode that insists on a token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, put};
use claviger_model::{AccessKeyId, Secret};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const TOKEN_HEADER: &str = "x-aliyun-ecs-metadata-token";

/// How often it was asked for what a token is needed for.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Asked {
    pub(super) with_token: u32,
    pub(super) without_token: u32,
}

#[derive(Default)]
struct Inside {
    /// What it answers, by role.
    roles: HashMap<String, String>,
    tokens: Vec<String>,
    asked: Asked,
}

type Shared = Arc<Mutex<Inside>>;

/// The service; it ends with the test.
pub(super) struct Metadata {
    pub(super) url: String,
    inside: Shared,
}

impl Metadata {
    pub(super) async fn start() -> Self {
        let inside = Shared::default();
        let roles = "/latest/meta-data/ram/security-credentials/";
        let router = Router::new()
            .route("/latest/api/token", put(token))
            .route(roles, get(names))
            .route(&format!("{roles}{{role}}"), get(role))
            .with_state(inside.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inside }
    }

    /// From now on this is what a role signs with.
    pub(super) fn give(
        &self,
        role: &str,
        (id, secret, token): &(AccessKeyId, Secret, Secret),
        lifetime: SignedDuration,
    ) {
        let now = Timestamp::now();
        let ends = now.checked_add(lifetime).unwrap();
        let answer = json!({ "AccessKeyId": id, "AccessKeySecret": secret.reveal(),
            "SecurityToken": token.reveal(), "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "LastUpdated": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "Code": "Success" });
        self.inside.lock().unwrap().roles.insert(role.to_owned(), answer.to_string());
    }

    pub(super) fn asked(&self) -> Asked {
        self.inside.lock().unwrap().asked
    }
}

async fn token(State(inside): State<Shared>, headers: HeaderMap) -> Result<String, StatusCode> {
    let seconds = headers.get("x-aliyun-ecs-metadata-token-ttl-seconds");
    let seconds = seconds.and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    seconds.filter(|seconds| (1..=21_600).contains(seconds)).ok_or(StatusCode::BAD_REQUEST)?;
    let mut inside = inside.lock().unwrap();
    let token = format!("made-up-token-{}", inside.tokens.len());
    inside.tokens.push(token.clone());
    Ok(token)
}

/// Looks at the token of a question.
fn admit(inside: &mut Inside, headers: &HeaderMap) -> Result<(), StatusCode> {
    let given = headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    if given.is_some_and(|given| inside.tokens.iter().any(|token| token == given)) {
        inside.asked.with_token += 1;
        return Ok(());
    }
    inside.asked.without_token += 1;
    Err(StatusCode::FORBIDDEN)
}

async fn names(State(inside): State<Shared>, headers: HeaderMap) -> Result<String, StatusCode> {
    let mut inside = inside.lock().unwrap();
    admit(&mut inside, &headers)?;
    let names: Vec<&str> = inside.roles.keys().map(String::as_str).collect();
    Ok(names.join("\n"))
}

async fn role(
    State(inside): State<Shared>,
    Path(role): Path<String>,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    let mut inside = inside.lock().unwrap();
    admit(&mut inside, &headers)?;
    inside.roles.get(&role).cloned().ok_or(StatusCode::NOT_FOUND)
}
