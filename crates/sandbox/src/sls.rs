//! The Log Service: requests on buckets as records of one logstore with one shard, as OSS' real-time log
//! delivers them (`oss-log-<uid>-<region>`, `oss-log-store`).
//!
//! `ListShards`, `GetCursor` and `PullLogs` of version 0.6.0, signed by SLS4-HMAC-SHA256. Records come
//! unpacked: a client that asks for LZ4 is told, as the real service tells, that it got none.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, Request, Response, StatusCode, header, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_cloud::sign::{Parts, sls_v4};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{self, Ask, Circumstances, Decision};
use crate::access_log::Line;
use crate::auth::is_close;
use crate::world::{SharedWorld, World};
use crate::{holder, listing, rpc};

/// Records kept; the oldest go first.
const RECORDS_MAX: usize = 50_000;

/// Largest body of a call: none has one.
const BODY_BYTES_MAX: usize = 1 << 16;

/// Most records of an answer.
const COUNT_MAX: usize = 1_000;

const LOGSTORE: &str = "oss-log-store";

/// The records of the logstore.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct LiveLog {
    /// Number of the first one that is kept.
    first: u64,
    records: VecDeque<Record>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    seconds: i64,
    contents: Vec<(String, String)>,
}

impl LiveLog {
    /// Notes a request on a bucket.
    pub(crate) fn note(&mut self, line: &Line) {
        self.records.push_back(Record { seconds: line.time.as_second(), contents: contents(line) });
        if self.records.len() > RECORDS_MAX {
            self.records.pop_front();
            self.first += 1;
        }
    }

    fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    fn since(&self, seconds: i64) -> u64 {
        let earlier = self.records.iter().take_while(|record| record.seconds < seconds).count();
        self.first + earlier as u64
    }
}

/// The fields of a record (Log Service documentation, "Log fields" of OSS).
fn contents(line: &Line) -> Vec<(String, String)> {
    let known = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let mut words = line.request.split(' ');
    let (method, uri) = (words.next().unwrap_or("-"), words.next().unwrap_or("-"));
    let object = line.object.as_deref().map(listing::encode);
    [
        ("access_id", known(line.access_key_id.as_deref())),
        ("requester_id", known(line.requester_id.as_deref())),
        ("owner_id", line.owner_uid.clone()),
        ("client_ip", line.remote_ip.to_string()),
        ("user_agent", known(line.user_agent.as_deref())),
        ("referer", known(line.referer.as_deref())),
        ("bucket", line.bucket.clone()),
        ("bucket_location", format!("oss-{}", line.region)),
        ("object", known(object.as_deref())),
        ("operation", line.operation.to_owned()),
        ("http_method", method.to_owned()),
        ("http_status", line.status.to_string()),
        ("http_type", "http".to_owned()),
        ("error_code", known(line.error_code)),
        ("request_uri", uri.to_owned()),
        ("request_id", line.request_id.clone()),
        ("request_length", line.request_length.to_string()),
        ("response_body_length", line.sent_bytes.to_string()),
        ("host", line.host.clone()),
        ("sync_request", "-".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A refusal: status, code, message.
struct Refused(u16, &'static str, String);

/// What is answered.
struct Answered {
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// The service behind its listener.
pub(crate) fn router(world: Arc<SharedWorld>) -> Router {
    Router::new().fallback(serve).with_state(world)
}

async fn serve(
    State(world): State<Arc<SharedWorld>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let outcome = answer(&mut world.write(), &head, &body, peer);
    let id = hex::encode_upper(crate::world::random_bytes(12).unwrap_or_default());
    let (status, answered) = match outcome {
        Ok(answered) => (StatusCode::OK, answered),
        Err(Refused(status, code, message)) => {
            let body = json!({ "errorCode": code, "errorMessage": message, "requestID": id });
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let body = body.to_string().into_bytes();
            (status, Answered { kind: "application/json", headers: Vec::new(), body })
        }
    };
    let mut response = Response::new(Body::from(answered.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answered.kind));
    for (name, value) in answered.headers.into_iter().chain([("x-log-requestid", id)]) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

fn answer(
    world: &mut World,
    head: &request::Parts,
    body: &Bytes,
    peer: SocketAddr,
) -> Result<Answered, Refused> {
    let parts = rpc::parts(head, body);
    let source_ip = crate::source_ip(&head.headers, peer);
    let caller = authenticate(world, &parts, source_ip)?;
    let host = parts.header("host").unwrap_or_default();
    let project = host.split('.').next().unwrap_or_default();
    if project != format!("oss-log-{}-{}", world.owner_uid, world.region) {
        let message = format!("The Project does not exist : {project}");
        return Err(Refused(404, "ProjectNotExist", message));
    }
    let path: Vec<&str> = parts.path.split('/').skip(1).collect();
    let (action, store) = match path.as_slice() {
        ["logstores", store, "shards"] => ("log:ListShards", *store),
        ["logstores", store, "shards", _] => ("log:GetCursorOrData", *store),
        _ => return Err(Refused(400, "ParameterInvalid", "no such path".to_owned())),
    };
    let resource =
        format!("acs:log:{}:{}:project/{project}/logstore/{store}", world.region, world.owner_uid);
    let circumstances =
        Circumstances { source_ip, secure_transport: false, user_agent: None, prefix: None };
    let ask = Ask { caller: &caller, action, resource: &resource, version_id: None, circumstances };
    if let Decision::Deny(_) = access::decide(world, &ask) {
        let message = format!("denied by sts or ram, action: {action}, resource: {resource}");
        return Err(Refused(401, "Unauthorized", message));
    }
    if store != LOGSTORE {
        let message = format!("logstore {store} does not exist");
        return Err(Refused(404, "LogStoreNotExist", message));
    }
    if action == "log:ListShards" {
        let shard = json!([{ "shardID": 0, "status": "readwrite", "createTime": 0,
            "inclusiveBeginKey": "00000000000000000000000000000000",
            "exclusiveEndKey": "ffffffffffffffffffffffffffffffff" }]);
        return Ok(in_json(&shard));
    }
    read(&world.live_log, &parts, path.last().copied().unwrap_or_default())
}

fn authenticate(
    world: &mut World,
    parts: &Parts,
    source_ip: std::net::IpAddr,
) -> Result<crate::auth::Caller, Refused> {
    let now = Timestamp::now();
    let refused = |code, message: &str| Refused(401, code, message.to_owned());
    let presented = sls_v4::Presented::parse(parts)
        .ok()
        .flatten()
        .ok_or_else(|| refused("SignatureNotMatch", "signature is not SLS4-HMAC-SHA256"))?;
    let id = presented.access_key_id.clone();
    let token = presented.security_token.as_deref();
    let holder = holder::of(world, &id, token, now)
        .map_err(|_| refused("Unauthorized", "The AccessKeyId is unauthorized"))?;
    if !is_close(presented.time, now) {
        return Err(Refused(400, "RequestTimeExpired", "the request is too old".to_owned()));
    }
    if !presented.matches(parts, holder.secret) {
        return Err(refused("SignatureNotMatch", "signature does not match"));
    }
    holder
        .check_network(world, source_ip)
        .map_err(|_| refused("Unauthorized", "denied by the key's access policy"))?;
    let caller = holder.caller;
    if let Some(key) = world.keys.get_mut(&id) {
        key.last_used = Some((now, "Log".to_owned()));
    }
    Ok(caller)
}

fn read(log: &LiveLog, parts: &Parts, shard: &str) -> Result<Answered, Refused> {
    let invalid = |what: &str| Refused(400, "ParameterInvalid", format!("{what} is invalid"));
    if shard != "0" {
        return Err(Refused(404, "ShardNotExist", format!("shard {shard} does not exist")));
    }
    if parts.query_value("type") == Some("cursor") {
        let at = match parts.query_value("from") {
            Some("begin") => log.first,
            Some("end") => log.end(),
            Some(text) => log.since(text.parse().map_err(|_| invalid("from"))?),
            None => return Err(invalid("from")),
        };
        return Ok(in_json(&json!({ "cursor": STANDARD.encode(at.to_string()) })));
    }
    let cursor = parts.query_value("cursor").and_then(|text| STANDARD.decode(text).ok());
    let at: u64 = cursor
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.parse().ok())
        .filter(|at| *at <= log.end())
        .ok_or_else(|| Refused(400, "InvalidCursor", "this cursor is invalid".to_owned()))?;
    let at = at.max(log.first);
    let count = parts.query_value("count").and_then(|text| text.parse().ok()).unwrap_or(COUNT_MAX);
    let skip = usize::try_from(at - log.first).unwrap_or(usize::MAX);
    let found: Vec<&Record> = log.records.iter().skip(skip).take(count.min(COUNT_MAX)).collect();
    let body = log_group_list(&found);
    let headers = vec![
        ("x-log-cursor", STANDARD.encode((at + found.len() as u64).to_string())),
        ("x-log-count", u8::from(!found.is_empty()).to_string()),
        ("x-log-bodyrawsize", body.len().to_string()),
    ];
    Ok(Answered { kind: "application/x-protobuf", headers, body })
}

fn in_json(value: &serde_json::Value) -> Answered {
    let body = value.to_string().into_bytes();
    Answered { kind: "application/json", headers: Vec::new(), body }
}

/// A `LogGroupList` of one `LogGroup` (`sls_logs.proto`).
fn log_group_list(records: &[&Record]) -> Vec<u8> {
    if records.is_empty() {
        return Vec::new();
    }
    let mut group = Vec::new();
    for record in records {
        let mut log = vec![0x08];
        varint(&mut log, u64::try_from(record.seconds).unwrap_or_default());
        for (key, value) in &record.contents {
            let mut pair = Vec::new();
            bytes(&mut pair, 1, key.as_bytes());
            bytes(&mut pair, 2, value.as_bytes());
            bytes(&mut log, 2, &pair);
        }
        bytes(&mut group, 1, &log);
    }
    bytes(&mut group, 3, b"oss_access_log");
    let mut list = Vec::new();
    bytes(&mut list, 1, &group);
    list
}

fn bytes(out: &mut Vec<u8>, field: u8, content: &[u8]) {
    out.push(field << 3 | 2);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}
