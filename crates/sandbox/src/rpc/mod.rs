//! The accounts' services by RPC: RAM 2015-05-01, IMS 2019-08-15, STS 2015-04-01, KMS
//! 2016-01-20 and ActionTrail 2020-07-06, told
//! apart by the version a call names, so that one listener serves them all.
//!
//! Here stands what happens to every call: authenticated, permitted, carried out by its service, answered.
//! Answers are JSON, whatever format a call asks for.

mod answer;
mod asked;
mod authenticate;
mod page;
mod wire;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Request, Response, header, request};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use answer::Fault;
pub(crate) use asked::{Asked, date};
pub(crate) use page::page;
pub(crate) use wire::parts;

use self::authenticate::{Authentic, authenticate};
use crate::access::{self, Ask, Circumstances, Decision, Denial};
use crate::actiontrail::Recorded;
use crate::auth::Caller;
use crate::kms::Pace;
use crate::world::{SharedWorld, World, random_bytes};
use crate::{actiontrail, ims, kms, ram, sts};

/// Largest body of a call: policies have at most 6,144 characters.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Nonces remembered, so that a request cannot be sent twice; the oldest are forgotten first.
const NONCES_MAX: usize = 10_000;

#[derive(Clone)]
struct Front {
    world: Arc<SharedWorld>,
    nonces: Arc<Mutex<VecDeque<String>>>,
    pace: Pace,
}

/// The services behind the listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Ram,
    Ims,
    Sts,
    Kms,
    ActionTrail,
}

impl Service {
    fn of_version(version: &str) -> Option<Self> {
        match version {
            "2015-05-01" => Some(Self::Ram),
            "2019-08-15" => Some(Self::Ims),
            "2015-04-01" => Some(Self::Sts),
            "2016-01-20" => Some(Self::Kms),
            "2020-07-06" => Some(Self::ActionTrail),
            _ => None,
        }
    }

    /// As `GetAccessKeyLastUsed` shows it.
    fn name(self) -> &'static str {
        match self {
            Self::Ram => "Ram",
            Self::Ims => "Ims",
            Self::Sts => "Sts",
            Self::Kms => "Kms",
            Self::ActionTrail => "Actiontrail",
        }
    }

    /// What its actions begin with in policies; IMS shares those of RAM.
    fn prefix(self) -> &'static str {
        match self {
            Self::Ram | Self::Ims => "ram",
            Self::Sts => "sts",
            Self::Kms => "kms",
            Self::ActionTrail => "actiontrail",
        }
    }

    /// Whether the provider forbids it to a key that it has seen in public (RAM documentation,
    /// "Restrictive protection for AccessKey pairs": every operation of RAM and IMS).
    fn is_forbidden_to_leaked_keys(self) -> bool {
        matches!(self, Self::Ram | Self::Ims)
    }

    /// What a call is about, in the words of policies.
    fn resources(self, world: &World, caller: &Caller, asked: &Asked) -> Vec<String> {
        match self {
            Self::Ram | Self::Ims | Self::Sts => ram::resources(world, caller, asked),
            Self::Kms => vec![kms::resource(world, asked)],
            Self::ActionTrail => vec![format!("acs:actiontrail:*:{}:trail/*", world.owner_uid)],
        }
    }
}

/// The service that the accounts' listener runs.
pub(crate) fn router(world: Arc<SharedWorld>, pace: Pace) -> Router {
    let nonces = Arc::default();
    Router::new().fallback(serve).with_state(Front { world, nonces, pace })
}

async fn serve(
    State(front): State<Front>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let host = head.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.unwrap_or_default().to_owned();
    let outcome = match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => front.answer(&head, &body, peer),
        Err(_) => Err(Fault::new(413, "RequestEntityTooLarge", "the body is too large")),
    };
    answer::respond(outcome, &request_id(), &host)
}

impl Front {
    fn answer(
        &self,
        head: &request::Parts,
        body: &Bytes,
        peer: SocketAddr,
    ) -> Result<Value, Fault> {
        let (parts, form) = (wire::parts(head, body), wire::form(head, body));
        let source_ip = crate::source_ip(&head.headers, peer);
        let mut world = self.world.write();
        let now = Timestamp::now();
        let Authentic { caller, nonce, asked } =
            authenticate(&world, &parts, &form, source_ip, now)?;
        self.check_nonce(nonce)?;
        let service = Service::of_version(&asked.version).ok_or_else(|| {
            Fault::new(404, "InvalidVersion", "Specified API version is not found.")
        })?;
        check_leak(&world, &caller, service)?;
        let user_agent = parts.header("user-agent");
        let permitted = permit(&world, &caller, &asked, service, user_agent);
        let done = match permitted {
            Ok(()) => self.perform(&mut world, &caller, &asked, service),
            Err(fault) => Err(fault),
        };
        let outcome = done.as_ref().map_err(|fault| (fault.code(), fault.message()));
        let call = Recorded { caller: &caller, asked: &asked, service: service.name(), user_agent };
        actiontrail::record(&mut world, &call, outcome);
        let outcome = done?;
        // Only now: a key that asks about its own last use is told of the one before.
        if let Some(key) = caller.access_key_id().and_then(|id| world.keys.get_mut(id)) {
            key.last_used = Some((now, service.name().to_owned()));
        }
        Ok(outcome)
    }

    fn perform(
        &self,
        world: &mut World,
        caller: &Caller,
        asked: &Asked,
        service: Service,
    ) -> Result<Value, Fault> {
        match service {
            Service::Ram => ram::perform(world, caller, asked),
            Service::Ims => ims::perform(world, caller, asked),
            Service::Sts => sts::perform(world, caller, asked),
            Service::Kms => kms::perform(world, asked, self.pace),
            Service::ActionTrail => actiontrail::perform(world, asked),
        }
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

/// Refuses what the provider forbids to a key that it has seen in public.
fn check_leak(world: &World, caller: &Caller, service: Service) -> Result<(), Fault> {
    let key = caller.access_key_id().and_then(|id| world.keys.get(id));
    if service.is_forbidden_to_leaked_keys() && key.is_some_and(|key| key.is_leak_suspected) {
        let message = "There is a risk of leakage of this AccessKey.";
        return Err(Fault::new(403, "Forbidden", message));
    }
    Ok(())
}

/// Lets a call through that the caller's policies allow.
fn permit(
    world: &World,
    caller: &Caller,
    asked: &Asked,
    service: Service,
    user_agent: Option<&str>,
) -> Result<(), Fault> {
    // Everybody may ask who they are.
    if service == Service::Sts && asked.action == "GetCallerIdentity" {
        return Ok(());
    }
    let action = format!("{}:{}", service.prefix(), asked.action);
    for resource in service.resources(world, caller, asked) {
        let source_ip = asked.source_ip;
        let circumstances =
            Circumstances { source_ip, secure_transport: false, user_agent, prefix: None };
        let ask =
            Ask { caller, action: &action, resource: &resource, version_id: None, circumstances };
        if let Decision::Deny(by) = access::decide(world, &ask) {
            tracing::debug!(action, resource, ?by, "denied");
            let detail = detail(world, caller, &action, by);
            return Err(Fault::denied(&action, &resource, detail));
        }
    }
    Ok(())
}

/// `AccessDeniedDetail` (RAM documentation, "Troubleshoot access denied errors").
fn detail(world: &World, caller: &Caller, action: &str, by: Denial) -> Value {
    let (kind, name) = match caller {
        Caller::User { user_id, .. } => ("SubUser", user_id.clone()),
        Caller::Role { role_id, session, .. } => {
            ("AssumedRoleUser", format!("{role_id}:{session}"))
        }
        // No key of MinIO is let in here.
        Caller::Root { .. } | Caller::Anonymous | Caller::Minio { .. } => {
            ("Account", world.owner_uid.clone())
        }
    };
    let explicit = matches!(by, Denial::Identity | Denial::Bucket | Denial::Both);
    json!({
        "AuthAction": action, "AuthPrincipalType": kind, "AuthPrincipalDisplayName": name,
        "AuthPrincipalOwnerId": world.owner_uid,
        "PolicyType": if by == Denial::Session { "SessionPolicy" }
            else { "AccountLevelIdentityBasedPolicy" },
        "NoPermissionType": if explicit { "ExplicitDeny" } else { "ImplicitDeny" },
    })
}

/// The refusal of an action that a service does not have here.
pub(crate) fn unknown_action() -> Fault {
    let message = "Specified api is not found, please check your url and method.";
    Fault::new(404, "InvalidAction.NotFound", message)
}

/// A fresh request id: a random UUID in upper case. Without random bytes it is all zeros: the call is
/// still answered.
fn request_id() -> String {
    let mut bytes = random_bytes(16).unwrap_or_else(|_| vec![0; 16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode_upper(bytes);
    let pieces = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    pieces.join("-")
}

#[cfg(test)]
mod tests {
    use super::request_id;

    #[test]
    fn a_request_id_is_a_random_uuid_in_upper_case() {
        let id = request_id();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(id.chars().all(|c| c == '-' || c.is_ascii_digit() || ('A'..='F').contains(&c)));
        assert_eq!(&id[14..15], "4");
        assert_ne!(id, request_id());
    }
}
