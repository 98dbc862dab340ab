//! Alibaba Cloud `ActionTrail`: one JSON record an API call, alone, in a list, or as the `event` of an
//! SLS record.
//!
//! Source: `ActionTrail` documentation, "Event structure"; SLS documentation, "ActionTrail log
//! fields". Reads of objects are not in it by default. It carries no HTTP status and no bytes; a call
//! was refused where it carries an error.

use std::borrow::Cow;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use serde_json::Value;

use super::json::{at, content_id, likelihood, parse_records, text};
use super::{Minted, Parsed, Reader, address, time, uri};

pub(super) const READER: Reader = Reader {
    name: "actiontrail",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse,
};

/// The list in an answer of `LookupEvents`.
const ENVELOPE: &str = "Events";

/// Where the answer to a call names the key that it made: of a user, or of a session.
const MINTED: [[&str; 3]; 2] = [
    ["responseElements", "AccessKey", "AccessKeyId"],
    ["responseElements", "Credentials", "AccessKeyId"],
];

fn looks_right(record: &Value) -> bool {
    let Some(record) = unwrapped(record) else { return false };
    let has = |key: &str| record.get(key).is_some();
    let of_aliyun = text(&record, &["eventSource"])
        .is_some_and(|source| source.ends_with(".aliyuncs.com") || source.ends_with(".aliyun.com"));
    has("eventName") && has("eventTime") && (of_aliyun || has("acsRegion"))
}

/// The record itself. SLS puts it into `event`, as JSON or as a text that holds JSON.
fn unwrapped(record: &Value) -> Option<Cow<'_, Value>> {
    match record.get("event") {
        Some(Value::String(text)) => serde_json::from_str(text).ok().map(Cow::Owned),
        Some(event) if event.is_object() => Some(Cow::Borrowed(event)),
        _ => Some(Cow::Borrowed(record)),
    }
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut minted = Vec::new();
    let mut parsed = parse_records(bytes, ENVELOPE, |record| {
        let record = unwrapped(record).ok_or("`event` holds no JSON")?;
        let event = event(&record)?;
        let child = MINTED.iter().find_map(|path| text(&record, path));
        minted.extend(child.and_then(|child| Minted::by(&event, child)));
        Ok(event)
    });
    parsed.minted = minted;
    parsed
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    let name = text(record, &["eventName"]).ok_or("there is no `eventName`")?;
    let time = text(record, &["eventTime"]).ok_or("there is no `eventTime`")?;
    let time = time::instant(time).ok_or("`eventTime` is unreadable")?;
    let access_key_id = match text(record, &["userIdentity", "accessKeyId"]) {
        Some(id) => Some(AccessKeyId::parse(id).map_err(|_| "`accessKeyId` is no access key id")?),
        None => None,
    };
    let operation = match text(record, &["serviceName"]) {
        Some(service) => format!("{service}:{name}"),
        None => name.to_owned(),
    };
    let account = ["userName", "principalId", "accountId"]
        .into_iter()
        .find_map(|key| text(record, &["userIdentity", key]));
    let event_id = match text(record, &["eventId"]) {
        Some(id) => EventId(id.to_owned()),
        None => content_id("actiontrail", record),
    };
    let error = text(record, &["errorCode"]).or_else(|| text(record, &["errorMessage"]));
    Ok(AccessEvent {
        time,
        access_key_id,
        account: account.map(str::to_owned),
        source_ip: text(record, &["sourceIpAddress"]).map(address::plain),
        user_agent: text(record, &["userAgent"]).map(uri::redacted),
        operation,
        bucket: bucket(record).map(str::to_owned),
        object: first_resource(record, "ACS::OSS::Object").map(str::to_owned),
        status: None,
        error: error.map(str::to_owned),
        bytes_out: None,
        bytes_in: None,
        request_id: text(record, &["requestId"]).map(str::to_owned),
        event_id,
    })
}

/// The first of the resources of a type that a call refers to.
fn first_resource<'a>(record: &'a Value, kind: &str) -> Option<&'a str> {
    at(record, &["referencedResources", kind])?.as_array()?.first()?.as_str()
}

/// The bucket: from the resources, else from the request.
fn bucket(record: &Value) -> Option<&str> {
    let of_oss =
        text(record, &["serviceName"]).is_some_and(|name| name.eq_ignore_ascii_case("oss"));
    let named = || text(record, &["resourceName"]).filter(|_| of_oss);
    let asked = || {
        let names = ["bucketName", "BucketName", "bucket"];
        names.into_iter().find_map(|name| text(record, &["requestParameters", name]))
    };
    first_resource(record, "ACS::OSS::Bucket").or_else(named).or_else(asked)
}
