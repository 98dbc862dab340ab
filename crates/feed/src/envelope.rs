//! What clouds put around log lines on their way: SNS, SQS, EventBridge, CloudEvents and notifications
//! of object stores.
//!
//! Sources: SNS developer guide, "Message formats"; Lambda developer guide, events of SQS and SNS; S3
//! user guide, "Event message structure"; EventBridge user guide, "Event structure"; CloudTrail user
//! guide, "Configuring SNS notifications"; CloudEvents 1.0 JSON format; OSS "Event notification". An
//! address that asks to be opened is handed over for a person to look at, and never opened here: whoever
//! can push could make this machine dial.

use std::borrow::Cow;

use serde_json::Value;

/// Envelopes in envelopes that are opened: S3 in SNS in SQS in Lambda's event are four.
const DEPTH_MAX: usize = 6;

/// What of a body's first bytes is looked at for the marks of an envelope.
const LOOKED_AT: usize = 64 * 1024;

/// Marks that each known envelope bears one of.
const MARKS: [&str; 9] = [
    "\"TopicArn\"",
    "\"eventSource\"",
    "\"EventSource\"",
    "\"Messages\"",
    "\"s3ObjectKey\"",
    "\"detail-type\"",
    "\"specversion\"",
    "\"s3:TestEvent\"",
    "\"logEvents\"",
];

/// A body out of its envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unwrapped<'a> {
    /// Log lines.
    pub lines: Cow<'a, [u8]>,
    /// Objects that were created or deleted.
    pub notices: Vec<ObjectNotice>,
    /// Addresses that somebody asks to be opened.
    pub confirmations: Vec<Confirmation>,
}

/// An object was created or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNotice {
    /// Its bucket.
    pub bucket: String,
    /// Its name, decoded.
    pub object: String,
}

/// A topic that will send once somebody opens an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The topic.
    pub topic: String,
    /// The address.
    pub address: String,
}

/// Takes the envelopes off a body. What bears none is handed back as it is.
#[must_use]
pub fn unwrap(body: &[u8]) -> Unwrapped<'_> {
    let plain = || Unwrapped { lines: Cow::Borrowed(body), ..Unwrapped::default() };
    let trimmed = body.trim_ascii();
    if matches!(trimmed, b"" | b"{}" | b"[]") {
        return Unwrapped::default();
    }
    let head = String::from_utf8_lossy(&trimmed[..trimmed.len().min(LOOKED_AT)]);
    if !head.starts_with(['{', '[']) || !MARKS.iter().any(|mark| head.contains(mark)) {
        return plain();
    }
    let Ok(value) = serde_json::from_slice::<Value>(trimmed) else { return plain() };
    let mut opened = Opened::default();
    if !opened.open(&value, 0) {
        return plain();
    }
    Unwrapped {
        lines: Cow::Owned(opened.lines),
        notices: opened.notices,
        confirmations: opened.confirmations,
    }
}

#[derive(Default)]
struct Opened {
    lines: Vec<u8>,
    notices: Vec<ObjectNotice>,
    confirmations: Vec<Confirmation>,
}

impl Opened {
    /// Takes what a value holds. `false` where it is no envelope; then nothing was taken.
    fn open(&mut self, value: &Value, depth: usize) -> bool {
        if depth >= DEPTH_MAX {
            return false;
        }
        if let Value::Array(items) = value {
            // EventBridge pipes send lists of events.
            let is_list = items.first().is_some_and(|first| first.get("detail-type").is_some());
            if is_list {
                items.iter().for_each(|item| self.take(item, depth + 1));
            }
            return is_list;
        }
        self.open_sns(value, depth)
            || self.open_records(value, depth)
            || self.open_messages(value, depth)
            || self.open_event(value, depth)
            || self.open_trail_notice(value)
            || is_test(value)
    }

    /// Takes a value, out of its envelope if it is in one, else as a line.
    fn take(&mut self, value: &Value, depth: usize) {
        if !self.open(value, depth) {
            self.line(value.to_string().as_bytes());
        }
    }

    /// Takes a text: JSON as a value, anything else as it is.
    fn take_text(&mut self, text: &str, depth: usize) {
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() || value.is_array() => {
                if !self.open(&value, depth) {
                    self.line(text.as_bytes());
                }
            }
            _ => self.line(text.as_bytes()),
        }
    }

    fn line(&mut self, text: &[u8]) {
        self.lines.extend_from_slice(text);
        if !text.ends_with(b"\n") {
            self.lines.push(b'\n');
        }
    }

    fn open_sns(&mut self, value: &Value, depth: usize) -> bool {
        let Some(topic) = text(value, "TopicArn") else { return false };
        match text(value, "Type") {
            Some("Notification") => {
                self.take_text(text(value, "Message").unwrap_or_default(), depth + 1);
            }
            Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") => {
                let address = text(value, "SubscribeURL").unwrap_or_default().to_owned();
                self.confirmations.push(Confirmation { topic: topic.to_owned(), address });
            }
            _ => return false,
        }
        true
    }

    /// `{"Records":[…]}` of S3 and its kin, of SQS and SNS as Lambda gets them, and OSS' `{"events":[…]}`.
    fn open_records(&mut self, value: &Value, depth: usize) -> bool {
        let records = ["Records", "events"].iter().find_map(|name| value.get(name)?.as_array());
        let Some(records) = records.filter(|records| !records.is_empty()) else { return false };
        let source = |record: &Value| {
            let name = text(record, "eventSource").or_else(|| text(record, "EventSource"));
            name.unwrap_or_default().to_owned()
        };
        let known = |record: &Value| {
            matches!(
                source(record).as_str(),
                "aws:s3" | "minio:s3" | "ceph:s3" | "acs:oss" | "aws:sqs" | "aws:sns"
            )
        };
        if !records.iter().all(known) {
            return false;
        }
        for record in records {
            match source(record).as_str() {
                "aws:sqs" => {
                    self.take_text(text(record, "body").unwrap_or_default(), depth + 1);
                }
                "aws:sns" => {
                    let message = record.get("Sns").and_then(|sns| text(sns, "Message"));
                    self.take_text(message.unwrap_or_default(), depth + 1);
                }
                "acs:oss" => self.notice(record.get("oss"), |name| name.to_owned()),
                _ => self.notice(record.get("s3"), form_decoded),
            }
        }
        true
    }

    /// `{"bucket":{"name":…},"object":{"key":…}}`.
    fn notice(&mut self, place: Option<&Value>, decoded: fn(&str) -> String) {
        let inside = |outer: &str, inner: &str| {
            place.and_then(|place| text(place.get(outer)?, inner)).map(str::to_owned)
        };
        if let Some((bucket, object)) = inside("bucket", "name").zip(inside("object", "key")) {
            self.notices.push(ObjectNotice { bucket, object: decoded(&object) });
        }
    }

    /// `{"Messages":[{"Body":…}]}`, as SQS answers.
    fn open_messages(&mut self, value: &Value, depth: usize) -> bool {
        let Some(messages) = value.get("Messages").and_then(Value::as_array) else { return false };
        if messages.is_empty() || !messages.iter().all(|message| message.get("Body").is_some()) {
            return false;
        }
        for message in messages {
            self.take_text(text(message, "Body").unwrap_or_default(), depth + 1);
        }
        true
    }

    /// EventBridge, CloudEvents, and CloudWatch Logs' batches.
    fn open_event(&mut self, value: &Value, depth: usize) -> bool {
        if let (Some(kind), Some(detail)) = (text(value, "detail-type"), value.get("detail")) {
            match kind {
                "Object Created" | "Object Deleted" | "Object Restore Completed" => {
                    self.notice(Some(detail), str::to_owned);
                }
                _ => self.take(detail, depth + 1),
            }
            return true;
        }
        if let (Some(_), Some(data)) = (text(value, "specversion"), value.get("data")) {
            match data {
                Value::String(text) => self.take_text(text, depth + 1),
                data => self.take(data, depth + 1),
            }
            return true;
        }
        let Some(events) = value.get("logEvents").and_then(Value::as_array) else { return false };
        if text(value, "messageType") == Some("DATA_MESSAGE") {
            for event in events {
                self.take_text(text(event, "message").unwrap_or_default(), depth + 1);
            }
        }
        true
    }

    /// `{"s3Bucket":…,"s3ObjectKey":[…]}`: CloudTrail wrote files.
    fn open_trail_notice(&mut self, value: &Value) -> bool {
        let (Some(bucket), Some(keys)) = (text(value, "s3Bucket"), value.get("s3ObjectKey")) else {
            return false;
        };
        let keys = keys.as_array().map_or(std::slice::from_ref(keys), Vec::as_slice);
        for key in keys.iter().filter_map(Value::as_str) {
            let notice = ObjectNotice { bucket: bucket.to_owned(), object: key.to_owned() };
            self.notices.push(notice);
        }
        true
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// What S3 sends when notifications are set up.
fn is_test(value: &Value) -> bool {
    text(value, "Event") == Some("s3:TestEvent")
}

/// S3 writes names as forms do: `+` is a space.
fn form_decoded(name: &str) -> String {
    let spaced = name.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
