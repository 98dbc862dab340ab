//! What the watch engine promises, told as laws.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cloudtrail;
mod detector;
mod dial;
mod formats;
mod laws;
mod oss;
mod places;
mod unpack;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use claviger_watch::{LogFormat, Parsed, parse, unpack as unpacked};

/// A sample log, unpacked.
fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    unpacked(&std::fs::read(path).unwrap(), 1 << 30).unwrap().into_owned()
}

/// A sample log, read.
fn read(format: LogFormat, name: &str) -> Parsed {
    let parsed = parse(format, &fixture(name));
    assert_eq!(parsed.events.len() + parsed.rejects.len(), parsed.lines as usize, "{name}");
    parsed
}

fn key(id: &str) -> AccessKeyId {
    AccessKeyId::parse(id).unwrap()
}

/// A read of an object, `second` seconds after 2026-01-01.
fn event(second: i64, id: &str, ip: &str, object: &str, bytes_out: u64) -> AccessEvent {
    let time = jiff::Timestamp::from_second(1_767_225_600 + second).unwrap();
    AccessEvent {
        time,
        access_key_id: Some(key(id)),
        account: None,
        source_ip: Some(ip.to_owned()),
        user_agent: Some("ossutil/2.0.1".to_owned()),
        operation: "GetObject".to_owned(),
        bucket: Some("photos".to_owned()),
        object: Some(object.to_owned()),
        status: Some(200),
        error: None,
        bytes_out: Some(bytes_out),
        bytes_in: Some(300),
        request_id: None,
        event_id: EventId::derived(&[&second.to_string(), id, ip, object]),
    }
}
