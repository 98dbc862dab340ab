//! Alibaba Cloud `ActionTrail`: one JSON record an API call, alone, in a list, or as the `event` of an
//! SLS record.
//!
//! Source: `ActionTrail` documentation, "Event structure"; SLS documentation, "ActionTrail log
//! fields". Reads of objects are not in it by default. It carries no HTTP status and no bytes; a call
//! was refused where it carries an error.

use std::borrow::Cow;

use super::json::{self, Node, Tape, at, content_id, parse_records, text};
use super::view::{EventView, key_id};
use super::{Reader, address, grant, time, uri};

pub(super) const READER: Reader = Reader {
    name: "actiontrail",
    is_record: Some(looks_right),
    is_line: None,
    parse: |block, out| parse_records(block, out, read),
};

/// Where the answer to a call names the key that it made: of a user, or of a session.
const MINTED: [[&str; 3]; 2] = [
    ["responseElements", "AccessKey", "AccessKeyId"],
    ["responseElements", "Credentials", "AccessKeyId"],
];

fn looks_right(record: Node<'_>) -> bool {
    let inner = record.get("event");
    if let Some(text) = inner.and_then(Node::as_text) {
        let mut tape = Tape::default();
        return json::record(text.as_bytes(), &mut tape).is_ok_and(|record| is_call(record.node()));
    }
    is_call(inner.filter(|event| event.is_object()).unwrap_or(record))
}

fn is_call(record: Node<'_>) -> bool {
    let has = |key: &str| record.get(key).is_some();
    let of_aliyun = text(record, &["eventSource"])
        .is_some_and(|source| source.ends_with(".aliyuncs.com") || source.ends_with(".aliyun.com"));
    has("eventName") && has("eventTime") && (of_aliyun || has("acsRegion"))
}

/// Reads a record, out of the `event` of an SLS record, where it stands as JSON or as a text that
/// holds JSON.
fn read(record: Node<'_>) -> Result<EventView<'_>, String> {
    let inner = record.get("event");
    if let Some(text) = inner.and_then(Node::as_text) {
        let mut tape = Tape::default();
        let record = json::record(text.as_bytes(), &mut tape);
        let record = record.map_err(|_| "`event` holds no JSON")?;
        return event(record.node()).map(EventView::into_owned);
    }
    event(inner.filter(|event| event.is_object()).unwrap_or(record))
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let name = text(record, &["eventName"]).ok_or("there is no `eventName`")?;
    let time = text(record, &["eventTime"]).ok_or("there is no `eventTime`")?;
    let time = time::instant(&time).ok_or("`eventTime` is unreadable")?;
    let id = text(record, &["userIdentity", "accessKeyId"]);
    let service = text(record, &["serviceName"]);
    let error = text(record, &["errorCode"]).or_else(|| text(record, &["errorMessage"]));
    let is_ram = |service: &str| ["ram", "ims"].iter().any(|ram| service.eq_ignore_ascii_case(ram));
    let granted = (error.is_none() && service.as_deref().is_some_and(is_ram))
        .then(|| grant::RAM.read(&name, "", record.get("requestParameters")));
    let operation = match service {
        Some(service) => Cow::Owned(format!("{service}:{name}")),
        None => name,
    };
    let account = ["userName", "principalId", "accountId"]
        .into_iter()
        .find_map(|key| text(record, &["userIdentity", key]));
    let event_id = match text(record, &["eventId"]) {
        Some(id) => id,
        None => content_id("actiontrail", record),
    };
    Ok(EventView {
        time,
        access_key_id: key_id(id, "`accessKeyId` is no access key id")?,
        account,
        source_ip: text(record, &["sourceIpAddress"]).map(address::plain),
        user_agent: text(record, &["userAgent"]).map(uri::redacted),
        operation,
        bucket: bucket(record),
        object: first_resource(record, "ACS::OSS::Object"),
        status: None,
        error,
        bytes_out: None,
        bytes_in: None,
        request_id: text(record, &["requestId"]),
        event_id,
        minted: MINTED.iter().find_map(|path| text(record, path)),
        granted: granted.flatten(),
    })
}

/// The first of the resources of a type that a call refers to.
fn first_resource<'a>(record: Node<'a>, kind: &str) -> Option<Cow<'a, str>> {
    at(record, &["referencedResources", kind])?.values().next()?.as_text()
}

/// The bucket: from the resources, else from the request.
fn bucket(record: Node<'_>) -> Option<Cow<'_, str>> {
    let of_oss =
        text(record, &["serviceName"]).is_some_and(|name| name.eq_ignore_ascii_case("oss"));
    let named = || text(record, &["resourceName"]).filter(|_| of_oss);
    let asked = || {
        let names = ["bucketName", "BucketName", "bucket"];
        names.into_iter().find_map(|name| text(record, &["requestParameters", name]))
    };
    first_resource(record, "ACS::OSS::Bucket").or_else(named).or_else(asked)
}
