//! Google Cloud Storage audit log: one `LogEntry` a call, alone or in `{"entries":[…]}`.
//!
//! Source: "Cloud Audit Logs with Cloud Storage"; the protocol buffers `google.logging.v2.LogEntry`
//! and `google.cloud.audit.AuditLog`. The status is one of gRPC, so the event has the name of its
//! code as error and no HTTP status. It carries no bytes. Keys of service accounts are named; users,
//! HMAC keys and attached accounts have none.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use serde_json::Value;

use super::json::{at, content_id, likelihood, number, parse_records, text};
use super::{Reader, address, time, uri};

pub(super) const READER: Reader = Reader {
    name: "gcs-audit",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse: |bytes| parse_records(bytes, ENVELOPE, event),
};

/// The list in an answer of the logging API.
const ENVELOPE: &str = "entries";

/// The names of gRPC's codes (`google/rpc/code.proto`), by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

fn looks_right(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    at(record, &["protoPayload", "methodName"]).is_some() && has("timestamp")
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    let call = record.get("protoPayload").ok_or("the entry is no audit entry")?;
    let time = text(record, &["timestamp"]).ok_or("there is no `timestamp`")?;
    let time = time::instant(time).ok_or("`timestamp` is unreadable")?;
    let operation = text(call, &["methodName"]).ok_or("there is no `methodName`")?;
    let (bucket, object) = place(record, call);
    let event_id = match text(record, &["insertId"]) {
        Some(id) => EventId::derived(&["gcs-audit", id, &time.to_string(), operation]),
        None => content_id("gcs-audit", record),
    };
    let agent = text(call, &["requestMetadata", "callerSuppliedUserAgent"]);
    Ok(AccessEvent {
        time,
        access_key_id: access_key_id(call)?,
        account: account(call).map(str::to_owned),
        source_ip: text(call, &["requestMetadata", "callerIp"]).map(address::plain),
        user_agent: agent.map(uri::redacted),
        operation: operation.to_owned(),
        bucket,
        object,
        status: None,
        error: error(call),
        bytes_out: None,
        bytes_in: None,
        request_id: text(record, &["insertId"]).map(str::to_owned),
        event_id,
    })
}

/// The last part of `//iam.googleapis.com/projects/P/serviceAccounts/A/keys/<key id>`.
fn access_key_id(call: &Value) -> Result<Option<AccessKeyId>, String> {
    let Some(name) = text(call, &["authenticationInfo", "serviceAccountKeyName"]) else {
        return Ok(None);
    };
    let id = name.rsplit('/').next().unwrap_or(name);
    AccessKeyId::parse(id).map(Some).map_err(|_| "`serviceAccountKeyName` is unreadable".to_owned())
}

fn account(call: &Value) -> Option<&str> {
    ["principalEmail", "principalSubject"]
        .into_iter()
        .find_map(|key| text(call, &["authenticationInfo", key]))
}

fn error(call: &Value) -> Option<String> {
    let code = number(call, &["status", "code"]).filter(|code| *code != 0)?;
    let name = usize::try_from(code).ok().and_then(|code| CODES.get(code));
    Some(name.map_or_else(|| format!("CODE_{code}"), |name| (*name).to_owned()))
}

/// Bucket and object of `projects/_/buckets/B/objects/O`.
fn place(record: &Value, call: &Value) -> (Option<String>, Option<String>) {
    let name = text(call, &["resourceName"]).unwrap_or_default();
    let below = name.split_once("/buckets/").map(|(_, below)| below);
    let (of_name, object) = match below.map(|below| below.split_once("/objects/")) {
        Some(Some((bucket, object))) => (Some(bucket), Some(object)),
        Some(None) => (below, None),
        None => (None, None),
    };
    let bucket = text(record, &["resource", "labels", "bucket_name"]).or(of_name);
    let named = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (bucket.and_then(named), object.and_then(named))
}
