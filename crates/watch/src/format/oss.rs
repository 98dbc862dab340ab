//! Alibaba Cloud OSS bucket log: one line a request, 25 to 29 fields and more to come.
//!
//! Source: "Logging" in the OSS user guide. Left of the request id stands text of the client's: the
//! first eight fields are counted from the left, the rest from the right, where the service writes.
//! The address itself is never kept, so no signature of a pre-signed one can be.

use std::borrow::Cow;

use claviger_model::EventId;

use super::token::{FromRight, Token, known, user_agent};
use super::view::{EventView, key_id};
use super::{Reader, event_id, line, time, uri};

pub(super) const READER: Reader = Reader {
    name: "oss",
    is_record: None,
    is_line: Some(|text| Fields::cut(text).is_ok()),
    parse: |block, out| line::parse_lines(block, out, event),
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
    /// 11 to 28, as far as the line has them.
    tail: [&'a str; 18],
}

impl<'a> Fields<'a> {
    fn cut(line: &'a str) -> Result<Self, String> {
        let line = line.trim();
        let (tail_start, tail) =
            tail(line).ok_or("the fields from the host name on are not those of an OSS log")?;
        let head = &line[..tail_start];
        let (before, rest) = split_at(head, b'[').ok_or("there is no `[time]`")?;
        let source_ip = split_at(before, b' ').map_or(before, |(ip, _)| ip);
        let (time, rest) = split_at(rest, b']').ok_or("there is no `[time]`")?;
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
        let after = split_at(self.request, b' ').map_or("", |(_, after)| after);
        split_at(after, b' ').map_or(after, |(uri, _)| uri)
    }

    fn access_key_id(&self) -> Result<Option<Cow<'a, str>>, String> {
        match self.field(28) {
            Some(id) => key_id(Some(Cow::Borrowed(id)), "field 28 is no access key id"),
            None => Ok(uri::key_id(self.uri())),
        }
    }
}

/// What stands before and after the first byte of this value.
fn split_at(text: &str, byte: u8) -> Option<(&str, &str)> {
    let place = memchr::memchr(byte, text.as_bytes())?;
    Some((&text[..place], &text[place + 1..]))
}

/// Fields 11 and on, and where they begin. They are found by what is quoted and what is a number:
/// `"11" … "17" 18 19 "20" 21 "22" 23 "24" "25" …`, the rightmost fit first.
fn tail(line: &str) -> Option<(usize, [&str; 18])> {
    let mut tokens = FromRight::<TAIL_MAX>::new(line);
    // Place of field 23 from the right: two fields follow it in 2017, six today.
    for of_23 in 2..TAIL_MAX - 12 {
        let Some(start) = tail_at(&mut tokens, of_23) else {
            // The line ends before field 11.
            tokens.get(of_23 + 12)?;
            continue;
        };
        let mut tail = [""; 18];
        for (field, place) in tail.iter_mut().zip((0..=of_23 + 12).rev()) {
            *field = tokens.get(place)?.text;
        }
        return Some((start, tail));
    }
    None
}

/// Where field 11 begins, if field 23 stands at this place and the others around it.
fn tail_at(tokens: &mut FromRight<'_, TAIL_MAX>, of_23: usize) -> Option<usize> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |token: Token| !token.quoted && (token.text == "-" || digits(token.text));
    let mut is = |field: usize| tokens.get(of_23 + 23 - field);
    let delta = is(23).filter(|token| !token.quoted)?.text;
    let fits = digits(delta.strip_prefix('-').unwrap_or(delta))
        && [24, 25, 22, 20, 17, 16, 15, 12]
            .into_iter()
            .all(|field| is(field).is_some_and(|token| token.quoted))
        && [21, 19, 18].into_iter().all(|field| is(field).is_some_and(number));
    is(11).filter(|token| fits && token.quoted).map(|token| token.start)
}

/// The request (field 5) without its quotes and what follows it, from the status on. An address
/// holds no space, so the first quote before a status, a size and a duration ends the request.
fn request_end(text: &str) -> Option<(&str, &str)> {
    memchr::memchr2_iter(b'"', b'`', text.as_bytes()).find_map(|quote| {
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
pub(super) fn event_id_of(id: &str, operation: &str, object: Option<&str>) -> Cow<'static, str> {
    event_id::of(&["oss", id, operation, object.unwrap_or_default()])
}

fn event(line: &str) -> Result<EventView<'_>, String> {
    let fields = Fields::cut(line)?;
    let time = time::web_server(fields.time).ok_or("the time is unreadable")?;
    let access_key_id = fields.access_key_id()?;
    let method = fields.request.split(' ').next().and_then(known);
    let operation = fields.field(15).or(method).unwrap_or("-");
    let object = fields.field(17).map(uri::decoded);
    let request_id = fields.field(12);
    let event_id = match request_id {
        Some(id) => event_id_of(id, operation, object.as_deref()),
        None => Cow::Owned(EventId::derived(&["oss", line.trim()]).0),
    };
    Ok(EventView {
        time,
        access_key_id,
        account: fields.field(14).map(Cow::Borrowed),
        source_ip: known(fields.source_ip).map(Cow::Borrowed),
        user_agent: known(fields.user_agent).map(|agent| uri::redacted(Cow::Borrowed(agent))),
        operation: Cow::Borrowed(operation),
        bucket: fields.field(16).map(Cow::Borrowed),
        object,
        status: fields.status.parse().ok(),
        error: fields.field(20).map(Cow::Borrowed),
        bytes_out: fields.bytes_sent.parse().ok(),
        bytes_in: fields.field(21).and_then(|bytes| bytes.parse().ok()),
        request_id: request_id.map(Cow::Borrowed),
        event_id,
        minted: None,
        granted: None,
    })
}
