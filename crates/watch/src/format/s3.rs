//! AWS S3 server access log: one line a request, 18 to 27 fields and more to come; or one JSON record a
//! request, as CloudWatch Logs has it and delivers it to buckets.
//!
//! Source: "Amazon S3 server access log format" and "Log format in CloudWatch Logs" in the S3 user
//! guide. It names no key but in the address of a pre-signed request; who asked is the requester,
//! whose keys the inventory knows ([`crate::name_keys`]). A request in both forms is one event.

use std::borrow::Cow;

use claviger_model::EventId;

use super::json::{self, Names, Node, known, whole_number};
use super::out::Out;
use super::s3_line::S3Line;
use super::view::EventView;
use super::{Reader, address, event_id, line, obs, time, uri};

pub(super) const READER: Reader = Reader {
    name: "s3",
    is_record: Some(|record| {
        ["schema_version_id", "bucket_arn", "request_time", "operation"]
            .into_iter()
            .all(|name| record.get(name).is_some())
    }),
    is_line: Some(looks_right),
    parse,
};

/// What is read of a record, in the order of the documentation.
const RECORD: Names<14> = Names::new([
    "bucket_arn",
    "bucket_name",
    "request_time",
    "remote_ip",
    "requester",
    "request_id",
    "operation",
    "key_name",
    "request_uri",
    "http_status",
    "error_code",
    "bytes_sent_size",
    "user_agent",
    "authentication_type",
]);

fn parse(block: &[u8], out: &mut Out<'_>) -> usize {
    match out.is_lines(block, |head| !matches!(head.first(), Some(b'{' | b'['))) {
        Some(true) => line::parse_lines(block, out, event),
        Some(false) => json::parse_records(block, out, of_record),
        None => 0,
    }
}

fn looks_right(text: &str) -> bool {
    S3Line::cut(text).is_ok_and(|line| time::web_server(line.time).is_some() && !obs::is_of(&line))
}

fn event(text: &str) -> Result<EventView<'_>, String> {
    let line = S3Line::cut(text)?;
    let mut event = event_of(&line, "s3", text)?;
    event.access_key_id = access_key_id(&line);
    Ok(event)
}

/// The key of a pre-signed address. A request that is signed in a header proves another one.
fn access_key_id<'a>(line: &S3Line<'a>) -> Option<Cow<'a, str>> {
    uri::key_id(line.uri()).filter(|_| line.field(22) != Some("AuthHeader"))
}

/// The event of a line of this shape, without its key.
pub(super) fn event_of<'a>(
    line: &S3Line<'a>,
    format: &str,
    text: &str,
) -> Result<EventView<'a>, String> {
    let time = time::web_server(line.time).ok_or("the time is unreadable")?;
    let object = line.key.map(|key| object(key, line.uri()));
    let event_id = match line.request_id {
        // One request writes several lines: a batch delete one an object, a copy one for each end.
        Some(id) => {
            let object = object.as_deref().unwrap_or_default();
            event_id::of(&[format, id, line.bucket, line.operation, object])
        }
        None => Cow::Owned(EventId::derived(&[format, text.trim()]).0),
    };
    let agent = line.user_agent.map(Cow::Borrowed);
    Ok(EventView {
        time,
        access_key_id: None,
        account: line.requester.map(Cow::Borrowed),
        source_ip: line.source_ip.map(|ip| address::plain(Cow::Borrowed(ip))),
        user_agent: agent.map(uri::redacted),
        operation: Cow::Borrowed(line.operation),
        bucket: (line.bucket != "-").then_some(Cow::Borrowed(line.bucket)),
        object,
        status: line.status.and_then(|status| status.parse().ok()),
        error: line.error.map(Cow::Borrowed),
        bytes_out: line.bytes_sent.and_then(|bytes| bytes.parse().ok()),
        bytes_in: None,
        request_id: line.request_id.map(Cow::Borrowed),
        event_id,
        minted: None,
        granted: None,
    })
}

/// The event of a record of CloudWatch Logs.
fn of_record(record: Node<'_>) -> Result<EventView<'_>, String> {
    let [
        arn,
        bucket,
        request_time,
        source_ip,
        requester,
        request_id,
        operation,
        key,
        request,
        status,
        error,
        bytes_sent,
        agent,
        authentication,
    ] = record.pick(&RECORD);
    let request_time = request_time.and_then(known).ok_or("there is no `request_time`")?;
    let time = time::instant(&request_time).ok_or("`request_time` is unreadable")?;
    let operation = operation.and_then(known).ok_or("there is no `operation`")?;
    let request = request.and_then(known);
    let uri = request.as_deref().and_then(|request| request.split(' ').nth(1)).unwrap_or_default();
    let object = key.and_then(known).map(|key| match key {
        key if is_plain(&key, uri) => key,
        Cow::Borrowed(key) => object(key, uri),
        Cow::Owned(key) => Cow::Owned(object(&key, uri).into_owned()),
    });
    let bucket = bucket
        .and_then(known)
        .or_else(|| Some(Cow::Owned(arn.and_then(known)?.rsplit_once(":::")?.1.to_owned())));
    let request_id = request_id.and_then(known);
    let event_id = match &request_id {
        Some(id) => {
            let [bucket, object] = [&bucket, &object].map(|text| text.as_deref());
            let (bucket, object) = (bucket.unwrap_or("-"), object.unwrap_or_default());
            event_id::of(&["s3", id, bucket, &operation, object])
        }
        None => json::content_id("s3", record),
    };
    let is_header = authentication.and_then(known).is_some_and(|kind| kind == "AuthHeader");
    let access_key_id = uri::key_id(uri).filter(|_| !is_header);
    Ok(EventView {
        time,
        access_key_id: access_key_id.map(|id| Cow::Owned(id.into_owned())),
        account: requester.and_then(known),
        source_ip: source_ip.and_then(known).map(address::plain),
        user_agent: agent.and_then(known).map(uri::redacted),
        operation,
        bucket,
        object,
        status: status.and_then(whole_number).and_then(|status| status.try_into().ok()),
        error: error.and_then(known),
        bytes_out: bytes_sent.and_then(whole_number),
        bytes_in: None,
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}

/// Whether a record's key is not encoded, which the documentation leaves open: decoded, the address ends
/// with it.
fn is_plain(key: &str, uri: &str) -> bool {
    let path = uri.split('?').next().unwrap_or_default();
    !key.contains('%') || uri::decoded(path).ends_with(key)
}

/// Field 8, decoded. It is often encoded twice; then, decoded once, it still stands in the address,
/// which is encoded once by its nature.
fn object<'a>(key: &'a str, uri: &str) -> Cow<'a, str> {
    let once = uri::decoded(key);
    let path = uri.split('?').next().unwrap_or_default();
    if once != key && once.contains('%') && path.ends_with(&*once) {
        return Cow::Owned(uri::decoded(&once).into_owned());
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_records_key_is_read_whether_it_is_encoded_or_not() {
        let check = |key: &str, uri: &str, is: bool| assert_eq!(is_plain(key, uri), is, "{key}");
        check("a b.txt", "/photos/a%20b.txt", true);
        check("100%25.txt", "/photos/100%2525.txt?x=1", true);
        check("a%20b.txt", "/photos/a%20b.txt", false);
        check("a%2520b.txt", "/photos/a%20b.txt", false);
        check("old/a%20b.txt", "", false);
    }
}
