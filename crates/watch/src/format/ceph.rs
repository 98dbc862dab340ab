//! Ceph RGW operations log: JSON records that follow each other, several on one line or none ending.
//!
//! Source: `src/rgw/rgw_log.cc`, and records of 16.2.15. The address holds the query twice in those
//! releases, signatures of pre-signed ones included; it is read for the object and a key id, never
//! kept.

use std::borrow::Cow;

use super::json::{Node, content_id, number, parse_records, text};
use super::view::{EventView, key_id};
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "ceph",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

fn looks_right(record: Node<'_>) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("remote_addr") && has("operation") && has("http_status") && (has("trans_id") || has("uri"))
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let time = text(record, &["time"]).ok_or("there is no `time`")?;
    let time = time::instant(&time).ok_or("`time` is unreadable")?;
    let operation = text(record, &["operation"]).ok_or("there is no `operation`")?;
    let status = number(record, &["http_status"]).and_then(|code| u16::try_from(code).ok());
    let request = text(record, &["uri"]).unwrap_or_default();
    let uri = request.split(' ').nth(1).unwrap_or_default();
    let access_key_id = key_id(text(record, &["access_key_id"]), "`access_key_id` is unreadable")?
        .or_else(|| uri::key_id(uri).map(|id| Cow::Owned(id.into_owned())));
    let bucket = text(record, &["bucket"]);
    let event_id = match text(record, &["trans_id"]) {
        Some(id) => event_id::of(&["ceph", &id, &operation]),
        None => content_id("ceph", record),
    };
    // The field is filled on success, too: `NoContent` with 204.
    let refused = status.is_none_or(|status| status >= 400);
    let object = text(record, &["object"])
        .or_else(|| object(&operation, uri, bucket.as_deref()?).map(Cow::Owned));
    Ok(EventView {
        time,
        access_key_id,
        account: account(record),
        source_ip: text(record, &["remote_addr"]).map(address::plain),
        user_agent: text(record, &["user_agent"]).map(uri::redacted),
        operation,
        bucket,
        object,
        status,
        error: text(record, &["error_code"]).filter(|_| refused),
        bytes_out: number(record, &["bytes_sent"]),
        bytes_in: number(record, &["bytes_received"]),
        request_id: text(record, &["trans_id"]),
        event_id,
        minted: None,
        granted: None,
    })
}

fn account(record: Node<'_>) -> Option<Cow<'_, str>> {
    text(record, &["subuser"]).or_else(|| text(record, &["user"]))
}

/// The object of `/bucket/object?query`, or of `/object` where the bucket stands in the host name.
fn object(operation: &str, uri: &str, bucket: &str) -> Option<String> {
    let path = uri.split('?').next()?.strip_prefix('/')?;
    let path = uri::decoded(path);
    // With a tenant, the log has `tenant/bucket` and the address has `tenant:bucket` or the bucket.
    let name = bucket.rsplit('/').next().unwrap_or(bucket);
    let names = [name.to_owned(), bucket.replace('/', ":")];
    let below = |name: &String| path.strip_prefix(name.as_str())?.strip_prefix('/');
    let object = match names.iter().find_map(below) {
        Some(object) => object,
        None if operation.contains("_obj") && !names.iter().any(|name| path == *name) => &path,
        None => return None,
    };
    (!object.is_empty()).then(|| object.to_owned())
}
