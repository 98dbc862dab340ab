//! Google Cloud Storage audit log: one `LogEntry` a call, alone or in `{"entries":[…]}`.
//!
//! Source: "Cloud Audit Logs with Cloud Storage"; the protocol buffers `google.logging.v2.LogEntry`
//! and `google.cloud.audit.AuditLog`. The status is one of gRPC, so the event has the name of its
//! code as error and no HTTP status. It carries no bytes. Keys of service accounts are named; users,
//! HMAC keys and attached accounts have none.

use std::borrow::Cow;

use super::json::{Node, at, content_id, number, parse_records, text};
use super::view::{EventView, key_id};
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "gcs-audit",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

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

fn looks_right(record: Node<'_>) -> bool {
    at(record, &["protoPayload", "methodName"]).is_some() && record.get("timestamp").is_some()
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let call = record.get("protoPayload").ok_or("the entry is no audit entry")?;
    let time = text(record, &["timestamp"]).ok_or("there is no `timestamp`")?;
    let time = time::instant(&time).ok_or("`timestamp` is unreadable")?;
    let operation = text(call, &["methodName"]).ok_or("there is no `methodName`")?;
    let (bucket, object) = place(record, call);
    let request_id = text(record, &["insertId"]);
    let event_id = match &request_id {
        Some(id) => event_id::of(&["gcs-audit", id, &time.to_string(), &operation]),
        None => content_id("gcs-audit", record),
    };
    let agent = text(call, &["requestMetadata", "callerSuppliedUserAgent"]);
    Ok(EventView {
        time,
        access_key_id: key_id(id_of_key(call), "`serviceAccountKeyName` is unreadable")?,
        account: account(call),
        source_ip: text(call, &["requestMetadata", "callerIp"]).map(address::plain),
        user_agent: agent.map(uri::redacted),
        operation,
        bucket,
        object,
        status: None,
        error: error(call),
        bytes_out: None,
        bytes_in: None,
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}

/// The last part of `//iam.googleapis.com/projects/P/serviceAccounts/A/keys/<key id>`.
fn id_of_key(call: Node<'_>) -> Option<Cow<'_, str>> {
    let name = text(call, &["authenticationInfo", "serviceAccountKeyName"])?;
    name.rsplit('/').next().map(|id| Cow::Owned(id.to_owned()))
}

fn account(call: Node<'_>) -> Option<Cow<'_, str>> {
    ["principalEmail", "principalSubject"]
        .into_iter()
        .find_map(|key| text(call, &["authenticationInfo", key]))
}

fn error(call: Node<'_>) -> Option<Cow<'_, str>> {
    let code = number(call, &["status", "code"]).filter(|code| *code != 0)?;
    let name = usize::try_from(code).ok().and_then(|code| CODES.get(code));
    Some(name.map_or_else(|| Cow::Owned(format!("CODE_{code}")), |name| Cow::Borrowed(*name)))
}

/// Bucket and object of `projects/_/buckets/B/objects/O`.
fn place<'a>(record: Node<'a>, call: Node<'a>) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let name = text(call, &["resourceName"]).unwrap_or_default();
    let below = name.split_once("/buckets/").map(|(_, below)| below);
    let (of_name, object) = match below.map(|below| below.split_once("/objects/")) {
        Some(Some((bucket, object))) => (Some(bucket), Some(object)),
        Some(None) => (below, None),
        None => (None, None),
    };
    let named = |text: &str| (!text.is_empty()).then(|| Cow::Owned(text.to_owned()));
    let bucket = text(record, &["resource", "labels", "bucket_name"]);
    (bucket.or_else(|| of_name.and_then(named)), object.and_then(named))
}
