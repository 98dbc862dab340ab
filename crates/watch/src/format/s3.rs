//! AWS S3 server access log: one line a request, 18 to 27 fields and more to come.
//!
//! Source: "Amazon S3 server access log format" in the S3 user guide. It names no key but in the
//! address of a pre-signed request; who asked is the requester, whose keys the inventory knows
//! ([`crate::name_keys`]).

use claviger_model::{AccessEvent, AccessKeyId, EventId};

use super::s3_line::S3Line;
use super::{Reader, address, line, obs, time, uri};

pub(super) const READER: Reader = Reader {
    name: "s3",
    likelihood: |bytes| line::likelihood(bytes, looks_right),
    parse: |bytes| line::parse_lines(bytes, event),
};

fn looks_right(text: &str) -> bool {
    S3Line::cut(text).is_ok_and(|line| time::web_server(line.time).is_some() && !obs::is_of(&line))
}

fn event(text: &str) -> Result<AccessEvent, String> {
    let line = S3Line::cut(text)?;
    let mut event = event_of(&line, "s3", text)?;
    event.access_key_id = access_key_id(&line);
    Ok(event)
}

/// The key of a pre-signed address. A request that is signed in a header proves another one.
fn access_key_id(line: &S3Line<'_>) -> Option<AccessKeyId> {
    let in_header = line.field(22) == Some("AuthHeader");
    uri::key_id(line.uri()).filter(|_| !in_header)
}

/// The event of a line of this shape, without its key.
pub(super) fn event_of(line: &S3Line<'_>, format: &str, text: &str) -> Result<AccessEvent, String> {
    let time = time::web_server(line.time).ok_or("the time is unreadable")?;
    let object = line.key.map(|key| object(key, line.uri()));
    let event_id = match line.request_id {
        // One request writes several lines: a batch delete one an object, a copy one for each end.
        Some(id) => {
            let object = object.as_deref().unwrap_or_default();
            EventId::derived(&[format, id, line.bucket, line.operation, object])
        }
        None => EventId::derived(&[format, text.trim()]),
    };
    Ok(AccessEvent {
        time,
        access_key_id: None,
        account: line.requester.map(str::to_owned),
        source_ip: line.source_ip.map(address::plain),
        user_agent: line.user_agent.map(uri::redacted),
        operation: line.operation.to_owned(),
        bucket: Some(line.bucket.to_owned()).filter(|bucket| bucket != "-"),
        object,
        status: line.status.and_then(|status| status.parse().ok()),
        error: line.error.map(str::to_owned),
        bytes_out: line.bytes_sent.and_then(|bytes| bytes.parse().ok()),
        bytes_in: None,
        request_id: line.request_id.map(str::to_owned),
        event_id,
    })
}

/// Field 8, decoded. It is often encoded twice; then, decoded once, it still stands in the address,
/// which is encoded once by its nature.
fn object(key: &str, uri: &str) -> String {
    let once = uri::decoded(key);
    let path = uri.split('?').next().unwrap_or_default();
    if once != key && once.contains('%') && path.ends_with(&*once) {
        return uri::decoded(&once).into_owned();
    }
    once.into_owned()
}
