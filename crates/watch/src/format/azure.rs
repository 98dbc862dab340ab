//! Azure Storage resource log: one JSON record a request, alone or in `{"records":[…]}`.
//!
//! Source: "Azure Blob Storage monitoring data reference". It names no key but by the hash of it
//! (`key1(<hash>)`), which stands as the account where no person or application is named, so that
//! the inventory can know the key ([`crate::name_keys`]). The address, which may hold the signature
//! of a shared access, is not kept.

use std::borrow::Cow;

use super::json::{Node, content_id, number, parse_records, text};
use super::view::EventView;
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "azure",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

fn looks_right(record: Node<'_>) -> bool {
    text(record, &["category"]).is_some_and(|kind| kind.starts_with("Storage"))
        && record.get("operationName").is_some()
        && record.get("time").is_some()
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let time = text(record, &["time"]).ok_or("there is no `time`")?;
    let time = time::instant(&time).ok_or("`time` is unreadable")?;
    let operation = text(record, &["operationName"]).ok_or("there is no `operationName`")?;
    let status = number(record, &["statusCode"]).and_then(|code| u16::try_from(code).ok());
    let refused = status.is_some_and(|status| status >= 400);
    let (bucket, object) = place(record);
    let request_id = text(record, &["correlationId"]);
    let event_id = match &request_id {
        // The requests of a batch share their id.
        Some(id) => {
            let object = object.as_deref().unwrap_or_default();
            event_id::of(&["azure", id, &time.to_string(), &operation, object])
        }
        None => content_id("azure", record),
    };
    Ok(EventView {
        time,
        access_key_id: None,
        account: account(record),
        source_ip: text(record, &["callerIpAddress"]).map(address::plain),
        user_agent: text(record, &["properties", "userAgentHeader"]).map(uri::redacted),
        operation,
        bucket,
        object,
        status,
        error: text(record, &["statusText"]).filter(|_| refused),
        bytes_out: number(record, &["properties", "responseBodySize"]),
        bytes_in: number(record, &["properties", "requestBodySize"]),
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}

/// The person or application, else the key by its hash: `key1(<hash>)`, without the hash of the
/// shared access made with it.
fn account(record: Node<'_>) -> Option<Cow<'_, str>> {
    let requester = |key: &str| text(record, &["identity", "requester", key]);
    let named = ["upn", "objectId", "appId"].into_iter().find_map(requester);
    named.or_else(|| {
        let hash = text(record, &["identity", "tokenHash"])?;
        hash.split(',').next().map(|hash| Cow::Owned(hash.to_owned()))
    })
}

/// Container and blob of `/account/container/blob`, sometimes in quotes.
fn place(record: Node<'_>) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    let key = text(record, &["properties", "objectKey"]).unwrap_or_default();
    let path = key.trim_matches('"').trim_start_matches('/');
    let below = path.split_once('/').map_or("", |(_, below)| below);
    let (container, blob) = below.split_once('/').unwrap_or((below, ""));
    let named = |text: &str| (!text.is_empty()).then(|| Cow::Owned(text.to_owned()));
    (named(container), named(blob))
}
