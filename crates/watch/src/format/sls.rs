//! Alibaba Cloud OSS log as SLS delivers it: one flat JSON record of texts a request.
//!
//! Source: "Log fields" of OSS in the SLS documentation. `__time__` is when the request ended; the
//! field `time` has no zone and is not read. A batch delete's objects follow in records of their own
//! (`oss_batch_delete_log`). Metering records tell of storage, not of requests, and are rejected.

use claviger_model::{AccessEvent, AccessKeyId};
use serde_json::Value;

use super::json::{content_id, likelihood, number, parse_records, text};
use super::{Reader, address, oss, time, uri};

pub(super) const READER: Reader = Reader {
    name: "sls",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse: |bytes| parse_records(bytes, ENVELOPE, event),
};

/// The list in an answer of SLS.
const ENVELOPE: &str = "logs";

fn looks_right(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    let topic = text(record, &["__topic__"]).is_some_and(|topic| topic.starts_with("oss_"));
    let request = has("operation") && has("http_status") && has("bucket_location");
    topic || (has("access_id") && has("request_id")) || (has("__time__") && request)
}

/// `oss_access_log` or `oss_batch_delete_log`, or a record whose topic was taken off.
fn event(record: &Value) -> Result<AccessEvent, String> {
    if text(record, &["__topic__"]) == Some("oss_metering_log") {
        return Err("a metering record tells of storage, not of a request".to_owned());
    }
    let seconds = record.get("__time__").ok_or("there is no `__time__`")?;
    let seconds = seconds.as_str().map_or_else(|| seconds.to_string(), str::to_owned);
    let time = time::unix_seconds(&seconds).ok_or("`__time__` is unreadable")?;
    let operation = text(record, &["operation"])
        .or_else(|| text(record, &["http_method"]))
        .ok_or("there is no `operation`")?;
    let uri = text(record, &["request_uri"]).unwrap_or_default();
    let access_key_id = match text(record, &["access_id"]) {
        Some(id) => Some(AccessKeyId::parse(id).map_err(|_| "`access_id` is no access key id")?),
        None => uri::key_id(uri),
    };
    let object = text(record, &["object"]).map(|object| uri::decoded(object).into_owned());
    let request_id = text(record, &["request_id"]);
    let event_id = match request_id {
        Some(id) => oss::event_id_of(id, operation, object.as_deref()),
        None => content_id("sls", record),
    };
    let either = |names: [&str; 2]| names.into_iter().find_map(|name| number(record, &[name]));
    let agent = ["user_agent", "User-Agent"].into_iter().find_map(|name| text(record, &[name]));
    Ok(AccessEvent {
        time,
        access_key_id,
        account: text(record, &["requester_id"]).map(str::to_owned),
        source_ip: text(record, &["client_ip"]).map(address::plain),
        user_agent: agent.map(uri::redacted),
        operation: operation.to_owned(),
        bucket: text(record, &["bucket"]).map(str::to_owned),
        object,
        status: number(record, &["http_status"]).and_then(|status| status.try_into().ok()),
        error: text(record, &["error_code"]).map(str::to_owned),
        bytes_out: either(["response_body_length", "content_length_out"]),
        bytes_in: either(["content_length_in", "request_length"]),
        request_id: request_id.map(str::to_owned),
        event_id,
    })
}
