//! Tencent COS access log: one line a request, 30 fields and more to come, or the same as JSON.
//!
//! Source: "Logging Overview" of COS; "COS Access Log Analysis" of CLS, which has the same names in
//! JSON. Whether agent and error message are encoded is not documented: the first thirteen fields,
//! which a client cannot shift, hold who, what and where; the status and the rest are found by their
//! shape.

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use serde_json::Value;

use super::token::known;
use super::{Parsed, Reader, address, json, line, time, uri};

pub(super) const READER: Reader = Reader { name: "cos", likelihood, parse };

/// CLS writes no envelope; its answers call the list so.
const ENVELOPE: &str = "Results";

/// The fields of one request.
#[derive(Debug, Default)]
struct Fields<'a> {
    bucket: Option<&'a str>,
    time: Option<&'a str>,
    operation: Option<&'a str>,
    source_ip: Option<&'a str>,
    key_id: Option<&'a str>,
    bytes_in: Option<&'a str>,
    path: Option<&'a str>,
    agent: Option<String>,
    status: Option<&'a str>,
    error: Option<&'a str>,
    bytes_out: Option<&'a str>,
    requester: Option<&'a str>,
    request_id: Option<&'a str>,
}

fn is_json(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn likelihood(bytes: &[u8]) -> u8 {
    if is_json(bytes) {
        return json::likelihood(bytes, ENVELOPE, |record| {
            record.get("userSecretKeyId").is_some() && record.get("resHttpCode").is_some()
        });
    }
    line::likelihood(bytes, |text| {
        let fields = Fields::cut(text);
        fields.is_ok_and(|fields| fields.time.is_some_and(|text| time::instant(text).is_some()))
    })
}

fn parse(bytes: &[u8]) -> Parsed {
    if is_json(bytes) {
        return json::parse_records(bytes, ENVELOPE, |record| {
            event(&Fields::of(record), || json::content_id("cos", record))
        });
    }
    line::parse_lines(bytes, |text| {
        event(&Fields::cut(text)?, || EventId::derived(&["cos", text.trim()]))
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
        let after = |place: usize| tokens.get(place).copied().and_then(known);
        Ok(Self {
            bucket: field(2),
            time: field(4),
            operation: field(6),
            source_ip: field(7),
            key_id: field(8),
            bytes_in: field(10),
            path: field(12),
            agent: Some(tokens[13..status].join(" ")),
            status: after(status),
            error: after(status + 1),
            bytes_out: after(sent),
            requester: after(sent + 6),
            request_id: after(sent + 7),
        })
    }

    fn of(record: &'a Value) -> Self {
        let field = |name: &str| json::text(record, &[name]);
        Self {
            bucket: field("bucketName"),
            time: field("eventTime"),
            operation: field("eventName"),
            source_ip: field("remoteIp"),
            key_id: field("userSecretKeyId"),
            bytes_in: field("reqBytesSent"),
            path: field("reqPath"),
            agent: field("userAgent").map(str::to_owned),
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

fn event(fields: &Fields<'_>, content_id: impl FnOnce() -> EventId) -> Result<AccessEvent, String> {
    let time = fields.time.and_then(time::instant).ok_or("the time is unreadable")?;
    let operation = fields.operation.ok_or("there is no operation")?;
    let access_key_id = match fields.key_id {
        Some(id) => Some(AccessKeyId::parse(id).map_err(|_| "field 8 is no access key id")?),
        None => None,
    };
    let path = fields.path.map(|path| path.strip_prefix('/').unwrap_or(path));
    let object = path.filter(|path| !path.is_empty()).map(uri::decoded);
    let event_id = match fields.request_id {
        Some(id) => {
            EventId::derived(&["cos", id, operation, object.as_deref().unwrap_or_default()])
        }
        None => content_id(),
    };
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
    let agent = fields.agent.as_deref().and_then(known);
    Ok(AccessEvent {
        time,
        access_key_id,
        account: fields.requester.map(str::to_owned),
        source_ip: fields.source_ip.map(address::plain),
        user_agent: agent.map(|agent| uri::redacted(&uri::decoded(agent))),
        operation: operation.to_owned(),
        bucket: fields.bucket.map(str::to_owned),
        object: object.map(std::borrow::Cow::into_owned),
        status: fields.status.and_then(|status| status.parse().ok()),
        error: fields.error.map(str::to_owned),
        bytes_out: number(fields.bytes_out),
        bytes_in: number(fields.bytes_in),
        request_id: fields.request_id.map(str::to_owned),
        event_id,
    })
}
