//! Scality `CloudServer` access log: one JSON record a request, with the key that signed it.
//!
//! Source: scality/cloudserver, pull request 6020 (log format version 0). The
//! address of a request, which may hold a signature, is read for a key id only.

use super::json::{Node, at, content_id, number, parse_records, scalar, text};
use super::view::{EventView, key_id};
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "scality",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

fn looks_right(record: Node<'_>) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("awsAccessKeyID") && has("clientIP") && has("httpCode") && has("req_id")
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let seconds = |key: &str| at(record, &[key]).and_then(scalar);
    let time = seconds("startTime").and_then(|seconds| time::unix_seconds(&seconds));
    let time = time.or_else(|| time::unix_seconds(&seconds("time")?));
    let time = time.ok_or("`startTime` and `time` are unreadable")?;
    let operation = text(record, &["action"]).or_else(|| text(record, &["operation"]));
    let operation = operation.ok_or("there is no `action`")?;
    let [bucket, object] = ["bucketName", "objectKey"].map(|key| text(record, &[key]));
    let request_id = text(record, &["req_id"]);
    let event_id = match &request_id {
        Some(id) => {
            let object = object.as_deref().unwrap_or_default();
            event_id::of(&["scality", id, &time.to_string(), &operation, object])
        }
        None => content_id("scality", record),
    };
    let id = key_id(text(record, &["awsAccessKeyID"]), "`awsAccessKeyID` is no access key id")?;
    let asked = || text(record, &["requestURI"]).and_then(uri::key_id_of);
    let account = ["userName", "accountName", "requester"];
    Ok(EventView {
        time,
        access_key_id: id.or_else(asked),
        account: account.into_iter().find_map(|key| text(record, &[key])),
        source_ip: text(record, &["clientIP"]).map(address::plain),
        user_agent: text(record, &["userAgent"]).map(uri::redacted),
        operation,
        bucket,
        object,
        status: number(record, &["httpCode"]).and_then(|status| u16::try_from(status).ok()),
        error: text(record, &["errorCode"]),
        bytes_out: number(record, &["bytesSent"]),
        bytes_in: number(record, &["bytesReceived"]),
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}
