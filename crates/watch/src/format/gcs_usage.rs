//! Google Cloud Storage usage log: one line of CSV a request, after a line that names the columns.
//!
//! Source: "Usage logs & storage logs" in the Cloud Storage documentation. The columns are found by
//! their names, and by their documented order where the naming line is missing. It names a key only
//! in the address of a signed request, which is not kept.

use claviger_model::{AccessEvent, EventId};
use jiff::Timestamp;

use super::line::{Line, lines};
use super::token::known;
use super::{Parsed, Reader, address, csv, line, uri};

pub(super) const READER: Reader =
    Reader { name: "gcs-usage", likelihood: |bytes| line::likelihood(bytes, looks_right), parse };

/// The documented columns.
const COLUMNS: [&str; 17] = [
    "time_micros",
    "c_ip",
    "c_ip_type",
    "c_ip_region",
    "cs_method",
    "cs_uri",
    "sc_status",
    "cs_bytes",
    "sc_bytes",
    "time_taken_micros",
    "cs_host",
    "cs_referer",
    "cs_user_agent",
    "s_request_id",
    "cs_operation",
    "cs_bucket",
    "cs_object",
];

fn looks_right(text: &str) -> bool {
    let fields = csv::fields(text);
    names_columns(&fields)
        || (fields.len() >= COLUMNS.len() && fields[0].len() >= 15 && micros(&fields[0]).is_some())
}

fn names_columns(fields: &[String]) -> bool {
    fields.first().is_some_and(|first| first.trim_start_matches('\u{feff}') == COLUMNS[0])
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    for Line { span, text } in lines(bytes) {
        let fields = csv::fields(&String::from_utf8_lossy(text));
        if names_columns(&fields) {
            columns = fields;
            columns[0] = COLUMNS[0].to_owned();
            continue;
        }
        parsed.take(span, event(&columns, &fields));
    }
    parsed
}

fn micros(text: &str) -> Option<Timestamp> {
    Timestamp::from_microsecond(text.parse().ok()?).ok()
}

fn event(columns: &[String], fields: &[String]) -> Result<AccessEvent, String> {
    let field = |name: &str| {
        let place = columns.iter().position(|column| column == name)?;
        fields.get(place).map(String::as_str).and_then(known)
    };
    let number = |name: &str| field(name).and_then(|text| text.parse::<u64>().ok());
    if fields.len() < columns.len() {
        return Err(format!("there are {} fields of {}", fields.len(), columns.len()));
    }
    let time = field("time_micros").and_then(micros).ok_or("`time_micros` is unreadable")?;
    let operation = field("cs_operation").or_else(|| field("cs_method"));
    let operation = operation.ok_or("there is no `cs_operation`")?;
    let object = field("cs_object");
    let request_id = field("s_request_id");
    let event_id = match request_id {
        Some(id) => EventId::derived(&["gcs-usage", id, operation, object.unwrap_or_default()]),
        None => {
            let mut parts = vec!["gcs-usage"];
            parts.extend(fields.iter().map(String::as_str));
            EventId::derived(&parts)
        }
    };
    Ok(AccessEvent {
        time,
        access_key_id: field("cs_uri").and_then(uri::key_id),
        account: None,
        source_ip: field("c_ip").map(address::plain),
        user_agent: field("cs_user_agent").map(uri::redacted),
        operation: operation.to_owned(),
        bucket: field("cs_bucket").map(str::to_owned),
        object: object.map(str::to_owned),
        status: number("sc_status").and_then(|status| u16::try_from(status).ok()),
        error: None,
        bytes_out: number("sc_bytes"),
        bytes_in: number("cs_bytes"),
        request_id: request_id.map(str::to_owned),
        event_id,
    })
}
