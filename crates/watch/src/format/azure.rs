//! Azure Storage resource log: one JSON record a request, alone or in `{"records":[…]}`.
//!
//! Source: "Azure Blob Storage monitoring data reference". It names no key but by the hash of it
//! (`key1(<hash>)`), which stands as the account where no person or application is named, so that
//! the inventory can know the key ([`crate::name_keys`]). The address, which may hold the signature
//! of a shared access, is not kept.

use claviger_model::{AccessEvent, EventId};
use serde_json::Value;

use super::json::{content_id, likelihood, number, parse_records, text};
use super::{Reader, address, time, uri};

pub(super) const READER: Reader = Reader {
    name: "azure",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse: |bytes| parse_records(bytes, ENVELOPE, event),
};

/// The list in what an event hub delivers.
const ENVELOPE: &str = "records";

fn looks_right(record: &Value) -> bool {
    let of_storage = |kind: &str| kind.starts_with("Storage");
    text(record, &["category"]).is_some_and(of_storage)
        && record.get("operationName").is_some()
        && record.get("time").is_some()
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    let time = text(record, &["time"]).ok_or("there is no `time`")?;
    let time = time::instant(time).ok_or("`time` is unreadable")?;
    let operation = text(record, &["operationName"]).ok_or("there is no `operationName`")?;
    let status = number(record, &["statusCode"]).and_then(|code| u16::try_from(code).ok());
    let refused = status.is_some_and(|status| status >= 400);
    let (bucket, object) = place(record);
    let request_id = text(record, &["correlationId"]);
    let event_id = match request_id {
        // The requests of a batch share their id.
        Some(id) => {
            let object = object.as_deref().unwrap_or_default();
            EventId::derived(&["azure", id, &time.to_string(), operation, object])
        }
        None => content_id("azure", record),
    };
    Ok(AccessEvent {
        time,
        access_key_id: None,
        account: account(record),
        source_ip: text(record, &["callerIpAddress"]).map(address::plain),
        user_agent: text(record, &["properties", "userAgentHeader"]).map(uri::redacted),
        operation: operation.to_owned(),
        bucket,
        object,
        status,
        error: text(record, &["statusText"]).filter(|_| refused).map(str::to_owned),
        bytes_out: number(record, &["properties", "responseBodySize"]),
        bytes_in: number(record, &["properties", "requestBodySize"]),
        request_id: request_id.map(str::to_owned),
        event_id,
    })
}

/// The person or application, else the key by its hash: `key1(<hash>)`, without the hash of the
/// shared access made with it.
fn account(record: &Value) -> Option<String> {
    let requester = |key: &str| text(record, &["identity", "requester", key]);
    if let Some(name) = ["upn", "objectId", "appId"].into_iter().find_map(requester) {
        return Some(name.to_owned());
    }
    let hash = text(record, &["identity", "tokenHash"])?;
    hash.split(',').next().map(str::to_owned)
}

/// Container and blob of `/account/container/blob`, sometimes in quotes.
fn place(record: &Value) -> (Option<String>, Option<String>) {
    let key = text(record, &["properties", "objectKey"]).unwrap_or_default();
    let path = key.trim_matches('"').trim_start_matches('/');
    let below = path.split_once('/').map_or("", |(_, below)| below);
    let (container, blob) = below.split_once('/').unwrap_or((below, ""));
    let named = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (named(container), named(blob))
}
