//! AWS S3 server access log: one line a request, 18 to 27 fields and more to come.
//!
//! Source: "Amazon S3 server access log format" in the S3 user guide. It names no key but in the
//! address of a pre-signed request; who asked is the requester, whose keys the inventory knows
//! ([`crate::name_keys`]).

use std::borrow::Cow;

use claviger_model::EventId;

use super::s3_line::S3Line;
use super::view::EventView;
use super::{Reader, address, event_id, line, obs, time, uri};

pub(super) const READER: Reader = Reader {
    name: "s3",
    is_record: None,
    is_line: Some(looks_right),
    parse: |block, out| line::parse_lines(block, out, event),
};

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
    })
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
