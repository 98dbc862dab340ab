//! AWS CloudTrail: one JSON record an API call, alone on its line, in `{"Records":[…]}`, or as the
//! `detail` of an EventBridge event.
//!
//! Source: CloudTrail user guide, "CloudTrail record contents"; EventBridge user guide, "Events from
//! AWS services". CloudTrail carries no HTTP status; a call was refused where it carries an error. A
//! digest file is skipped: it lists log files. Insight events are rejected: they tell of a rate.

use std::borrow::Cow;

use super::json::{self, Names, Node, content_id, known, parse_records, text, whole_number};
use super::out::Out;
use super::view::{EventView, key_id};
use super::{Reader, grant, time, uri};

pub(super) const READER: Reader =
    Reader { name: "cloudtrail", is_record: Some(looks_right), is_line: None, parse };

/// What is read of a record, in the order of records.
const RECORD: Names<16> = Names::new([
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "resources",
    "eventType",
    "eventCategory",
]);

/// What is read of who called: the ARN is the best name, then in this order.
const IDENTITY: Names<6> =
    Names::new(["principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy"]);

const PARAMETERS: Names<2> = Names::new(["bucketName", "key"]);

const TRANSFER: Names<2> = Names::new(["bytesTransferredIn", "bytesTransferredOut"]);

/// What in the answer to a call holds the id of a key that it made: of a user, or of a session.
const MINTED: Names<2> = Names::new(["accessKey", "credentials"]);

/// Whether a record is one of CloudTrail's: an event (ActionTrail shares many of its keys, so some
/// that it lacks are asked for), a file of them, or a digest.
fn looks_right(record: Node<'_>) -> bool {
    let record = unwrapped(record).unwrap_or(record);
    let has = |key: &str| record.get(key).is_some_and(|value| !value.is_null());
    let of_aws = text(record, &["eventSource"])
        .is_some_and(|name| name.ends_with(".amazonaws.com"))
        || has("awsRegion");
    let event = has("eventName") && has("eventTime") && of_aws;
    event || is_digest(record) || record.get("Records").is_some_and(Node::is_list)
}

fn is_digest(record: Node<'_>) -> bool {
    record.get("digestStartTime").is_some() && record.get("digestS3Object").is_some()
}

/// The record in an EventBridge event.
fn unwrapped(record: Node<'_>) -> Option<Node<'_>> {
    record.get("detail-type")?;
    record.get("detail").filter(|detail| detail.is_object())
}

fn parse(block: &[u8], out: &mut Out<'_>) -> usize {
    if out.is_first() && out.is_last && json::only_record(block, is_digest) {
        out.state.tally.skipped += 1;
        return block.len();
    }
    parse_records(block, out, event)
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let [
        identity,
        event_time,
        source,
        name,
        source_ip,
        agent,
        error,
        message,
        parameters,
        answer,
        more,
        request_id,
        event_id,
        resources,
        kind,
        category,
    ] = record.pick(&RECORD);
    if name.is_none_or(Node::is_null)
        && let Some(detail) = unwrapped(record)
    {
        return event(detail);
    }
    let is = |value: Option<Node<'_>>, text: &str| {
        value.and_then(Node::as_text).is_some_and(|known| known == text)
    };
    if is(kind, "AwsCloudTrailInsight") || is(category, "Insight") {
        return Err("a CloudTrail Insight tells of a rate, not of a request".to_owned());
    }
    let Some(name) = name.and_then(known) else {
        return Err(why_no_name(record));
    };
    let event_time = event_time.and_then(known).ok_or("there is no `eventTime`")?;
    let time = time::instant(&event_time).ok_or("`eventTime` is unreadable")?;
    let error = error.and_then(known).or_else(|| message.and_then(known));
    let service = source.and_then(known);
    let granted = (error.is_none() && service.as_deref() == Some("iam.amazonaws.com"))
        .then(|| grant::AWS.read(&name, &account_of(identity), parameters));
    let operation = match service {
        Some(service) => Cow::Owned([&*service, ":", &*name].concat()),
        None => name,
    };
    let event_id = event_id.and_then(known).unwrap_or_else(|| content_id("cloudtrail", record));
    let [principal, arn, account, id, user, invoker] =
        identity.map(|identity| identity.pick(&IDENTITY)).unwrap_or_default();
    let names = [arn, user, invoker, principal, account];
    let (bucket, object) = place(parameters, resources);
    let [bytes_in, bytes_out] = more.map(|more| more.pick(&TRANSFER)).unwrap_or_default();
    Ok(EventView {
        time,
        access_key_id: key_id(id.and_then(known), "`accessKeyId` is no access key id")?,
        account: names.into_iter().flatten().find_map(known),
        source_ip: source_ip.and_then(known),
        user_agent: agent.and_then(known).map(unbracketed).map(uri::redacted),
        operation,
        bucket,
        object,
        status: None,
        error,
        bytes_out: bytes_out.and_then(whole_number),
        bytes_in: bytes_in.and_then(whole_number),
        request_id: request_id.and_then(known),
        event_id,
        minted: answer.and_then(minted),
        granted: granted.flatten(),
    })
}

/// The account in which whoever called is at home.
fn account_of(identity: Option<Node<'_>>) -> Cow<'_, str> {
    identity.and_then(|identity| text(identity, &["accountId"])).unwrap_or_default()
}

fn minted(answer: Node<'_>) -> Option<Cow<'_, str>> {
    answer.pick(&MINTED).into_iter().flatten().find_map(|key| text(key, &["accessKeyId"]))
}

fn why_no_name(record: Node<'_>) -> String {
    let why = match is_digest(record) {
        true => "a CloudTrail digest lists log files, it holds no events",
        false => "there is no `eventName`",
    };
    why.to_owned()
}

/// S3 puts the agent in brackets.
fn unbracketed(agent: Cow<'_, str>) -> Cow<'_, str> {
    fn inner(agent: &str) -> Option<&str> {
        agent.strip_prefix('[')?.strip_suffix(']')
    }
    match agent {
        Cow::Borrowed(agent) => Cow::Borrowed(inner(agent).unwrap_or(agent)),
        Cow::Owned(agent) => Cow::Owned(inner(&agent).map(str::to_owned).unwrap_or(agent)),
    }
}

/// Bucket and object: from the request, else from the ARNs of the resources
/// (`arn:aws:s3:::bucket/object`).
fn place<'a>(
    parameters: Option<Node<'a>>,
    resources: Option<Node<'a>>,
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let [bucket, key] = parameters.map(|asked| asked.pick(&PARAMETERS)).unwrap_or_default();
    let mut bucket = bucket.and_then(known);
    let mut object = key.and_then(known).filter(|_| bucket.is_some());
    for resource in resources.into_iter().flat_map(Node::values) {
        if bucket.is_some() && object.is_some() {
            break;
        }
        let arn = text(resource, &["ARN"]).or_else(|| text(resource, &["arn"]));
        let Some((_, path)) = arn.as_deref().and_then(|arn| arn.split_once(":s3:::")) else {
            continue;
        };
        let (name, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket.as_deref().is_none_or(|bucket| bucket == name) && !name.is_empty() {
            bucket = Some(Cow::Owned(name.to_owned()));
            if object.is_none() && !key.is_empty() {
                object = Some(Cow::Owned(key.to_owned()));
            }
        }
    }
    (bucket, object)
}
