//! What happens to every request of the storage service, whichever dialect it speaks: read, understood,
//! authenticated, admitted, carried out, answered, logged.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use claviger_cloud::sign::{Parts, sig_v4};
use jiff::Timestamp;

use crate::access_log::Line;
use crate::auth::{self, Caller};
use crate::call::Call;
use crate::content::Content;
use crate::gate;
use crate::operation::Operation;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::target::Target;
use crate::world::{Logging, SharedWorld, World};
use crate::{aws, minio, oss, s3};

/// Which of the two protocols a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Alibaba Cloud OSS.
    Oss,
    /// Amazon S3.
    S3,
}

/// A listener of the storage service.
#[derive(Debug, Clone)]
struct Front {
    world: Arc<SharedWorld>,
    dialect: Dialect,
}

/// The service that a listener runs.
pub(crate) fn router(world: Arc<SharedWorld>, dialect: Dialect) -> Router {
    Router::new().fallback(serve).with_state(Front { world, dialect })
}

async fn serve(
    State(front): State<Front>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let call = Call::read(request, peer).await;
    if front.dialect == Dialect::S3 && minio::is_asked(&call) {
        return serve_minio(front.world, call).await;
    }
    let reply = front.answer(&call);
    response(&call, reply)
}

/// MinIO's own API derives keys, which takes its time.
async fn serve_minio(world: Arc<SharedWorld>, call: Call) -> Response<Body> {
    let answered = tokio::task::spawn_blocking(move || {
        let reply = minio::answer(&world, &call);
        response(&call, s3::finish(reply, &call))
    });
    answered.await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// What is known of a request when it is logged.
#[derive(Debug, Default)]
struct Known {
    operation: Option<Operation>,
    target: Target,
    requester_id: Option<String>,
    requester_arn: Option<String>,
    access_key_id: Option<String>,
    /// Who it was found to be.
    caller: Option<Caller>,
    logging: Option<Logging>,
    owner_uid: String,
    region: String,
}

impl Front {
    fn answer(&self, call: &Call) -> Reply {
        let mut known = Known::default();
        let outcome = self.carry_out(call, &mut known);
        let error_code = outcome.as_ref().err().map(|refusal| match self.dialect {
            Dialect::Oss => refusal.oss().code,
            Dialect::S3 => refusal.s3().code,
        });
        if self.dialect == Dialect::S3 {
            self.tell_trail(call, &known, outcome.as_ref().err());
        }
        let reply = outcome.unwrap_or_else(|refusal| match self.dialect {
            Dialect::Oss => oss::refuse(&refusal, call),
            Dialect::S3 => s3::refuse(&refusal, call),
        });
        self.log(call, known, &reply, error_code);
        match self.dialect {
            Dialect::Oss => oss::finish(reply, call),
            Dialect::S3 => s3::finish(reply, call),
        }
    }

    fn carry_out(&self, call: &Call, known: &mut Known) -> Result<Reply, Refusal> {
        let target = Target::of(call);
        known.target = target.clone().unwrap_or_default();
        known.access_key_id = auth::presented_key_id(&parts(call, &known.target, self.dialect));
        let routed = match &target {
            Ok(target) => self.route(call, target),
            Err(refusal) => Err(refusal.clone()),
        };
        let unread = target.err();
        known.operation = routed.as_ref().ok().copied();
        let target = known.target.clone();
        let order = routed.and_then(|operation| self.order(call, &target, operation));
        let mut world = self.world.write();
        known.learn(&world);
        // An address that cannot be read cannot be signed for either: its own refusal says more.
        let outcome = unread
            .map_or(Ok(()), Err)
            .and_then(|()| authenticate(&mut world, call, &target, self.dialect))
            .and_then(|caller| {
                known.caller = Some(caller.clone());
                Ok((caller, order?))
            })
            .and_then(|(caller, order)| {
                gate::admit(&world, &caller, &order)?;
                self.perform(&mut world, &order)
            });
        known.learn(&world);
        outcome
    }

    fn route(&self, call: &Call, target: &Target) -> Result<Operation, Refusal> {
        call.check_length()?;
        match self.dialect {
            Dialect::Oss => oss::route(call, target),
            Dialect::S3 => s3::route(call, target),
        }
    }

    /// Understands the body. Digests are computed here, before the world is locked.
    fn order<'a>(
        &self,
        call: &'a Call,
        target: &'a Target,
        operation: Operation,
    ) -> Result<Order<'a>, Refusal> {
        let body = match self.dialect {
            Dialect::Oss => call.body.clone(),
            Dialect::S3 => s3::body(call)?,
        };
        let content = (operation == Operation::PutObject).then(|| Content::of(body.clone()));
        Ok(Order { call, target, operation, body, content })
    }

    fn perform(&self, world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
        match self.dialect {
            Dialect::Oss => oss::perform(world, order),
            Dialect::S3 => s3::perform(world, order),
        }
    }

    /// Makes an event of `CloudTrail` of what somebody did with buckets.
    fn tell_trail(&self, call: &Call, known: &Known, refusal: Option<&Refusal>) {
        let name = known.operation.and_then(s3::trail_name);
        let signed = known.caller.as_ref();
        let signed = signed.filter(|it| !matches!(it, Caller::Anonymous | Caller::Minio { .. }));
        let (Some(name), Some(caller)) = (name, signed) else { return };
        let presented = sig_v4::Presented::parse(&parts(call, &known.target, self.dialect));
        let signed_for = presented.ok().flatten().map(|presented| presented.scope.region);
        let bucket = Some(known.target.bucket()).filter(|name| !name.is_empty());
        let recorded = aws::Recorded {
            caller,
            call,
            service: "s3",
            name,
            region: signed_for.as_deref().unwrap_or(&known.region),
            parameters: serde_json::json!({ "bucketName": bucket, "Host": call.host() }),
            bucket,
        };
        let wire = refusal.map(Refusal::s3);
        let refused = wire.as_ref().map(|wire| (wire.code, wire.message.as_str()));
        aws::record(&mut self.world.write(), &recorded, refused);
    }

    fn log(&self, call: &Call, known: Known, reply: &Reply, error_code: Option<&'static str>) {
        if known.target.bucket().is_empty() || known.owner_uid.is_empty() {
            return;
        }
        let elapsed = Timestamp::now().duration_since(call.received_at).as_millis();
        let single = !matches!(known.operation, Some(Operation::DeleteObjects));
        let line = Line {
            remote_ip: call.source_ip,
            time: call.received_at,
            request: format!("{} {} {}", call.method, call.uri(), call.version),
            status: reply.status,
            sent_bytes: sent_bytes(call, reply),
            request_ms: u64::try_from(elapsed).unwrap_or_default(),
            referer: call.header_lossy("referer"),
            user_agent: call.header_lossy("user-agent"),
            host: call.host().to_owned(),
            request_id: call.request_id.clone(),
            requester_id: known.requester_id,
            requester_arn: known.requester_arn,
            operation: known.operation.map_or("-", Operation::log_name),
            bucket: known.target.bucket().to_owned(),
            object: known.target.key.filter(|_| single),
            object_size: reply.object_size,
            error_code,
            request_length: call.request_length(),
            owner_uid: known.owner_uid,
            delta_bytes: reply.delta_bytes,
            access_key_id: known.access_key_id,
            region: known.region,
        };
        let mut world = self.world.write();
        world.live_log.note(&line);
        if let Some(logging) = known.logging {
            world.access_log.note(logging, &line);
        }
    }
}

impl Known {
    /// Takes from the world what the log needs. Asked before and after: the request may itself
    /// switch logging on or off, or remove the bucket.
    fn learn(&mut self, world: &World) {
        self.owner_uid.clone_from(&world.owner_uid);
        self.region.clone_from(&world.region);
        let bucket = world.buckets.get(self.target.bucket());
        if self.logging.is_none() {
            self.logging = bucket.and_then(|bucket| bucket.logging.clone());
        }
        if let Some(id) = &self.access_key_id {
            self.requester_id = requester_id(world, id);
            self.requester_arn = requester_arn(world, id);
        }
    }
}

/// Whose a key id is, also when it is disabled or deleted.
fn requester_id(world: &World, access_key_id: &str) -> Option<String> {
    if let Some(session) = world.sessions.get(access_key_id) {
        let role = world.roles.get(&session.role)?;
        return Some(role.role_id.clone());
    }
    let key = world.keys.get(access_key_id).or_else(|| world.deleted_keys.get(access_key_id))?;
    Some(match &key.user {
        None => world.owner_uid.clone(),
        Some(name) => world.users.get(name).map_or_else(String::new, |u| u.user_id.clone()),
    })
}

/// The same in the words of S3's log: a user or role by its ARN.
fn requester_arn(world: &World, access_key_id: &str) -> Option<String> {
    let owner = &world.owner_uid;
    if let Some(session) = world.sessions.get(access_key_id) {
        return Some(format!("arn:aws:sts::{owner}:assumed-role/{}/practice", session.role));
    }
    let key = world.keys.get(access_key_id).or_else(|| world.deleted_keys.get(access_key_id))?;
    Some(match &key.user {
        None => owner.clone(),
        Some(name) => format!("arn:aws:iam::{owner}:user/{name}"),
    })
}

/// Who sent the request. A key that was let in has been used.
fn authenticate(
    world: &mut World,
    call: &Call,
    target: &Target,
    dialect: Dialect,
) -> Result<Caller, Refusal> {
    let parts = parts(call, target, dialect);
    let caller = auth::authenticate(world, &parts, call.source_ip, call.received_at)?;
    if let Some(id) = caller.access_key_id()
        && let Some(key) = world.keys.get_mut(id)
    {
        key.last_used = Some((call.received_at, "Oss".to_owned()));
    }
    Ok(caller)
}

/// The request as signatures see it.
fn parts(call: &Call, target: &Target, dialect: Dialect) -> Parts {
    let path = match dialect {
        Dialect::Oss => target.signed_path(),
        Dialect::S3 => claviger_cloud::sign::decode(&call.path).unwrap_or_default(),
    };
    let mut parts = Parts::new(call.method.as_str(), &path);
    parts.query.clone_from(&call.query);
    parts.headers = call
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    if dialect == Dialect::S3 {
        parts.payload_sha256 = claviger_cloud::sign::sha256_hex(&call.body);
    }
    parts
}

fn sent_bytes(call: &Call, reply: &Reply) -> u64 {
    if call.method == Method::HEAD { 0 } else { reply.body.len() as u64 }
}

/// Puts an answer on the wire.
pub(crate) fn response(call: &Call, reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(value)) => {
                response.headers_mut().append(name, value);
            }
            _ => tracing::debug!(header = name, "left out: no header may hold this"),
        }
    }
    if let Some(length) = reply.announced_length {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if call.method != Method::HEAD {
        *response.body_mut() = Body::from(reply.body);
    }
    response
}
