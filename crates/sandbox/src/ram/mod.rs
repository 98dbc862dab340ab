//! The accounts' API: RAM 2015-05-01 and STS 2015-04-01, by RPC (RAM documentation, "API reference").
//!
//! Requests are signed with ACS3-HMAC-SHA256 (names in headers) or RPC V1 (names in parameters). KMS will
//! have its room beside this one.

mod answer;
mod keys;
mod policies;
mod users;
mod versions;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Request, Response};
use claviger_cloud::sign::{Parts, acs3, rpc_v1, sha256_hex};
use claviger_model::CloudKeyStatus;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::answer::{Fault, respond};
use crate::access::{self, Decision};
use crate::auth::{Caller, is_close};
use crate::error::SandboxError;
use crate::world::{SharedWorld, TokenFault, World, random_bytes};

/// Largest body of a call: policies have at most 6,144 characters.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Nonces remembered, so that a request cannot be sent twice; the oldest are forgotten first.
const NONCES_MAX: usize = 10_000;

#[derive(Clone)]
struct Front {
    world: Arc<SharedWorld>,
    nonces: Arc<Mutex<std::collections::VecDeque<String>>>,
}

/// The service that the accounts' listener runs.
pub(crate) fn router(world: Arc<SharedWorld>) -> Router {
    let nonces = Arc::default();
    Router::new().fallback(serve).with_state(Front { world, nonces })
}

async fn serve(
    State(front): State<Front>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let request_id = request_id().unwrap_or_default();
    let (head, body) = request.into_parts();
    let host = head
        .headers
        .get("host")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let outcome = match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => front.answer(&head, &body, peer),
        Err(_) => Err(Fault::new(413, "RequestEntityTooLarge", "the body is too large")),
    };
    respond(outcome, &request_id, &host)
}

/// An id as RAM gives its requests: a UUID in capitals.
fn request_id() -> Result<String, SandboxError> {
    let digits = hex::encode_upper(random_bytes(16)?);
    let groups = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(groups.join("-"))
}

/// A call that was understood.
pub(crate) struct Asked {
    /// `CreateUser`.
    action: String,
    /// `2015-05-01`.
    version: String,
    /// Parameters of query and form.
    parameters: Vec<(String, String)>,
    /// The clock of this call.
    now: Timestamp,
}

impl Asked {
    /// A parameter that may be missing.
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    fn need(&self, name: &'static str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| {
            Fault::new(
                400,
                &format!("MissingParameter.{name}"),
                &format!("The input parameter {name} that is mandatory is missing."),
            )
        })
    }
}

impl Front {
    fn answer(
        &self,
        head: &axum::http::request::Parts,
        body: &Bytes,
        peer: SocketAddr,
    ) -> Result<Value, Fault> {
        let parts = parts(head, body);
        let form = form(head, body);
        let source_ip = crate::source_ip(&head.headers, peer);
        let mut world = self.world.write();
        let now = Timestamp::now();
        let (caller, nonce, asked) = authenticate(&world, &parts, &form, now)?;
        self.check_nonce(nonce)?;
        if let Some(id) = caller.access_key_id()
            && let Some(key) = world.keys.get_mut(id)
        {
            key.last_used = Some((now, "Ram".to_owned()));
        }
        if asked.version == "2015-04-01" && asked.action == "GetCallerIdentity" {
            return Ok(identity(&world, &caller));
        }
        if asked.version != "2015-05-01" {
            return Err(Fault::new(404, "InvalidVersion", "Specified API version is not found."));
        }
        let action = format!("ram:{}", asked.action);
        let resource = format!("acs:ram:*:{}:*", world.owner_uid);
        if let Decision::Deny { why } =
            access::decide(&world, &caller, &action, &resource, source_ip)
        {
            tracing::debug!(action, why, "denied");
            return Err(Fault::new(
                403,
                "NoPermission",
                "You are not authorized to do this action. Resource: acs:ram:*. Action: not allowed.",
            ));
        }
        carry_out(&mut world, &caller, &asked)
    }

    /// A nonce is taken once.
    fn check_nonce(&self, nonce: String) -> Result<(), Fault> {
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if nonces.contains(&nonce) {
            return Err(Fault::new(
                400,
                "SignatureNonceUsed",
                "Specified signature nonce was used already.",
            ));
        }
        nonces.push_back(nonce);
        if nonces.len() > NONCES_MAX {
            nonces.pop_front();
        }
        Ok(())
    }
}

fn carry_out(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    match asked.action.as_str() {
        "CreateUser" => users::create(world, asked),
        "GetUser" => users::get(world, asked),
        "ListUsers" => users::list(world, asked),
        "UpdateUser" => users::update(world, asked),
        "DeleteUser" => users::delete(world, asked),
        "CreateAccessKey" => keys::create(world, caller, asked),
        "ListAccessKeys" => keys::list(world, caller, asked),
        "UpdateAccessKey" => keys::update(world, caller, asked),
        "DeleteAccessKey" => keys::delete(world, caller, asked),
        "GetAccessKeyLastUsed" => keys::last_used(world, asked),
        "CreatePolicy" => policies::create(world, asked),
        "GetPolicy" => policies::get(world, asked),
        "ListPolicies" => policies::list(world),
        "DeletePolicy" => policies::delete(world, asked),
        "CreatePolicyVersion" => versions::create(world, asked),
        "GetPolicyVersion" => versions::get(world, asked),
        "ListPolicyVersions" => versions::list(world, asked),
        "SetDefaultPolicyVersion" => versions::set_default(world, asked),
        "DeletePolicyVersion" => versions::delete(world, asked),
        "AttachPolicyToUser" => policies::attach(world, asked),
        "DetachPolicyFromUser" => policies::detach(world, asked),
        "ListPoliciesForUser" => policies::of_user(world, asked),
        "ListEntitiesForPolicy" => policies::entities(world, asked),
        _ => Err(Fault::new(
            404,
            "InvalidAction.NotFound",
            "Specified api is not found, please check your url and method.",
        )),
    }
}

fn identity(world: &World, caller: &Caller) -> Value {
    let uid = &world.owner_uid;
    match caller {
        Caller::User { name, user_id, .. } => json!({
            "IdentityType": "RAMUser", "AccountId": uid, "UserId": user_id, "PrincipalId": user_id,
            "Arn": format!("acs:ram::{uid}:user/{name}"),
        }),
        Caller::Root { .. } | Caller::Anonymous => json!({
            "IdentityType": "Account", "AccountId": uid, "UserId": uid, "PrincipalId": uid,
            "Arn": format!("acs:ram::{uid}:root"),
        }),
    }
}

/// Who calls, with which nonce, and what is asked.
fn authenticate(
    world: &World,
    parts: &Parts,
    form: &[(String, String)],
    now: Timestamp,
) -> Result<(Caller, String, Asked), Fault> {
    let incomplete =
        |_| Fault::new(400, "IncompleteSignature", "The request signature is incomplete.");
    if let Some(presented) = acs3::Presented::parse(parts).map_err(incomplete)? {
        let key = key_of(world, &presented.access_key_id)?;
        check_time(presented.time, now)?;
        check_token(key, presented.security_token.as_deref(), now)?;
        if !presented.matches(parts, &key.secret) {
            return Err(mismatch(&presented.string_to_sign(parts)));
        }
        let name = |header: &str| parts.header(header).unwrap_or_default().to_owned();
        let parameters = parts.query.iter().chain(form).cloned().collect();
        let (action, version) = (name("x-acs-action"), name("x-acs-version"));
        let asked = Asked { action, version, parameters, now };
        return Ok((Caller::of_key(world, key), presented.nonce, asked));
    }
    if let Some(presented) = rpc_v1::Presented::parse(parts, form).map_err(incomplete)? {
        let key = key_of(world, &presented.access_key_id)?;
        check_time(presented.time, now)?;
        check_token(key, presented.security_token.as_deref(), now)?;
        if !presented.matches(&key.secret) {
            return Err(mismatch(&presented.string_to_sign()));
        }
        let of = |name: &str| {
            let found = presented.parameters.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let (action, version) = (of("Action"), of("Version"));
        let asked = Asked { action, version, parameters: presented.parameters, now };
        return Ok((Caller::of_key(world, key), presented.nonce, asked));
    }
    Err(Fault::new(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."))
}

fn key_of<'a>(world: &'a World, id: &str) -> Result<&'a crate::world::Key, Fault> {
    let key = world.keys.get(id).ok_or_else(|| {
        Fault::new(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    })?;
    if key.status == CloudKeyStatus::Inactive {
        return Err(Fault::new(
            400,
            "InvalidAccessKeyId.Inactive",
            "Specified access key is disabled.",
        ));
    }
    Ok(key)
}

fn check_token(key: &crate::world::Key, token: Option<&str>, now: Timestamp) -> Result<(), Fault> {
    key.check_token(token, now).map_err(|fault| match fault {
        TokenFault::Expired => {
            Fault::new(403, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        }
        TokenFault::Invalid => Fault::new(
            403,
            "InvalidSecurityToken.Malformed",
            "Specified SecurityToken is malformed.",
        ),
    })
}

fn check_time(time: Timestamp, now: Timestamp) -> Result<(), Fault> {
    if is_close(time, now) {
        return Ok(());
    }
    Err(Fault::new(
        400,
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
    ))
}

fn mismatch(string_to_sign: &str) -> Fault {
    Fault::new(
        400,
        "SignatureDoesNotMatch",
        &format!(
            "Specified signature is not matched with our calculation. server string to sign is:\
             {string_to_sign}"
        ),
    )
}

/// The request as signatures see it.
fn parts(head: &axum::http::request::Parts, body: &Bytes) -> Parts {
    let mut parts = Parts::new(head.method.as_str(), head.uri.path());
    parts.query = pairs(head.uri.query().unwrap_or_default());
    parts.headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    parts.payload_sha256 = sha256_hex(body);
    parts
}

/// The parameters of a form body; none where the body is no form.
fn form(head: &axum::http::request::Parts, body: &Bytes) -> Vec<(String, String)> {
    let kind = head.headers.get("content-type").and_then(|value| value.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form { pairs(&String::from_utf8_lossy(body)) } else { Vec::new() }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        claviger_cloud::sign::decode(&text).unwrap_or(text)
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}
