//! Cloudflare R2 data access log: one JSON event a request, alone or in a list.
//!
//! Source: "Data Access Logs" in the R2 documentation. Requests that were refused are not in it, nor are
//! changes of a bucket: it tells what a key got, not what it tried. Bytes of 0 may mean that they are not
//! known.

use jiff::Timestamp;

use super::json::{Node, at, content_id, number, parse_records, text};
use super::view::{EventView, key_id};
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "r2",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

fn looks_right(record: Node<'_>) -> bool {
    let has = |path: &[&str]| at(record, path).is_some();
    has(&["action"]) && has(&["actor", "type"]) && has(&["interface"]) && has(&["requestMetadata"])
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let time = instant(record).ok_or("`$metadata.timestamp` is unreadable")?;
    let operation = text(record, &["action"]).ok_or("there is no `action`")?;
    let object = text(record, &["resource", "key"]);
    let request_id =
        ["requestId", "id"].into_iter().find_map(|key| text(record, &["$metadata", key]));
    let event_id = match &request_id {
        Some(id) => event_id::of(&["r2", id, &operation, object.as_deref().unwrap_or_default()]),
        None => content_id("r2", record),
    };
    let id = text(record, &["actor", "accessKeyId"]);
    let id = key_id(id, "`actor.accessKeyId` is no access key id")?;
    let asked = || text(record, &["request", "uri"]).and_then(uri::key_id_of);
    Ok(EventView {
        time,
        access_key_id: id.or_else(asked),
        account: ["email", "id"].into_iter().find_map(|key| text(record, &["actor", key])),
        source_ip: text(record, &["requestMetadata", "ip"]).map(address::plain),
        user_agent: text(record, &["requestMetadata", "userAgent"]).map(uri::redacted),
        operation,
        bucket: text(record, &["bucket"]),
        object,
        status: number(record, &["response", "status"])
            .and_then(|status| u16::try_from(status).ok()),
        error: text(record, &["response", "errorCode"]),
        bytes_out: number(record, &["response", "bytes"]),
        bytes_in: number(record, &["request", "bytes"]),
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}

/// Milliseconds since 1970, or the same as RFC 3339.
fn instant(record: Node<'_>) -> Option<Timestamp> {
    let path = ["$metadata", "timestamp"];
    let written = text(record, &path).and_then(|text| time::instant(&text));
    written.or_else(|| {
        let millis = i64::try_from(number(record, &path)?).ok()?;
        Timestamp::from_millisecond(millis).ok()
    })
}
