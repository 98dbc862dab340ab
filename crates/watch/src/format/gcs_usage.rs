//! Google Cloud Storage usage log: one line of CSV a request, after a line that names the columns.
//!
//! Source: "Usage logs & storage logs" in the Cloud Storage documentation. The columns are found by
//! their names, and by their documented order where the naming line is missing. It names a key only
//! in the address of a signed request, which is not kept.

use std::borrow::Cow;

use claviger_model::EventId;
use jiff::Timestamp;

use super::line::each_line;
use super::out::Out;
use super::token::known;
use super::view::EventView;
use super::{Reader, address, csv, event_id, uri};

pub(super) const READER: Reader =
    Reader { name: "gcs-usage", is_record: None, is_line: Some(looks_right), parse };

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

fn parse(block: &[u8], out: &mut Out<'_>) -> usize {
    each_line(block, out, |out, line| {
        let fields = csv::fields(&String::from_utf8_lossy(line.text));
        if names_columns(&fields) {
            let mut columns = fields;
            columns[0] = COLUMNS[0].to_owned();
            out.state.columns = Some(columns);
            return;
        }
        let documented = || COLUMNS.map(str::to_owned).to_vec();
        let columns = out.state.columns.take().unwrap_or_else(documented);
        out.take(block, line.place, event(&columns, &fields));
        out.state.columns = Some(columns);
    })
}

fn micros(text: &str) -> Option<Timestamp> {
    Timestamp::from_microsecond(text.parse().ok()?).ok()
}

fn event<'a>(columns: &[String], fields: &'a [String]) -> Result<EventView<'a>, String> {
    let field = |name: &str| {
        let place = columns.iter().position(|column| column == name)?;
        fields.get(place).and_then(|field: &'a String| known(field))
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
        Some(id) => event_id::of(&["gcs-usage", id, operation, object.unwrap_or_default()]),
        None => {
            let mut parts = vec!["gcs-usage"];
            parts.extend(fields.iter().map(String::as_str));
            Cow::Owned(EventId::derived(&parts).0)
        }
    };
    let text = |name: &str| field(name).map(Cow::Borrowed);
    Ok(EventView {
        time,
        access_key_id: field("cs_uri").and_then(uri::key_id),
        account: None,
        source_ip: text("c_ip").map(address::plain),
        user_agent: text("cs_user_agent").map(uri::redacted),
        operation: Cow::Borrowed(operation),
        bucket: text("cs_bucket"),
        object: object.map(Cow::Borrowed),
        status: number("sc_status").and_then(|status| u16::try_from(status).ok()),
        error: None,
        bytes_out: number("sc_bytes"),
        bytes_in: number("cs_bytes"),
        request_id: request_id.map(Cow::Borrowed),
        event_id,
        minted: None,
        granted: None,
    })
}
