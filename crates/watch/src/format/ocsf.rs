//! OCSF API activity: one JSON record a call, in the common shape of security data lakes.
//!
//! Source: schema.ocsf.io, class 6003 "API Activity" of versions 1.0 to 1.6. Events of other
//! classes are rejected by their class. Some producers write numbers as text.

use std::borrow::Cow;

use jiff::Timestamp;

use super::json::{Node, at, content_id, number, parse_records, text};
use super::view::{EventView, key_id};
use super::{Reader, address, time, uri};

pub(super) const READER: Reader = Reader {
    name: "ocsf",
    is_record: Some(|record| record.get("class_uid").is_some()),
    is_line: None,
    parse: |block, out| parse_records(block, out, event),
};

/// The class of an API call.
const API_ACTIVITY: u64 = 6003;

/// Where the key may stand, by version.
const KEY_ID: [&[&str]; 3] = [
    &["actor", "user", "credential_uid"],
    &["actor", "session", "credential_uid"],
    &["actor", "invoked_by", "credential_uid"],
];

fn first<'a>(record: Node<'a>, paths: &[&[&str]]) -> Option<Cow<'a, str>> {
    paths.iter().find_map(|path| text(record, path))
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let class = number(record, &["class_uid"]).ok_or("there is no `class_uid`")?;
    if class != API_ACTIVITY {
        return Err(format!("an event of class {class} is no API call (class {API_ACTIVITY})"));
    }
    let operation = text(record, &["api", "operation"]).ok_or("there is no `api.operation`")?;
    let operation = match text(record, &["api", "service", "name"]) {
        Some(service) => Cow::Owned(format!("{service}:{operation}")),
        None => operation,
    };
    let access_key_id = match first(record, &KEY_ID) {
        id @ Some(_) => key_id(id, "`credential_uid` is no key id")?,
        None => text(record, &["http_request", "url", "url_string"]).and_then(uri::key_id_of),
    };
    let event_id = match text(record, &["metadata", "uid"]) {
        Some(id) => id,
        None => content_id("ocsf", record),
    };
    let (bucket, object) = place(record);
    let status = number(record, &["http_response", "code"]);
    let source = first(record, &[&["src_endpoint", "ip"], &["src_endpoint", "domain"]])
        .or_else(|| first(record, &[&["src_endpoint", "svc_name"]]));
    Ok(EventView {
        time: instant(record).ok_or("`time` is unreadable")?,
        access_key_id,
        account: account(record),
        source_ip: source.map(address::plain),
        user_agent: text(record, &["http_request", "user_agent"]).map(uri::redacted),
        operation,
        bucket,
        object,
        status: status.and_then(|status| u16::try_from(status).ok()),
        error: error(record),
        bytes_out: number(record, &["traffic", "bytes_out"])
            .or_else(|| number(record, &["http_response", "body_length"])),
        bytes_in: number(record, &["traffic", "bytes_in"]),
        request_id: first(record, &[&["api", "request", "uid"], &["http_request", "uid"]]),
        event_id,
        minted: None,
        granted: None,
    })
}

/// Milliseconds since 1970, or the same as RFC 3339 in `time_dt`.
fn instant(record: Node<'_>) -> Option<Timestamp> {
    let written = text(record, &["time_dt"]).and_then(|text| time::instant(&text));
    written.or_else(|| {
        let millis = i64::try_from(number(record, &["time"])?).ok()?;
        Timestamp::from_millisecond(millis).ok()
    })
}

/// Who called: the ARN where there is one, else the best name there is.
fn account(record: Node<'_>) -> Option<Cow<'_, str>> {
    let of_user = |key: &&str| text(record, &["actor", "user", key]);
    let mut arns = ["uid_alt", "uid", "name"].iter().filter_map(of_user);
    let arn = arns.find(|name| name.starts_with("arn:"));
    arn.or_else(|| ["name", "email_addr", "uid", "uid_alt"].iter().find_map(of_user))
}

/// The error of a call that failed (`status_id` 2).
fn error(record: Node<'_>) -> Option<Cow<'_, str>> {
    let code = first(
        record,
        &[&["api", "response", "error"], &["status_code"], &["api", "response", "error_message"]],
    );
    match number(record, &["status_id"]) {
        Some(2) => Some(code.unwrap_or(Cow::Borrowed("Failure"))),
        Some(1) => None,
        _ => text(record, &["api", "response", "error"]),
    }
}

/// Bucket and object: from the ARN of a resource (`arn:aws:s3:::bucket/object`), else from the one
/// that says it is a bucket or an object.
fn place(record: Node<'_>) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    let (mut bucket, mut object) = (None, None);
    for resource in at(record, &["resources"]).into_iter().flat_map(Node::values) {
        let named = |key: &str| text(resource, &[key]);
        let name = named("uid").or_else(|| named("name"));
        let arn = name.as_deref().and_then(|name| name.split_once(":s3:::"));
        let kind = named("type").unwrap_or_default().to_ascii_lowercase();
        if let Some((_, path)) = arn {
            let (name, key) = path.split_once('/').unwrap_or((path, ""));
            bucket = bucket.or_else(|| Some(Cow::Owned(name.to_owned())));
            let key = (!key.is_empty()).then(|| Cow::Owned(key.to_owned()));
            object = object.or(key);
        } else if kind.contains("bucket") {
            bucket = bucket.or(named("name")).or_else(|| named("uid"));
        } else if kind.contains("object") {
            object = object.or(named("name")).or_else(|| named("uid"));
        }
    }
    (bucket, object)
}
