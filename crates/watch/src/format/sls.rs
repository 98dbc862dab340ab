//! Alibaba Cloud OSS log as SLS delivers it: one flat JSON record of texts a request.
//!
//! Source: "Log fields" of OSS in the SLS documentation. `__time__` is when the request ended; the
//! field `time` has no zone and is not read. A batch delete's objects follow in records of their own
//! (`oss_batch_delete_log`). Metering records tell of storage, not of requests, and are rejected.

use super::json::{Node, content_id, number, parse_records, scalar, text};
use super::view::{EventView, key_id};
use super::{Reader, address, oss, time, uri};

pub(super) const READER: Reader = Reader {
    name: "sls",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

fn looks_right(record: Node<'_>) -> bool {
    let has = |key: &str| record.get(key).is_some();
    let topic = text(record, &["__topic__"]).is_some_and(|topic| topic.starts_with("oss_"));
    let request = has("operation") && has("http_status") && has("bucket_location");
    topic || (has("access_id") && has("request_id")) || (has("__time__") && request)
}

/// `oss_access_log` or `oss_batch_delete_log`, or a record whose topic was taken off.
fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    if text(record, &["__topic__"]).is_some_and(|topic| topic == "oss_metering_log") {
        return Err("a metering record tells of storage, not of a request".to_owned());
    }
    let seconds = record.get("__time__").ok_or("there is no `__time__`")?;
    let time = scalar(seconds).and_then(|seconds| time::unix_seconds(&seconds));
    let time = time.ok_or("`__time__` is unreadable")?;
    let operation = text(record, &["operation"])
        .or_else(|| text(record, &["http_method"]))
        .ok_or("there is no `operation`")?;
    let access_key_id = key_id(text(record, &["access_id"]), "`access_id` is no access key id")?
        .or_else(|| text(record, &["request_uri"]).and_then(uri::key_id_of));
    let object = text(record, &["object"]).map(uri::decoded_of);
    let request_id = text(record, &["request_id"]);
    let event_id = match &request_id {
        Some(id) => oss::event_id_of(id, &operation, object.as_deref()),
        None => content_id("sls", record),
    };
    let either = |names: [&str; 2]| names.into_iter().find_map(|name| number(record, &[name]));
    let agent = ["user_agent", "User-Agent"].into_iter().find_map(|name| text(record, &[name]));
    Ok(EventView {
        time,
        access_key_id,
        account: text(record, &["requester_id"]),
        source_ip: text(record, &["client_ip"]).map(address::plain),
        user_agent: agent.map(uri::redacted),
        operation,
        bucket: text(record, &["bucket"]),
        object,
        status: number(record, &["http_status"]).and_then(|status| status.try_into().ok()),
        error: text(record, &["error_code"]),
        bytes_out: either(["response_body_length", "content_length_out"]),
        bytes_in: either(["content_length_in", "request_length"]),
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}
