//! What an account of AWS has beside S3: S3 Control's block of public access (2018-08-20), Secrets Manager
//! (2017-10-17), STS's `GetCallerIdentity` (2011-06-15) and `CloudTrail`'s `LookupEvents` (2013-11-01), on one
//! listener, told apart by how they are called.
//!
//! Users and keys are those of the practice cloud, in which RAM and not IAM makes them; policies name the actions
//! as AWS does (`secretsmanager:PutSecretValue`).

mod account_block;
mod cloudtrail;
mod fault;
mod secrets;
mod trail;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{Method, Request, Response};
use claviger_cloud::sign::{Parts, sha256_hex, sig_v4};

use crate::access::{self, Ask, Circumstances, Decision};
use crate::auth::{Caller, is_close};
use crate::call::Call;
use crate::reply::Reply;
use crate::world::{SharedWorld, World};
use crate::xml::Xml;
use crate::{front, holder};
use fault::{Fault, Form};

pub(crate) use trail::{Events, Recorded, record};

/// Names the operation of a service of JSON 1.1.
const TARGET: &str = "x-amz-target";
const SECRETS: &str = "secretsmanager.";
const CLOUDTRAIL: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";
const WHO: &str = "Action=GetCallerIdentity";

/// The service that the listener runs.
pub(crate) fn router(world: Arc<SharedWorld>) -> Router {
    Router::new().fallback(serve).with_state(world)
}

async fn serve(
    State(world): State<Arc<SharedWorld>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let call = Call::read(request, peer).await;
    let form = match call.header(TARGET) {
        Some(_) => Form::Json,
        None => Form::Xml,
    };
    let outcome = answer(&mut world.write(), &call);
    let reply = outcome.unwrap_or_else(|fault| fault.reply(form, &call.request_id));
    front::response(&call, reply.with("x-amzn-requestid", &call.request_id))
}

/// The number of the account, as AWS writes one: twelve digits.
fn account(world: &World) -> String {
    world.owner_uid.chars().take(12).collect()
}

/// What is called.
enum Asked<'a> {
    Secrets(&'a str),
    CloudTrail(&'a str),
    AccountBlock,
    Identity,
}

impl<'a> Asked<'a> {
    fn of(call: &'a Call) -> Result<Self, Fault> {
        if let Some(target) = call.header(TARGET) {
            let secrets = target.strip_prefix(SECRETS).map(Self::Secrets);
            let trail = || target.strip_prefix(CLOUDTRAIL).map(Self::CloudTrail);
            return secrets.or_else(trail).ok_or_else(Fault::unknown);
        }
        if call.path == account_block::PATH {
            return Ok(Self::AccountBlock);
        }
        let is_identity =
            call.method == Method::POST && String::from_utf8_lossy(&call.body).contains(WHO);
        if is_identity { Ok(Self::Identity) } else { Err(Fault::unknown()) }
    }

    /// The service, as signatures and events name it.
    fn service(&self) -> &'static str {
        match self {
            Self::Secrets(_) => "secretsmanager",
            Self::CloudTrail(_) => "cloudtrail",
            Self::AccountBlock => "s3",
            Self::Identity => "sts",
        }
    }

    /// The operation, as events name it.
    fn name(&self, call: &Call) -> &'a str {
        match self {
            Self::Secrets(name) | Self::CloudTrail(name) => name,
            Self::AccountBlock => account_block::name(&call.method),
            Self::Identity => "GetCallerIdentity",
        }
    }
}

fn answer(world: &mut World, call: &Call) -> Result<Reply, Fault> {
    let (caller, scope) = authenticate(world, call)?;
    let asked = Asked::of(call)?;
    expect_service(&scope.service, asked.service())?;
    let outcome = match asked {
        Asked::Secrets(operation) => secrets::perform(world, call, &caller, operation),
        Asked::CloudTrail(operation) => {
            cloudtrail::perform(world, call, &caller, (operation, &scope.region))
        }
        Asked::AccountBlock => account_block::perform(world, call, &caller),
        Asked::Identity => Ok(who(world, &caller)),
    };
    let refusal = outcome.as_ref().err().map(Fault::words);
    if refusal.is_none_or(|(code, _)| code != cloudtrail::THROTTLED) {
        let recorded = Recorded {
            caller: &caller,
            call,
            service: asked.service(),
            name: asked.name(call),
            region: &scope.region,
            parameters: trail::parameters(&call.body),
            bucket: None,
        };
        record(world, &recorded, refusal);
    }
    outcome
}

/// A signature is good for the service that it names.
fn expect_service(signed_for: &str, service: &str) -> Result<(), Fault> {
    if signed_for == service {
        return Ok(());
    }
    let message = format!("Credential should be scoped to correct service: '{service}'.");
    Err(Fault::new(403, "SignatureDoesNotMatch", &message))
}

/// Who calls, and what the signature is for.
fn authenticate(world: &World, call: &Call) -> Result<(Caller, sig_v4::Scope), Fault> {
    let parts = parts(call);
    let presented = sig_v4::Presented::parse(&parts)
        .map_err(|malformed| {
            let message = format!("Authorization header requires '{}'.", malformed.missing);
            Fault::new(400, "IncompleteSignatureException", &message)
        })?
        .ok_or_else(|| {
            Fault::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        })?;
    let token = presented.security_token.as_deref();
    let unknown = |_| {
        let message = "The security token included in the request is invalid.";
        Fault::new(403, "UnrecognizedClientException", message)
    };
    let id = &presented.access_key_id;
    let holder = holder::of(world, id, token, call.received_at).map_err(unknown)?;
    let body_is_signed =
        call.header("x-amz-content-sha256").is_none_or(|hash| hash == parts.payload_sha256);
    if !presented.matches(&parts, holder.secret) || !body_is_signed {
        let message =
            "The request signature we calculated does not match the signature you provided.";
        return Err(Fault::new(403, "InvalidSignatureException", message));
    }
    if !is_close(presented.time, call.received_at) {
        return Err(Fault::new(403, "RequestExpired", "Request has expired."));
    }
    holder.check_network(world, call.source_ip).map_err(unknown)?;
    Ok((holder.caller, presented.scope))
}

/// The request as signatures see it.
fn parts(call: &Call) -> Parts {
    let mut parts = Parts::new(call.method.as_str(), &call.path);
    parts.query.clone_from(&call.query);
    parts.headers = call
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    parts.payload_sha256 = sha256_hex(&call.body);
    parts
}

/// Lets a call through that the caller's policies allow.
fn permit(
    world: &World,
    call: &Call,
    caller: &Caller,
    action: &str,
    resource: &str,
) -> Result<(), Fault> {
    let circumstances = Circumstances {
        source_ip: call.source_ip,
        secure_transport: false,
        user_agent: call.header("user-agent"),
        prefix: None,
    };
    let ask = Ask { caller, action, resource, version_id: None, circumstances };
    match access::decide(world, &ask) {
        Decision::Allow => Ok(()),
        Decision::Deny(by) => {
            tracing::debug!(action, resource, ?by, "denied");
            let who = arn(world, caller);
            let message = format!(
                "User: {who} is not authorized to perform: {action} on resource: {resource} \
                 because no identity-based policy allows the {action} action"
            );
            Err(Fault::new(403, "AccessDenied", &message))
        }
    }
}

fn arn(world: &World, caller: &Caller) -> String {
    let account = account(world);
    match caller {
        Caller::Anonymous | Caller::Root { .. } => format!("arn:aws:iam::{account}:root"),
        Caller::User { name, .. } | Caller::Minio { user: name, .. } => {
            format!("arn:aws:iam::{account}:user/{name}")
        }
        Caller::Role { name, session, .. } => {
            format!("arn:aws:sts::{account}:assumed-role/{name}/{session}")
        }
    }
}

/// Everybody may ask who they are.
fn who(world: &World, caller: &Caller) -> Reply {
    let namespace = " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"";
    Reply::xml(Xml::with_attributes("GetCallerIdentityResponse", namespace, |xml| {
        xml.element("GetCallerIdentityResult", |xml| {
            xml.text("Arn", &arn(world, caller));
            xml.text("UserId", caller.access_key_id().unwrap_or_default());
            xml.text("Account", &account(world));
        });
    }))
}
