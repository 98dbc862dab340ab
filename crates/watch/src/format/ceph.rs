//! Ceph RGW operations log: JSON records that follow each other, several on one line or none ending.
//!
//! Source: `src/rgw/rgw_log.cc`, and records of 16.2.15. The address holds the query twice in those
//! releases, signatures of pre-signed ones included; it is read for the object and a key id, never
//! kept.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use serde_json::Value;

use super::json::{content_id, likelihood, number, parse_records, text};
use super::{Reader, address, time, uri};

pub(super) const READER: Reader = Reader {
    name: "ceph",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse: |bytes| parse_records(bytes, ENVELOPE, event),
};

/// RGW writes no envelope; one that a collector made is called so.
const ENVELOPE: &str = "records";

fn looks_right(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("remote_addr") && has("operation") && has("http_status") && (has("trans_id") || has("uri"))
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    let time = text(record, &["time"]).ok_or("there is no `time`")?;
    let time = time::instant(time).ok_or("`time` is unreadable")?;
    let operation = text(record, &["operation"]).ok_or("there is no `operation`")?;
    let status = number(record, &["http_status"]).and_then(|code| u16::try_from(code).ok());
    let request = text(record, &["uri"]).unwrap_or_default();
    let uri = request.split(' ').nth(1).unwrap_or_default();
    let access_key_id = match text(record, &["access_key_id"]) {
        Some(id) => Some(AccessKeyId::parse(id).map_err(|_| "`access_key_id` is unreadable")?),
        None => uri::key_id(uri),
    };
    let bucket = text(record, &["bucket"]);
    let event_id = match text(record, &["trans_id"]) {
        Some(id) => EventId::derived(&["ceph", id, operation]),
        None => content_id("ceph", record),
    };
    // The field is filled on success, too: `NoContent` with 204.
    let refused = status.is_none_or(|status| status >= 400);
    Ok(AccessEvent {
        time,
        access_key_id,
        account: account(record).map(str::to_owned),
        source_ip: text(record, &["remote_addr"]).map(address::plain),
        user_agent: text(record, &["user_agent"]).map(uri::redacted),
        operation: operation.to_owned(),
        bucket: bucket.map(str::to_owned),
        object: text(record, &["object"])
            .map(str::to_owned)
            .or_else(|| object(operation, uri, bucket?)),
        status,
        error: text(record, &["error_code"]).filter(|_| refused).map(str::to_owned),
        bytes_out: number(record, &["bytes_sent"]),
        bytes_in: number(record, &["bytes_received"]),
        request_id: text(record, &["trans_id"]).map(str::to_owned),
        event_id,
    })
}

fn account(record: &Value) -> Option<&str> {
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
