//! `SeaweedFS` audit log: the record of each Fluent message, alone or in its message.
//!
//! Source: `weed/s3api/s3err/audit_fluent.go`, and records of a running gateway. Read as JSON
//! records, as messages `[tag, time, record, option]` one a line, or as `time<TAB>tag<TAB>record`, as
//! Fluent writes files. It names no key and no bytes; the requester is an identity, whose keys the
//! gateway's configuration knows ([`crate::name_keys`]). A request with a wrong key has none.

use claviger_model::{AccessEvent, EventId};
use serde_json::Value;

use super::json::{self, content_id, number, parse_records, text};
use super::line::{Line, lines};
use super::{Parsed, Reader, address, time, uri};

pub(super) const READER: Reader = Reader { name: "seaweedfs", likelihood, parse };

/// The gateway writes no envelope; one that a collector made is called so.
const ENVELOPE: &str = "records";

fn likelihood(bytes: &[u8]) -> u8 {
    if is_in_messages(bytes) {
        return super::line::likelihood(bytes, |line| {
            message(line.as_bytes()).is_ok_and(|record| looks_right(&record))
        });
    }
    json::likelihood(bytes, ENVELOPE, looks_right)
}

fn looks_right(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("remote_ip") && has("requester") && has("operation") && has("host_header") && has("time")
}

/// Whether the first line is a message, not a record.
fn is_in_messages(bytes: &[u8]) -> bool {
    lines(bytes).next().is_some_and(|line| {
        let text = line.text.trim_ascii();
        text.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""))
            || !matches!(text.first(), Some(b'{' | b'['))
    })
}

fn parse(bytes: &[u8]) -> Parsed {
    if !is_in_messages(bytes) {
        return parse_records(bytes, ENVELOPE, event);
    }
    let mut parsed = Parsed::default();
    for Line { span, text } in lines(bytes) {
        parsed.take(span, message(text).and_then(|record| event(&record)));
    }
    parsed
}

/// The record of a message.
fn message(line: &[u8]) -> Result<Value, String> {
    let line = line.trim_ascii();
    if let Some(record) = line.split(|byte| *byte == b'\t').nth(2) {
        return json::value(record);
    }
    match json::value(line)? {
        Value::Array(parts) => {
            parts.into_iter().nth(2).ok_or_else(|| "the message holds no record".to_owned())
        }
        record => Ok(record),
    }
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    let seconds = record.get("time").ok_or("there is no `time`")?;
    let seconds = seconds.as_str().map_or_else(|| seconds.to_string(), str::to_owned);
    let time = time::unix_seconds(&seconds).ok_or("`time` is unreadable")?;
    let operation = text(record, &["operation"]).ok_or("there is no `operation`")?;
    let [bucket, object] = ["bucket", "key"].map(|key| text(record, &[key]));
    let object = object.map(|object| object.strip_prefix('/').unwrap_or(object));
    let request_id = text(record, &["request_id"]);
    let event_id = match request_id {
        Some(id) => {
            let object = object.unwrap_or_default();
            EventId::derived(&["seaweedfs", id, operation, bucket.unwrap_or_default(), object])
        }
        None => content_id("seaweedfs", record),
    };
    let account = ["requester", "requester_identity", "requester_arn"];
    let account = account.into_iter().find_map(|key| text(record, &[key]));
    Ok(AccessEvent {
        time,
        access_key_id: None,
        account: account.map(str::to_owned),
        source_ip: text(record, &["remote_ip"]).map(address::plain),
        user_agent: text(record, &["user_agent"]).map(uri::redacted),
        operation: operation.to_owned(),
        bucket: bucket.map(str::to_owned),
        object: object.map(str::to_owned),
        status: number(record, &["status"]).and_then(|status| u16::try_from(status).ok()),
        error: text(record, &["error_code"]).map(str::to_owned),
        bytes_out: None,
        bytes_in: None,
        request_id: request_id.map(str::to_owned),
        event_id,
    })
}
