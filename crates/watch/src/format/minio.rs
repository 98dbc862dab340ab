//! `MinIO` audit log: one JSON record a request, as its webhook or Kafka target writes it.
//!
//! Source: "Logging" in `MinIO`'s documentation, and records of 2018 to 2026. The record holds the
//! request's headers, bearer tokens among them: nothing is kept of them but the key id that an
//! `Authorization` header names.

use std::borrow::Cow;

use claviger_model::AccessKeyId;

use super::json::{Node, content_id, number, parse_records, text};
use super::view::EventView;
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "minio",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

fn looks_right(record: Node<'_>) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("deploymentid") && has("time") && (has("api") || has("trigger"))
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let time = text(record, &["time"]).ok_or("there is no `time`")?;
    let time = time::instant(&time).ok_or("`time` is unreadable")?;
    let operation = text(record, &["api", "name"])
        .or_else(|| text(record, &["event"]))
        .ok_or("there is no `api.name`")?;
    let status = number(record, &["api", "statusCode"]).and_then(|code| u16::try_from(code).ok());
    let refused = status.is_some_and(|status| status >= 400);
    let error = text(record, &["error"]).or_else(|| text(record, &["api", "status"]));
    let bucket = text(record, &["api", "bucket"]);
    let object = text(record, &["api", "object"]);
    let request_id = text(record, &["requestID"]);
    let event_id = match &request_id {
        Some(id) => {
            let of = text(record, &["deploymentid"]).unwrap_or_default();
            let place = [&bucket, &object].map(|name| name.as_deref().unwrap_or_default());
            let time = time.to_string();
            event_id::of(&["minio", &of, id, &time, &operation, place[0], place[1]])
        }
        None => content_id("minio", record),
    };
    Ok(EventView {
        time,
        access_key_id: access_key_id(record),
        account: account(record),
        source_ip: text(record, &["remotehost"]).map(address::plain),
        user_agent: text(record, &["userAgent"]).map(uri::redacted),
        operation,
        bucket,
        object,
        status,
        error: error.filter(|_| refused).map(uri::redacted),
        bytes_out: number(record, &["api", "tx"]),
        bytes_in: number(record, &["api", "rx"]),
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}

/// The key: by its own field, else by the claims of a session, else by how the request was signed,
/// which is where a key that does not exist stands.
fn access_key_id(record: Node<'_>) -> Option<Cow<'_, str>> {
    let named =
        text(record, &["accessKey"]).or_else(|| text(record, &["requestClaims", "accessKey"]));
    let header = || {
        let value = record.get("requestHeader")?.get_in_any_case("authorization")?.as_text()?;
        signer(&value).map(|id| Cow::Owned(id.to_owned()))
    };
    let query = || {
        let names = ["X-Amz-Credential", "AWSAccessKeyId"];
        let value = names.into_iter().find_map(|name| text(record, &["requestQuery", name]))?;
        value.split('/').next().map(|id| Cow::Owned(id.to_owned()))
    };
    let id = named.or_else(header).or_else(query);
    id.filter(|id| AccessKeyId::is_valid(id))
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
fn account(record: Node<'_>) -> Option<Cow<'_, str>> {
    text(record, &["parentUser"]).or_else(|| text(record, &["requestClaims", "parent"]))
}
