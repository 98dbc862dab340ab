//! Tencent COS access log: one line a request, 30 fields and more to come, or the same as JSON.
//!
//! Source: "Logging Overview" of COS; "COS Access Log Analysis" of CLS, which has the same names in
//! JSON. Whether agent and error message are encoded is not documented: the first thirteen fields,
//! which a client cannot shift, hold who, what and where; the status and the rest are found by their
//! shape.

use std::borrow::Cow;

use claviger_model::EventId;

use super::json::{self, Node, scalar};
use super::line;
use super::out::Out;
use super::token::known;
use super::view::{EventView, key_id};
use super::{Reader, address, event_id, time, uri};

pub(super) const READER: Reader = Reader {
    name: "cos",
    is_record: Some(|record| {
        record.get("userSecretKeyId").is_some() && record.get("resHttpCode").is_some()
    }),
    is_line: Some(|text| {
        let time = Fields::cut(text).ok().and_then(|fields| fields.time);
        time.is_some_and(|time| time::instant(&time).is_some())
    }),
    parse,
};

/// The fields of one request.
#[derive(Debug, Default)]
struct Fields<'a> {
    bucket: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
    operation: Option<Cow<'a, str>>,
    source_ip: Option<Cow<'a, str>>,
    key_id: Option<Cow<'a, str>>,
    bytes_in: Option<Cow<'a, str>>,
    path: Option<Cow<'a, str>>,
    agent: Option<Cow<'a, str>>,
    status: Option<Cow<'a, str>>,
    error: Option<Cow<'a, str>>,
    bytes_out: Option<Cow<'a, str>>,
    requester: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
}

fn parse(block: &[u8], out: &mut Out<'_>) -> usize {
    match out.is_lines(block, |head| !matches!(head.first(), Some(b'{' | b'['))) {
        Some(true) => {}
        Some(false) => {
            return json::parse_records(block, out, |record| {
                event(Fields::of(record), || json::content_id("cos", record))
            });
        }
        None => return 0,
    }
    line::parse_lines(block, out, |text| {
        event(Fields::cut(text)?, || Cow::Owned(EventId::derived(&["cos", text.trim()]).0))
    })
}

impl<'a> Fields<'a> {
    fn cut(line: &'a str) -> Result<Self, String> {
        let tokens = tokens(line);
        let field = |number: usize| tokens.get(number - 1).copied().and_then(known);
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_right = tokens.len() >= 25
            && field(6).is_some_and(is_word)
            && field(4).is_some_and(|time| time.contains('T'))
            && field(1).is_some_and(|version| version.contains('.'));
        if !is_right {
            return Err("the first fields are not those of a COS log".to_owned());
        }
        let status = (14..tokens.len()).find(|at| is_answer(&tokens[*at..]));
        let status = status.ok_or("there is no status after the agent")?;
        let sent = (status + 2..tokens.len()).find(|at| is_sent(&tokens[*at..]));
        let sent = sent.ok_or("there are no bytes after the status")?;
        let after = |place: usize| tokens.get(place).copied().and_then(known).map(Cow::Borrowed);
        let before = |number: usize| after(number - 1);
        Ok(Self {
            bucket: before(2),
            time: before(4),
            operation: before(6),
            source_ip: before(7),
            key_id: before(8),
            bytes_in: before(10),
            path: before(12),
            agent: Some(Cow::Owned(tokens[13..status].join(" "))),
            status: after(status),
            error: after(status + 1),
            bytes_out: after(sent),
            requester: after(sent + 6),
            request_id: after(sent + 7),
        })
    }

    fn of(record: Node<'a>) -> Self {
        let field = |name: &str| {
            let text = record.get(name).and_then(scalar);
            text.filter(|text| known(text).is_some())
        };
        Self {
            bucket: field("bucketName"),
            time: field("eventTime"),
            operation: field("eventName"),
            source_ip: field("remoteIp"),
            key_id: field("userSecretKeyId"),
            bytes_in: field("reqBytesSent"),
            path: field("reqPath"),
            agent: field("userAgent"),
            status: field("resHttpCode"),
            error: field("resErrorCode"),
            bytes_out: field("resBytesSent"),
            requester: field("requester"),
            request_id: field("requestId"),
        }
    }
}

/// The fields of a line; one in quotes may hold spaces.
fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::with_capacity(40);
    let mut rest = line.trim();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|body| {
            let end = body.find("\" ").or_else(|| body.ends_with('"').then(|| body.len() - 1))?;
            Some((&body[..end], &body[end + 1..]))
        });
        let (token, after) = quoted.unwrap_or_else(|| {
            let end = rest.find(' ').unwrap_or(rest.len());
            (&rest[..end], &rest[end..])
        });
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

fn is_number(text: &str) -> bool {
    text == "-" || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether fields 15 and on stand here: a status, an error code, and then the bytes and the rest.
fn is_answer(tokens: &[&str]) -> bool {
    let status = tokens.first().is_some_and(|text| text.len() == 3 && is_number(text));
    status && (2..tokens.len()).any(|at| is_sent(&tokens[at..]))
}

/// Whether fields 18 to 26 stand here.
fn is_sent(tokens: &[&str]) -> bool {
    let Some([sent, took, kind, _class, account, turned, _, request_id]) = tokens.get(..8) else {
        return false;
    };
    let is_kind =
        !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    [sent, took, account, turned].into_iter().all(|text| is_number(text))
        && is_kind
        && request_id.len() >= 16
}

fn event<'a>(
    fields: Fields<'a>,
    content_id: impl FnOnce() -> Cow<'static, str>,
) -> Result<EventView<'a>, String> {
    let time = fields.time.and_then(|time| time::instant(&time)).ok_or("the time is unreadable")?;
    let operation = fields.operation.ok_or("there is no operation")?;
    let path = fields.path.map(uri::without_slash);
    let object = path.filter(|path| !path.is_empty()).map(uri::decoded_of);
    let event_id = match &fields.request_id {
        Some(id) => event_id::of(&["cos", id, &operation, object.as_deref().unwrap_or_default()]),
        None => content_id(),
    };
    let number = |text: Option<Cow<'_, str>>| text.and_then(|text| text.parse::<u64>().ok());
    let agent = fields.agent.filter(|agent| known(agent).is_some());
    Ok(EventView {
        time,
        access_key_id: key_id(fields.key_id, "field 8 is no access key id")?,
        account: fields.requester,
        source_ip: fields.source_ip.map(address::plain),
        user_agent: agent.map(uri::decoded_of).map(uri::redacted),
        operation,
        bucket: fields.bucket,
        object,
        status: fields.status.and_then(|status| status.parse().ok()),
        error: fields.error,
        bytes_out: number(fields.bytes_out),
        bytes_in: number(fields.bytes_in),
        request_id: fields.request_id,
        event_id,
        minted: None,
        granted: None,
    })
}
