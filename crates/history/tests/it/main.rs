//! What the history promises: durable, whole, each event once, whatever happened to its tail.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod archive;
mod archive_damage;
mod child;
mod damage;
mod duckdb;
mod full_disk;
mod kill;
mod laws;
mod pile;
mod reading;
mod retention;
mod summary;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use jiff::Timestamp;

fn key(text: &str) -> AccessKeyId {
    AccessKeyId::parse(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A download by `key`, named by `number`.
fn event(key_id: Option<&str>, time: &str, number: u32) -> AccessEvent {
    AccessEvent {
        time: at(time),
        access_key_id: key_id.map(key),
        account: Some("billing-export".to_owned()),
        source_ip: Some("203.0.113.7".to_owned()),
        user_agent: Some("ossutil/2.1".to_owned()),
        operation: "GetObject".to_owned(),
        bucket: Some("examplebucket".to_owned()),
        object: Some("a\"b\nc<d>/用户.csv".to_owned()),
        status: Some(200),
        error: None,
        bytes_out: Some(3_174),
        bytes_in: None,
        request_id: Some(format!("REQ{number}")),
        event_id: EventId(format!("event-{number:04}")),
    }
}

fn ids(events: &[AccessEvent]) -> Vec<&str> {
    events.iter().map(|event| event.event_id.as_str()).collect()
}
