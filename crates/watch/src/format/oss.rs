//! Alibaba Cloud OSS bucket log: one line a request, 25 to 29 fields and more to come.
//!
//! Source: "Logging" in the OSS user guide. Left of the request id stands text of the client's: the
//! first eight fields are counted from the left, the rest from the right, where the service writes.
//! The address itself is never kept, so no signature of a pre-signed one can be.

use claviger_model::{AccessEvent, AccessKeyId, EventId};

use super::token::{Token, from_right, known, user_agent};
use super::{Reader, line, time, uri};

pub(super) const READER: Reader = Reader {
    name: "oss",
    likelihood: |bytes| line::likelihood(bytes, |text| Fields::cut(text).is_ok()),
    parse: |bytes| line::parse_lines(bytes, event),
};

/// Fields that a line has right of the agent today, with room for as many again.
const TAIL_MAX: usize = 36;

/// A line, cut. The numbers are those of the documentation.
struct Fields<'a> {
    /// 1.
    source_ip: &'a str,
    /// 4, without brackets.
    time: &'a str,
    /// 5: method, address, protocol.
    request: &'a str,
    /// 6.
    status: &'a str,
    /// 7.
    bytes_sent: &'a str,
    /// 10.
    user_agent: &'a str,
    /// 11 and all that follow.
    tail: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    fn cut(line: &'a str) -> Result<Self, String> {
        let line = line.trim();
        let (tail_start, tail) =
            tail(line).ok_or("the fields from the host name on are not those of an OSS log")?;
        let head = &line[..tail_start];
        let (before, rest) = head.split_once(" [").ok_or("there is no `[time]`")?;
        let source_ip = before.split(' ').next().unwrap_or_default();
        let (time, rest) = rest.split_once(']').ok_or("there is no `[time]`")?;
        let rest = rest.trim_start().strip_prefix(['"', '`']).ok_or("there is no request")?;
        let (request, numbers) = request_end(rest).ok_or("there is no status after the request")?;
        let mut numbers = numbers.splitn(4, ' ');
        let status = numbers.next().unwrap_or_default();
        let bytes_sent = numbers.next().unwrap_or_default();
        let client = numbers.nth(1).unwrap_or_default();
        let user_agent = user_agent(client);
        Ok(Self { source_ip, time, request, status, bytes_sent, user_agent, tail })
    }

    /// A field right of the agent, by its number; `None` where it is unknown or the line too old.
    fn field(&self, number: usize) -> Option<&'a str> {
        self.tail.get(number - 11).copied().and_then(known)
    }

    /// The address of the request.
    fn uri(&self) -> &'a str {
        self.request.split(' ').nth(1).unwrap_or_default()
    }

    fn access_key_id(&self) -> Result<Option<AccessKeyId>, String> {
        match self.field(28) {
            Some(id) => match AccessKeyId::parse(id) {
                Ok(id) => Ok(Some(id)),
                Err(_) => Err("field 28 is no access key id".to_owned()),
            },
            None => Ok(uri::key_id(self.uri())),
        }
    }
}

/// Fields 11 and on, and where they begin. They are found by what is quoted and what is a number:
/// `"11" … "17" 18 19 "20" 21 "22" 23 "24" "25" …`, the rightmost fit first.
fn tail(line: &str) -> Option<(usize, Vec<&str>)> {
    let tokens = from_right(line, TAIL_MAX);
    let number = |token: &Token| {
        !token.quoted && (token.text == "-" || token.text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let delta = |token: &Token| {
        let text = token.text.strip_prefix('-').unwrap_or(token.text);
        !token.quoted && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    // Index of field 23 from the right: two fields follow it in 2017, six today.
    (2..tokens.len().saturating_sub(12)).find_map(|of_23| {
        let is = |field: usize| tokens.get(of_23 + 23 - field);
        let fits = is(23).is_some_and(delta)
            && [21, 19, 18].into_iter().all(|field| is(field).is_some_and(number))
            && (24..=25).all(|field| tokens[of_23 + 23 - field].quoted)
            && [22, 20, 17, 16, 15, 12, 11]
                .into_iter()
                .all(|field| is(field).is_some_and(|t| t.quoted));
        let start = is(11).filter(|_| fits)?.start;
        Some((start, tokens[..=of_23 + 12].iter().rev().map(|token| token.text).collect()))
    })
}

/// The request (field 5) without its quotes and what follows it, from the status on. An address
/// holds no space, so the first quote before a status, a size and a duration ends the request.
fn request_end(text: &str) -> Option<(&str, &str)> {
    text.match_indices(['"', '`']).find_map(|(quote, _)| {
        let rest = text[quote + 1..].strip_prefix(' ')?;
        let mut numbers = rest.splitn(4, ' ');
        let status = numbers.next()?;
        let digits = |text: &str| text == "-" || text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (status == "-" || status.len() == 3)
            && digits(status)
            && numbers.next().is_some_and(digits)
            && numbers.next().is_some_and(digits);
        fits.then_some((&text[..quote], rest))
    })
}

/// Names a request by the id that OSS gave it, the same in the bucket log and in SLS. A batch delete
/// has one id and many objects.
pub(super) fn event_id_of(id: &str, operation: &str, object: Option<&str>) -> EventId {
    EventId::derived(&["oss", id, operation, object.unwrap_or_default()])
}

fn event(line: &str) -> Result<AccessEvent, String> {
    let fields = Fields::cut(line)?;
    let time = time::web_server(fields.time).ok_or("the time is unreadable")?;
    let access_key_id = fields.access_key_id()?;
    let method = fields.request.split(' ').next().and_then(known);
    let operation = fields.field(15).or(method).unwrap_or("-").to_owned();
    let object = fields.field(17).map(|object| uri::decoded(object).into_owned());
    let request_id = fields.field(12).map(str::to_owned);
    let event_id = match &request_id {
        Some(id) => event_id_of(id, &operation, object.as_deref()),
        None => EventId::derived(&["oss", line.trim()]),
    };
    Ok(AccessEvent {
        time,
        access_key_id,
        account: fields.field(14).map(str::to_owned),
        source_ip: known(fields.source_ip).map(str::to_owned),
        user_agent: known(fields.user_agent).map(uri::redacted),
        operation,
        bucket: fields.field(16).map(str::to_owned),
        object,
        status: fields.status.parse().ok(),
        error: fields.field(20).map(str::to_owned),
        bytes_out: fields.bytes_sent.parse().ok(),
        bytes_in: fields.field(21).and_then(|bytes| bytes.parse().ok()),
        request_id,
        event_id,
    })
}
