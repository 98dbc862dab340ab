//! NetApp `StorageGRID` audit log: one line an event, its attributes in brackets, with the key that signed
//! the request.
//!
//! Source: "Audit log file and message formats" in the `StorageGRID` documentation. `2019-08-07T18:43:30
//! .247711 [AUDT:[RSLT(FC32):SUCS]…[ATYP(FC32):SGET]…]`: a name, a type and a value each. The requests of
//! clients are `SGET`, `SHEA`, `SPUT`, `SDEL`, `SPOS` and `SUPD`; other events (of nodes, of `Swift`, of
//! the rules for copies) are rejected by their name.

use std::borrow::Cow;

use claviger_model::EventId;
use jiff::Timestamp;

use super::token::known;
use super::view::{EventView, key_id};
use super::{Reader, address, event_id, line, time, uri};

pub(super) const READER: Reader = Reader {
    name: "storagegrid",
    is_record: None,
    is_line: Some(|text| body(text).is_some_and(|body| value(body, "ATYP").is_some())),
    parse: |block, out| line::parse_lines(block, out, event),
};

/// What clients do with S3, by the type of event, with the name of most calls of its kind.
const OPERATIONS: [(&str, &str); 6] = [
    ("SGET", "GetObject"),
    ("SHEA", "HeadObject"),
    ("SPUT", "PutObject"),
    ("SDEL", "DeleteObject"),
    ("SPOS", "PostObject"),
    ("SUPD", "UpdateObject"),
];

/// What stands in `[AUDT:…]`.
fn body(line: &str) -> Option<&str> {
    line.split_once("[AUDT:").map(|(_, body)| body)
}

/// The value of an attribute, without quotes. Text may hold brackets, so the attributes before one are
/// passed over whole.
fn value<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = body;
    while let Some((_, attribute)) = rest.split_once('[') {
        let (head, after) = attribute.split_once(':')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(text) => text.split_once("\"]")?,
            None => after.split_once(']')?,
        };
        if head.split_once('(').is_some_and(|(known, _)| known == name) {
            return Some(value);
        }
        rest = after;
    }
    None
}

fn event(line: &str) -> Result<EventView<'_>, String> {
    let body = body(line).ok_or("the line is no audit message")?;
    let field = |name: &str| value(body, name).and_then(known);
    let number = |name: &str| field(name).and_then(|text| text.parse::<u64>().ok());
    let kind = field("ATYP").ok_or("there is no `ATYP`")?;
    let operation = OPERATIONS.iter().find(|(known, _)| *known == kind);
    let Some((_, operation)) = operation else {
        return Err("the event is no request of an S3 client".to_owned());
    };
    let [bucket, object] = ["S3BK", "S3KY"].map(field);
    // Without an object, a read is a list of a bucket, or of all.
    let operation = match (kind, bucket, object) {
        ("SGET", Some(_), None) => "ListObjects",
        ("SGET", None, None) => "ListBuckets",
        ("SHEA", _, None) => "HeadBucket",
        ("SPUT", _, None) => "CreateBucket",
        ("SDEL", _, None) => "DeleteBucket",
        _ => operation,
    };
    let micros = field("ATIM").and_then(|text| text.parse().ok());
    let time = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let written = || time::instant(line.split(' ').next()?);
    let time = time.or_else(written).ok_or("`ATIM` is unreadable")?;
    let request_id = field("ATID");
    let event_id = match request_id {
        Some(id) => {
            let sequence = field("ASQN").unwrap_or_default();
            let node = field("ANID").unwrap_or_default();
            event_id::of(&["storagegrid", node, id, sequence, &time.to_string(), kind])
        }
        None => Cow::Owned(EventId::derived(&["storagegrid", line.trim()]).0),
    };
    let result = field("RSLT").filter(|result| *result != "SUCS");
    let bytes = number("CSIZ");
    let is_read = kind == "SGET";
    Ok(EventView {
        time,
        access_key_id: key_id(field("S3AK").map(Cow::Borrowed), "`S3AK` is no access key id")?,
        account: field("SUSR").or_else(|| field("SACC")).map(Cow::Borrowed),
        source_ip: field("SAIP").map(|ip| address::plain(Cow::Borrowed(ip))),
        user_agent: field("HTRH").and_then(agent),
        operation: Cow::Borrowed(operation),
        bucket: bucket.map(Cow::Borrowed),
        object: object.map(Cow::Borrowed),
        status: None,
        error: result.map(Cow::Borrowed),
        bytes_out: bytes.filter(|_| is_read),
        bytes_in: bytes.filter(|_| kind == "SPUT"),
        request_id: request_id.map(Cow::Borrowed),
        event_id,
        minted: None,
        granted: None,
    })
}

/// The agent among the headers of a request, which stand as JSON with its quotes escaped; nothing else of
/// them is kept.
fn agent(headers: &str) -> Option<Cow<'_, str>> {
    let start = headers.to_ascii_lowercase().find("user-agent")?;
    let rest = headers.get(start + "user-agent".len()..)?;
    let rest = rest.trim_start_matches(['\\', '"', ':', ' ']);
    let end = rest.find(['\\', '"']).unwrap_or(rest.len());
    let agent = rest.get(..end).and_then(known)?;
    Some(uri::redacted(Cow::Borrowed(agent)))
}
