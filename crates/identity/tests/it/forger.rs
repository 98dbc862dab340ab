//! A provider of the test's own: it describes itself, shows keys that were made for this run, and answers every
//! code with whatever token it was given.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// A key pair that was just made, by the name it is shown under.
pub(crate) enum Key {
    Es256(String, EcdsaKeyPair),
    EdDsa(String, Ed25519KeyPair),
}

impl Key {
    pub(crate) fn es256(name: &str) -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self::Es256(name.to_owned(), pair)
    }

    pub(crate) fn ed_dsa(name: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::EdDsa(name.to_owned(), Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
    }

    /// The public half as a key set shows it (RFC 7517).
    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Es256(name, pair) => {
                let point = &pair.public_key().as_ref()[1..];
                json!({ "kty": "EC", "crv": "P-256", "kid": name, "use": "sig", "alg": "ES256",
                    "x": url_safe(&point[..32]), "y": url_safe(&point[32..]) })
            }
            Self::EdDsa(name, pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": name, "use": "sig",
                    "x": url_safe(pair.public_key().as_ref()) })
            }
        }
    }

    /// A token of these claims, signed.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let (name, algorithm) = match self {
            Self::Es256(name, _) => (name, "ES256"),
            Self::EdDsa(name, _) => (name, "EdDSA"),
        };
        let body = body(&json!({ "alg": algorithm, "kid": name, "typ": "JWT" }), claims);
        let signature = match self {
            Self::Es256(_, pair) => {
                pair.sign(&SystemRandom::new(), body.as_bytes()).unwrap().as_ref().to_vec()
            }
            Self::EdDsa(_, pair) => pair.sign(body.as_bytes()).as_ref().to_vec(),
        };
        format!("{body}.{}", url_safe(&signature))
    }
}

/// Head and claims of a token, before the signature.
pub(crate) fn body(head: &Value, claims: &Value) -> String {
    format!("{}.{}", url_safe(head.to_string().as_bytes()), url_safe(claims.to_string().as_bytes()))
}

pub(crate) fn url_safe(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the provider does next.
#[derive(Default)]
pub(crate) struct Says {
    pub(crate) url: String,
    /// Over its description.
    pub(crate) described: Value,
    pub(crate) keys: Vec<Value>,
    pub(crate) token: String,
    pub(crate) access_token: String,
    pub(crate) user_info: Value,
    pub(crate) keys_asked: u32,
}

/// The provider at work.
#[derive(Clone)]
pub(crate) struct Forger(Arc<Mutex<Says>>);

impl Forger {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let says = Says { url, access_token: "made-up".to_owned(), ..Says::default() };
        let forger = Self(Arc::new(Mutex::new(says)));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/user-info", get(user_info))
            .with_state(forger.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        forger
    }

    pub(crate) fn says(&self) -> std::sync::MutexGuard<'_, Says> {
        self.0.lock().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.says().url.clone()
    }
}

async fn describe(State(forger): State<Forger>) -> Json<Value> {
    let says = forger.says();
    let url = &says.url;
    let mut described = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/user-info"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "EdDSA"],
    });
    for (name, value) in says.described.as_object().into_iter().flatten() {
        described[name] = value.clone();
    }
    Json(described)
}

async fn keys(State(forger): State<Forger>) -> Json<Value> {
    let mut says = forger.says();
    says.keys_asked += 1;
    Json(json!({ "keys": says.keys }))
}

async fn token(State(forger): State<Forger>) -> Response {
    let says = forger.says();
    if says.token.is_empty() {
        let refusal = Json(json!({ "error": "invalid_grant", "error_description": "<b>no</b>" }));
        return (StatusCode::BAD_REQUEST, refusal).into_response();
    }
    let answer = json!({ "access_token": says.access_token, "token_type": "Bearer",
        "expires_in": 60, "id_token": says.token });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

async fn user_info(State(forger): State<Forger>) -> Json<Value> {
    Json(forger.says().user_info.clone())
}
