//! One call to the admin API: signed as S3's are, its body and answer sealed where they name keys.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{Admin, ROOT};
use crate::CloudError;
use crate::s3::S3;
use crate::sign::sealed::{self, NONCE_BYTES, SALT_BYTES, Suite};
use crate::sign::{Parts, sha256_hex, sig_v4};
use crate::wire::{Answer, Call, Outgoing};

/// The version of the API that servers have had since 2020.
const VERSION: &str = "v3";
/// Some calls insist on it, so that nothing on the way reads a body as a form.
const OCTETS: &str = "application/octet-stream";

/// Each derivation of a key takes 64 MiB for a moment: two at a time, over all connections.
static DERIVING: Semaphore = Semaphore::const_new(2);

/// What a request carries.
enum Body {
    Plain(Vec<u8>),
    /// JSON, encrypted with the caller's secret.
    Sealed(Value),
}

/// A call before it is signed. Calls are named by the right that they need.
pub(super) struct Ask {
    call: Call,
    method: &'static str,
    path: &'static str,
    query: Vec<(String, String)>,
    body: Body,
}

impl Ask {
    pub(super) fn new(call: &'static str, method: &'static str, path: &'static str) -> Self {
        let (call, query, body) = (Call::new(call), Vec::new(), Body::Plain(Vec::new()));
        Self { call, method, path, query, body }
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn plain(mut self, body: &str) -> Self {
        self.body = Body::Plain(body.as_bytes().to_vec());
        self
    }

    pub(super) fn sealed(mut self, body: Value) -> Self {
        self.body = Body::Sealed(body);
        self
    }

    /// Doing it twice is not doing it once.
    pub(super) fn once(mut self) -> Self {
        self.call.repeatable = false;
        self
    }
}

impl S3<Admin> {
    /// Runs a call.
    pub(super) async fn admin(&self, ask: Ask) -> Result<Answer, CloudError> {
        let Admin(address) = &self.accounts;
        let body = match ask.body {
            Body::Plain(body) => body,
            Body::Sealed(value) => self.seal(ask.call.name, &value).await?,
        };
        let path = format!("{ROOT}/{VERSION}/{}", ask.path);
        let payload = sha256_hex(&body);
        self.exchange
            .run(&ask.call, |now| {
                let mut parts = Parts::new(ask.method, &path);
                parts.query.clone_from(&ask.query);
                parts.payload_sha256.clone_from(&payload);
                parts.set_header("host", address.authority());
                parts.set_header("content-type", OCTETS);
                sig_v4::sign(&mut parts, &self.credentials.now(), &self.region, "s3", now);
                Outgoing::new(parts, address.url(&path, &ask.query)?, body.clone())
            })
            .await
    }

    /// Runs a call whose answer is sealed.
    pub(super) async fn admin_sealed<T: DeserializeOwned>(
        &self,
        ask: Ask,
    ) -> Result<T, CloudError> {
        let call = ask.call.name;
        let answer = self.admin(ask).await?;
        let secret = self.credentials.now().secret.clone();
        let body = deriving(call, move || sealed::open(&secret, &answer.body)).await?;
        // The words of the error may quote what was sealed.
        serde_json::from_slice(&body).map_err(|error| {
            let why = format!("unexpected JSON at column {} of its answer", error.column());
            CloudError::Malformed { call, why }
        })
    }

    async fn seal(&self, call: &'static str, body: &Value) -> Result<Vec<u8>, CloudError> {
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        for bytes in [salt.as_mut_slice(), nonce.as_mut_slice()] {
            getrandom::fill(bytes).map_err(|error| CloudError::Settings {
                why: format!("no randomness to be had: {error}"),
            })?;
        }
        let (secret, body) = (self.credentials.now().secret.clone(), body.to_string());
        let suite = Suite::Argon2idAes256Gcm;
        deriving(call, move || sealed::seal(&secret, suite, (&salt, &nonce), body.as_bytes())).await
    }
}

/// Does what derives a key, off the threads that wait for others.
async fn deriving(
    call: &'static str,
    work: impl FnOnce() -> Result<Vec<u8>, sealed::SealError> + Send + 'static,
) -> Result<Vec<u8>, CloudError> {
    let malformed = |why: String| CloudError::Malformed { call, why };
    let _turn = DERIVING.acquire().await.map_err(|error| malformed(error.to_string()))?;
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| malformed(error.to_string()))?
        .map_err(|error| malformed(error.to_string()))
}
