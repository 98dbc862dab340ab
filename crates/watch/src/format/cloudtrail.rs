//! AWS CloudTrail: one JSON record an API call, alone on its line, in `{"Records":[…]}`, or as the
//! `detail` of an EventBridge event.
//!
//! Source: CloudTrail user guide, "CloudTrail record contents"; EventBridge user guide, "Events from
//! AWS services". CloudTrail carries no HTTP status; a call was refused where it carries an error. A
//! digest file is skipped: it lists log files. Insight events are rejected: they tell of a rate.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use serde_json::Value;

use super::json::{Frames, at, content_id, likelihood, number, parse_records, text};
use super::{Minted, Parsed, Reader, time, uri};

pub(super) const READER: Reader = Reader {
    name: "cloudtrail",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse,
};

/// The list in a delivered file.
const ENVELOPE: &str = "Records";

/// Where the answer to a call names the key that it made: of a user, or of a session.
const MINTED: [[&str; 3]; 2] = [
    ["responseElements", "accessKey", "accessKeyId"],
    ["responseElements", "credentials", "accessKeyId"],
];

/// Whether a record is one of CloudTrail's: an event (ActionTrail shares many of its keys, so some
/// that it lacks are asked for), a file of them, or a digest.
fn looks_right(record: &Value) -> bool {
    let record = unwrapped(record);
    let has = |key: &str| record.get(key).is_some_and(|value| !value.is_null());
    let of_aws = text(record, &["eventSource"])
        .is_some_and(|name| name.ends_with(".amazonaws.com"))
        || has("awsRegion");
    let event = has("eventName") && has("eventTime") && of_aws;
    event || is_digest(record) || record.get(ENVELOPE).is_some_and(Value::is_array)
}

fn is_digest(record: &Value) -> bool {
    record.get("digestStartTime").is_some() && record.get("digestS3Object").is_some()
}

/// The record itself, out of an EventBridge event.
fn unwrapped(record: &Value) -> &Value {
    let detail = record.get("detail").filter(|detail| detail.is_object());
    detail.filter(|_| record.get("detail-type").is_some()).unwrap_or(record)
}

fn parse(bytes: &[u8]) -> Parsed {
    if is_digest_file(bytes) {
        return Parsed { skipped: 1, ..Parsed::default() };
    }
    let mut minted = Vec::new();
    let mut parsed = parse_records(bytes, ENVELOPE, |record| {
        let record = unwrapped(record);
        let event = event(record)?;
        let child = MINTED.iter().find_map(|path| text(record, path));
        minted.extend(child.and_then(|child| Minted::by(&event, child)));
        Ok(event)
    });
    parsed.minted = minted;
    parsed
}

/// Whether the log is one digest and nothing else.
fn is_digest_file(bytes: &[u8]) -> bool {
    let mut frames = Frames::new(bytes, ENVELOPE);
    let first = frames.next().and_then(|framed| framed.record.ok());
    first
        .filter(|_| frames.next().is_none())
        .and_then(|text| serde_json::from_slice(text).ok())
        .is_some_and(|record: Value| is_digest(&record))
}

fn event(record: &Value) -> Result<AccessEvent, String> {
    if is_digest(record) {
        return Err("a CloudTrail digest lists log files, it holds no events".to_owned());
    }
    if text(record, &["eventType"]) == Some("AwsCloudTrailInsight")
        || text(record, &["eventCategory"]) == Some("Insight")
    {
        return Err("a CloudTrail Insight tells of a rate, not of a request".to_owned());
    }
    let name = text(record, &["eventName"]).ok_or("there is no `eventName`")?;
    let time = text(record, &["eventTime"]).ok_or("there is no `eventTime`")?;
    let time = time::instant(time).ok_or("`eventTime` is unreadable")?;
    let operation = match text(record, &["eventSource"]) {
        Some(service) => format!("{service}:{name}"),
        None => name.to_owned(),
    };
    let event_id = match text(record, &["eventID"]) {
        Some(id) => EventId(id.to_owned()),
        None => content_id("cloudtrail", record),
    };
    let (bucket, object) = place(record);
    let error = text(record, &["errorCode"]).or_else(|| text(record, &["errorMessage"]));
    Ok(AccessEvent {
        time,
        access_key_id: access_key_id(record)?,
        account: account(record).map(str::to_owned),
        source_ip: text(record, &["sourceIPAddress"]).map(str::to_owned),
        user_agent: text(record, &["userAgent"]).map(|agent| uri::redacted(unbracketed(agent))),
        operation,
        bucket,
        object,
        status: None,
        error: error.map(str::to_owned),
        bytes_out: number(record, &["additionalEventData", "bytesTransferredOut"]),
        bytes_in: number(record, &["additionalEventData", "bytesTransferredIn"]),
        request_id: text(record, &["requestID"]).map(str::to_owned),
        event_id,
    })
}

fn access_key_id(record: &Value) -> Result<Option<AccessKeyId>, String> {
    let Some(id) = text(record, &["userIdentity", "accessKeyId"]) else { return Ok(None) };
    AccessKeyId::parse(id).map(Some).map_err(|_| "`accessKeyId` is no access key id".to_owned())
}

/// Who called: the ARN where there is one, else the best name there is.
fn account(record: &Value) -> Option<&str> {
    ["arn", "userName", "invokedBy", "principalId", "accountId"]
        .into_iter()
        .find_map(|key| text(record, &["userIdentity", key]))
}

/// S3 puts the agent in brackets.
fn unbracketed(agent: &str) -> &str {
    agent.strip_prefix('[').and_then(|agent| agent.strip_suffix(']')).unwrap_or(agent)
}

/// Bucket and object: from the request, else from the ARNs of the resources
/// (`arn:aws:s3:::bucket/object`).
fn place(record: &Value) -> (Option<String>, Option<String>) {
    let of_request = |key: &str| text(record, &["requestParameters", key]).map(str::to_owned);
    let (mut bucket, mut object) = (of_request("bucketName"), None);
    if bucket.is_some() {
        object = of_request("key");
    }
    let resources = at(record, &["resources"]).and_then(Value::as_array);
    for resource in resources.into_iter().flatten() {
        let arn = text(resource, &["ARN"]).or_else(|| text(resource, &["arn"]));
        let Some((_, path)) = arn.and_then(|arn| arn.split_once(":s3:::")) else { continue };
        let (name, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket.as_deref().is_none_or(|bucket| bucket == name) && !name.is_empty() {
            bucket = Some(name.to_owned());
            if object.is_none() && !key.is_empty() {
                object = Some(key.to_owned());
            }
        }
    }
    (bucket, object)
}
