//! AWS CloudTrail: one JSON record an API call, alone on its line or in `{"Records":[…]}`.
//!
//! Source: CloudTrail user guide, "CloudTrail record contents". CloudTrail carries no HTTP status;
//! a call was refused where it carries an error. Digest files and Insight events are known for what
//! they are and rejected: they tell of no single request.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Value;

use super::json::{Frames, at, likelihood, number, text};
use super::{Parsed, Reader, uri};

pub(super) const READER: Reader = Reader {
    name: "cloudtrail",
    likelihood: |bytes| likelihood(bytes, ENVELOPE, looks_right),
    parse,
};

/// The list in a delivered file.
const ENVELOPE: &str = "Records";

/// Whether a record is one of CloudTrail's: an event (ActionTrail shares many of its keys, so some
/// that it lacks are asked for), a file of them, or a digest.
fn looks_right(record: &Value) -> bool {
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

fn parse(bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    for framed in Frames::new(bytes, ENVELOPE) {
        let record = framed.record.map_err(str::to_owned).and_then(|text| {
            let value: Value = serde_json::from_slice(text)
                .map_err(|cause| format!("the line is no JSON: {}", fault(&cause)))?;
            Ok((text, value))
        });
        match record {
            Ok((text, value)) => match value.get(ENVELOPE).and_then(Value::as_array) {
                // The list is not the first key of its envelope: its records share the one place.
                Some(records) => {
                    for record in records {
                        parsed.take(framed.span, event(record, record.to_string().as_bytes()));
                    }
                }
                None => parsed.take(framed.span, event(&value, text)),
            },
            Err(why) => parsed.take(framed.span, Err(why)),
        }
    }
    parsed
}

/// What is wrong with a JSON text, without quoting it.
fn fault(cause: &serde_json::Error) -> String {
    let kind = if cause.is_eof() { "it breaks off" } else { "it is malformed" };
    format!("{kind} at column {}", cause.column())
}

fn event(record: &Value, raw: &[u8]) -> Result<AccessEvent, String> {
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
    let time = instant(time).ok_or("`eventTime` is unreadable")?;
    let operation = match text(record, &["eventSource"]) {
        Some(service) => format!("{service}:{name}"),
        None => name.to_owned(),
    };
    let request_id = text(record, &["requestID"]).map(str::to_owned);
    let event_id = match text(record, &["eventID"]) {
        Some(id) => EventId(id.to_owned()),
        None => EventId::derived(&["cloudtrail", &String::from_utf8_lossy(raw)]),
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
        request_id,
        event_id,
    })
}

/// `2023-07-10T11:42:18Z`. Stores that re-write events drop the zone, which is always UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let zoned = text.parse::<Timestamp>().ok();
    zoned.or_else(|| {
        let civil = text.parse::<civil::DateTime>().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
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
