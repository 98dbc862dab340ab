//! `MinIO` audit log: one JSON record a request, as its webhook or Kafka target writes it.
//!
//! Source: "Logging" in `MinIO`'s documentation, and records of 2018 to 2026. The record holds the
//! request's headers, bearer tokens among them: nothing is kept of them but the key id that an
//! `Authorization` header names.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use serde_json::Value;

use super::json::{at, content_id, likelihood, number, parse_records, text};
use super::{Reader, address, time, uri};

pub(super) const READER: Reader = Reader {
    name: "minio",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse: |bytes| parse_records(bytes, ENVELOPE, event),
};

/// `MinIO` sends no list; one that a collector made is called so.
const ENVELOPE: &str = "records";

fn looks_right(record: &Value) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("deploymentid") && has("time") && (has("api") || has("trigger"))
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    let time = text(record, &["time"]).ok_or("there is no `time`")?;
    let time = time::instant(time).ok_or("`time` is unreadable")?;
    let operation = text(record, &["api", "name"])
        .or_else(|| text(record, &["event"]))
        .ok_or("there is no `api.name`")?;
    let status = number(record, &["api", "statusCode"]).and_then(|code| u16::try_from(code).ok());
    let refused = status.is_some_and(|status| status >= 400);
    let error = text(record, &["error"]).or_else(|| text(record, &["api", "status"]));
    let bucket = text(record, &["api", "bucket"]);
    let object = text(record, &["api", "object"]);
    let request_id = text(record, &["requestID"]);
    let event_id = match request_id {
        Some(id) => {
            let of = text(record, &["deploymentid"]).unwrap_or_default();
            let place = [bucket.unwrap_or_default(), object.unwrap_or_default()];
            EventId::derived(&["minio", of, id, &time.to_string(), operation, place[0], place[1]])
        }
        None => content_id("minio", record),
    };
    Ok(AccessEvent {
        time,
        access_key_id: access_key_id(record),
        account: account(record).map(str::to_owned),
        source_ip: text(record, &["remotehost"]).map(address::plain),
        user_agent: text(record, &["userAgent"]).map(uri::redacted),
        operation: operation.to_owned(),
        bucket: bucket.map(str::to_owned),
        object: object.map(str::to_owned),
        status,
        error: error.filter(|_| refused).map(uri::redacted),
        bytes_out: number(record, &["api", "tx"]),
        bytes_in: number(record, &["api", "rx"]),
        request_id: request_id.map(str::to_owned),
        event_id,
    })
}

/// The key: by its own field, else by the claims of a session, else by how the request was signed,
/// which is where a key that does not exist stands.
fn access_key_id(record: &Value) -> Option<AccessKeyId> {
    let named =
        text(record, &["accessKey"]).or_else(|| text(record, &["requestClaims", "accessKey"]));
    let header = || {
        let headers = at(record, &["requestHeader"])?.as_object()?;
        let value = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        signer(value?.1.as_str()?)
    };
    let query = || {
        let names = ["X-Amz-Credential", "AWSAccessKeyId"];
        let value = names.into_iter().find_map(|name| text(record, &["requestQuery", name]))?;
        value.split('/').next()
    };
    AccessKeyId::parse(named.or_else(header).or_else(query)?).ok()
}

/// The key id of `AWS4-HMAC-SHA256 Credential=<id>/…` or `AWS <id>:<signature>`; nothing of a bearer
/// token.
fn signer(authorization: &str) -> Option<&str> {
    if let Some(v2) = authorization.strip_prefix("AWS ") {
        return v2.split_once(':').map(|(id, _)| id.trim());
    }
    let (_, credential) = authorization.strip_prefix("AWS4-")?.split_once("Credential=")?;
    credential.split('/').next()
}

/// The user that a service account or a session belongs to.
fn account(record: &Value) -> Option<&str> {
    text(record, &["parentUser"]).or_else(|| text(record, &["requestClaims", "parent"]))
}
