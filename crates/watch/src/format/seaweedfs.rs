//! `SeaweedFS` audit log: the record of each Fluent message, alone or in its message.
//!
//! Source: `weed/s3api/s3err/audit_fluent.go`, and records of a running gateway. Read as JSON
//! records, as messages `[tag, time, record, option]` one a line, or as `time<TAB>tag<TAB>record`, as
//! Fluent writes files. It names no key and no bytes; the requester is an identity, whose keys the
//! gateway's configuration knows ([`crate::name_keys`]). A request with a wrong key has none.

use super::json::{self, Node, Record, Tape, content_id, number, parse_records, scalar, text};
use super::line::each_line;
use super::out::Out;
use super::view::EventView;
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "seaweedfs",
    is_record: Some(looks_right),
    is_line: Some(|line| {
        let mut tape = Tape::default();
        let message = message(line.as_bytes(), &mut tape);
        message.is_ok_and(|message| record_of(message.node()).is_ok_and(looks_right))
    }),
    parse,
};

fn looks_right(record: Node<'_>) -> bool {
    let has = |key: &str| record.get(key).is_some();
    has("remote_ip") && has("requester") && has("operation") && has("host_header") && has("time")
}

/// Whether a log that begins so has messages in it, not records.
fn is_message(head: &[u8]) -> bool {
    let list = head.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    list.is_some_and(|list| list.starts_with(b"\""))
        || !matches!(head.first(), None | Some(b'{' | b'['))
}

fn parse(block: &[u8], out: &mut Out<'_>) -> usize {
    match out.is_lines(block, is_message) {
        Some(true) => {}
        Some(false) => return parse_records(block, out, event),
        None => return 0,
    }
    let mut tape = Tape::default();
    each_line(block, out, |out, line| match message(line.text, &mut tape) {
        Ok(message) => out.take(block, line.place, record_of(message.node()).and_then(event)),
        Err(why) => out.take(block, line.place, Err(why)),
    })
}

/// A message: the third field of a line, or the line.
fn message<'a>(line: &'a [u8], tape: &'a mut Tape) -> Result<Record<'a>, String> {
    let line = line.trim_ascii();
    json::record(line.split(|byte| *byte == b'\t').nth(2).unwrap_or(line), tape)
}

/// The record of a message, which may be the third thing of a list.
fn record_of(message: Node<'_>) -> Result<Node<'_>, String> {
    match message.is_list() {
        true => message.values().nth(2).ok_or_else(|| "the message holds no record".to_owned()),
        false => Ok(message),
    }
}

fn event(record: Node<'_>) -> Result<EventView<'_>, String> {
    let seconds = record.get("time").ok_or("there is no `time`")?;
    let time = scalar(seconds).and_then(|seconds| time::unix_seconds(&seconds));
    let time = time.ok_or("`time` is unreadable")?;
    let operation = text(record, &["operation"]).ok_or("there is no `operation`")?;
    let bucket = text(record, &["bucket"]);
    let object = text(record, &["key"]).map(uri::without_slash);
    let request_id = text(record, &["request_id"]);
    let event_id = match &request_id {
        Some(id) => {
            let place = [&bucket, &object].map(|name| name.as_deref().unwrap_or_default());
            event_id::of(&["seaweedfs", id, &operation, place[0], place[1]])
        }
        None => content_id("seaweedfs", record),
    };
    let account = ["requester", "requester_identity", "requester_arn"];
    Ok(EventView {
        time,
        access_key_id: None,
        account: account.into_iter().find_map(|key| text(record, &[key])),
        source_ip: text(record, &["remote_ip"]).map(address::plain),
        user_agent: text(record, &["user_agent"]).map(uri::redacted),
        operation,
        bucket,
        object,
        status: number(record, &["status"]).and_then(|status| u16::try_from(status).ok()),
        error: text(record, &["error_code"]),
        bytes_out: None,
        bytes_in: None,
        request_id,
        event_id,
        minted: None,
        granted: None,
    })
}
