//! MinIO's own API for users, access keys and policies, on the listener of S3 (`/minio/admin/v3/`; minio/minio
//! `cmd/admin-handlers-users.go`, judged by the PyPI package `minio`).
//!
//! Its owner is the account's own key; users of RAM have no place in it. Not here: groups, directories, keys that
//! expire, and replication.

mod access;
mod access_keys;
mod actions;
mod fault;
mod policies;
mod policy;
mod users;

use axum::http::Method;
use claviger_cloud::sign::sealed::{self, Suite};
use claviger_cloud::sign::{Parts, decode, sha256_hex};
use claviger_model::Secret;
use serde_json::{Value, json};

use crate::auth::{self, Caller};
use crate::call::Call;
use crate::reply::Reply;
use crate::world::{SharedWorld, World, random_bytes};
use fault::Fault;

pub(crate) use access::{allows, holder};
pub(crate) use actions::of_oss;

const ROOT: &str = "/minio/admin/v3/";

/// Whether a request is for this API.
pub(crate) fn is_asked(call: &Call) -> bool {
    call.path.starts_with("/minio/")
}

/// What is answered.
enum Said {
    /// 200 without a word.
    Done,
    /// 204.
    Nothing,
    Plain(Value),
    /// Encrypted with the caller's secret.
    Sealed(Value),
}

/// A call that was authenticated, its body opened.
struct Asked<'a> {
    call: &'a Call,
    caller: Caller,
    body: Value,
}

impl Asked<'_> {
    /// The user whose rights the caller has: an access key stands for its user.
    fn user<'a>(&'a self, world: &'a World) -> &'a str {
        match &self.caller {
            Caller::Minio { user, .. } => user,
            _ => world.root_key().map_or("", |key| key.access_key_id.as_str()),
        }
    }

    fn need(&self, name: &str) -> Result<&str, Fault> {
        self.call.query(name).filter(|value| !value.is_empty()).ok_or_else(Fault::argument)
    }

    /// Refuses unless the caller has one of these rights.
    fn may(&self, world: &World, rights: &[&str]) -> Result<(), Fault> {
        let has = |right: &&str| allows(world, &self.caller, right, "/", self.call.source_ip);
        if rights.iter().any(has) { Ok(()) } else { Err(Fault::denied()) }
    }
}

type Carry = fn(&mut World, &Asked<'_>) -> Result<Said, Fault>;

/// How a body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    None,
    Json,
    Sealed,
}

fn route(call: &Call) -> Option<(Carry, Body)> {
    let path = call.path.strip_prefix(ROOT)?;
    let (get, put, post, delete) = (&Method::GET, &Method::PUT, &Method::POST, &Method::DELETE);
    let method = &call.method;
    Some(match path {
        "list-users" if method == get => (users::list, Body::None),
        "user-info" if method == get => (users::info, Body::None),
        "add-user" if method == put => (users::add, Body::Sealed),
        "set-user-status" if method == put => (users::set_status, Body::None),
        "remove-user" if method == delete => (users::remove, Body::None),
        "list-service-accounts" if method == get => (access_keys::list, Body::None),
        "list-access-keys-bulk" if method == get => (access_keys::holders, Body::None),
        "info-service-account" if method == get => (access_keys::info, Body::None),
        "add-service-account" if method == put => (access_keys::add, Body::Sealed),
        "update-service-account" if method == post => (access_keys::update, Body::Sealed),
        "delete-service-account" if method == delete => (access_keys::delete, Body::None),
        "list-canned-policies" if method == get => (policies::list, Body::None),
        "info-canned-policy" if method == get => (policies::info, Body::None),
        "add-canned-policy" if method == put => (policies::add, Body::Json),
        "remove-canned-policy" if method == delete => (policies::remove, Body::None),
        "idp/builtin/policy/attach" if method == post => (policies::attach, Body::Sealed),
        "idp/builtin/policy/detach" if method == post => (policies::detach, Body::Sealed),
        "idp/builtin/policy-entities" if method == get => (policies::entities, Body::None),
        _ => return None,
    })
}

/// Answers a call. Deriving keys takes its time: not for a thread that others wait on.
pub(crate) fn answer(world: &SharedWorld, call: &Call) -> Reply {
    match carry_out(world, call) {
        Ok(reply) => reply,
        Err(fault) => fault.reply(call),
    }
}

fn carry_out(world: &SharedWorld, call: &Call) -> Result<Reply, Fault> {
    let (carry, body) = route(call).ok_or_else(Fault::unknown_call)?;
    let (caller, secret) = authenticate(&world.read(), call)?;
    let body = match body {
        Body::None => Value::Null,
        Body::Json => serde_json::from_slice(&call.body).map_err(|_| Fault::body())?,
        Body::Sealed => {
            let plain = sealed::open(&secret, &call.body).map_err(|_| Fault::body())?;
            serde_json::from_slice(&plain).map_err(|_| Fault::body())?
        }
    };
    let asked = Asked { call, caller, body };
    let said = carry(&mut world.write(), &asked)?;
    let json = |body: Vec<u8>| {
        Reply::status(200).with("Content-Type", "application/json").body(body.into())
    };
    Ok(match said {
        Said::Done => Reply::status(200),
        Said::Nothing => Reply::status(204),
        Said::Plain(value) => json(value.to_string().into_bytes()),
        Said::Sealed(value) => json(seal(&secret, &value)?),
    })
}

fn seal(secret: &Secret, value: &Value) -> Result<Vec<u8>, Fault> {
    let internal = || Fault::new(500, "InternalError", "the answer could not be sealed");
    let bytes = |length: usize| random_bytes(length).map_err(|_| internal());
    let salt = bytes(sealed::SALT_BYTES)?.try_into().map_err(|_| internal())?;
    let nonce = bytes(sealed::NONCE_BYTES)?.try_into().map_err(|_| internal())?;
    let body = value.to_string();
    sealed::seal(secret, Suite::Argon2idAes256Gcm, (&salt, &nonce), body.as_bytes())
        .map_err(|_| internal())
}

/// Who calls, and the secret that bodies are sealed with.
fn authenticate(world: &World, call: &Call) -> Result<(Caller, Secret), Fault> {
    let parts = parts(call);
    let claimed = parts.header("x-amz-content-sha256");
    if claimed.is_some_and(|hash| hash != parts.payload_sha256) {
        let message =
            "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return Err(Fault::new(400, "XAmzContentSHA256Mismatch", message));
    }
    let caller = auth::authenticate(world, &parts, call.source_ip, call.received_at);
    let caller = caller.map_err(|refusal| {
        let wire = refusal.s3();
        Fault::new(wire.status, wire.code, &wire.message)
    })?;
    let id = caller.access_key_id().unwrap_or_default();
    let secret = match &caller {
        Caller::Root { .. } => world.keys.get(id).map(|key| &key.secret),
        Caller::Minio { .. } => holder(world, id).ok().map(|(secret, _)| secret),
        _ => None,
    };
    let secret = secret.ok_or_else(Fault::denied)?.clone();
    Ok((caller, secret))
}

fn parts(call: &Call) -> Parts {
    let mut parts = Parts::new(call.method.as_str(), &decode(&call.path).unwrap_or_default());
    parts.query.clone_from(&call.query);
    let text = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
        (name.as_str().to_owned(), value)
    };
    parts.headers = call.headers.iter().map(text).collect();
    parts.payload_sha256 = sha256_hex(&call.body);
    parts
}

/// The policies that every MinIO has.
fn builtin(name: &str) -> Option<Value> {
    let s3 = |actions: &[&str]| json!({ "Effect": "Allow", "Action": actions, "Resource": ["arn:aws:s3:::*"] });
    let statements = match name {
        "readonly" => vec![s3(&["s3:GetBucketLocation", "s3:GetObject"])],
        "writeonly" => vec![s3(&["s3:PutObject"])],
        "readwrite" => vec![s3(&["s3:*"])],
        "consoleAdmin" => {
            let of =
                |service: &str| json!({ "Effect": "Allow", "Action": [format!("{service}:*")] });
            vec![of("admin"), of("kms"), s3(&["s3:*"])]
        }
        _ => return None,
    };
    Some(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// Names of [`builtin`].
const BUILTIN: [&str; 4] = ["consoleAdmin", "readonly", "readwrite", "writeonly"];
