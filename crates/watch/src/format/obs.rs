//! Huawei Cloud OBS access log: one line a request, in the shape of an S3 server access log.
//!
//! Source: "Logging Overview" in the OBS user guide, with its samples. It names no key; the
//! requester is an account's id. It is told from S3 by its ids and by what follows the agent.

use super::s3_line::S3Line;
use super::view::EventView;
use super::{Reader, line, s3, time, uri};

pub(super) const READER: Reader = Reader {
    name: "obs",
    is_record: None,
    is_line: Some(looks_right),
    parse: |block, out| line::parse_lines(block, out, event),
};

fn looks_right(text: &str) -> bool {
    S3Line::cut(text).is_ok_and(|line| time::web_server(line.time).is_some() && is_of(&line))
}

/// Whether the line is one of OBS: owner and request id are 32 hexadecimal digits there, 64 and 16
/// in S3.
pub(super) fn is_of(line: &S3Line<'_>) -> bool {
    let is_id = |id: &str| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id(line.owner) && line.request_id.is_none_or(is_id)
}

fn event(text: &str) -> Result<EventView<'_>, String> {
    let line = S3Line::cut(text)?;
    let mut event = s3::event_of(&line, "obs", text)?;
    event.access_key_id = uri::key_id(line.uri());
    Ok(event)
}
