//! Addresses where traffic leaves the Tor network: `exit-addresses` of the Tor project, or its bulk
//! list with one address a line.
//!
//! A bare list does not say what it lists: it is one of exits where its name says `tor` or `exit`.

use core::net::IpAddr;

use jiff::civil::Date;

use super::Format;
use super::error::Fault;
use super::rows::{Rows, Span, lines};

pub(super) const FORMAT: Format = Format { is, read };

fn is(name: &str, bytes: &[u8]) -> bool {
    let Some(Ok((_, first))) = lines(bytes).next() else { return false };
    let name = name.to_ascii_lowercase();
    first.starts_with("ExitNode ")
        || ((name.contains("tor") || name.contains("exit")) && first.parse::<IpAddr>().is_ok())
}

fn read(bytes: &[u8]) -> Result<Rows, Fault> {
    let mut rows = Rows::default();
    for line in lines(bytes) {
        let (line, text) = line?;
        let mut words = text.split_whitespace();
        let address = match words.next().unwrap_or_default() {
            "ExitNode" | "Published" => continue,
            "LastStatus" => {
                rows.date = rows.date.max(words.next().and_then(|day| day.parse::<Date>().ok()));
                continue;
            }
            "ExitAddress" => words.next().unwrap_or_default(),
            word => word,
        };
        let why = "the line is no address of an exit";
        let span = Span::of_network(address).ok_or(Fault::Line { line, why })?;
        rows.tor(span)?;
    }
    Ok(rows)
}
