//! Tables of ranges: `first,last,…` with what is known of them.
//!
//! `first,last,CC` is a country and `first,last,ASN,"organisation"` a network, as the packages
//! `@ip-location-db/*` of npm have them; with tabs, `first last ASN CC organisation` is both, as
//! iptoasn.com publishes it. Addresses are written as such or as whole numbers.

use std::borrow::Cow;

use super::Format;
use super::country::Country;
use super::error::Fault;
use super::rows::{Rows, Span, lines};

pub(super) const FORMAT: Format = Format { is, read };

/// Whether the first line is a row.
fn is(_name: &str, bytes: &[u8]) -> bool {
    let first = lines(bytes).next().and_then(Result::ok);
    first.is_some_and(|(line, text)| add(&mut Rows::default(), line, text).is_ok())
}

fn read(bytes: &[u8]) -> Result<Rows, Fault> {
    let mut rows = Rows::default();
    for line in lines(bytes) {
        let (line, text) = line?;
        add(&mut rows, line, text)?;
    }
    Ok(rows)
}

fn add(rows: &mut Rows, line: usize, text: &str) -> Result<(), Fault> {
    let mark = if text.contains('\t') { '\t' } else { ',' };
    let mut fields = text.splitn(4, mark);
    let (first, last) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let why = "the line does not begin with two addresses in order";
    let span = Span::parse(first, last).ok_or(Fault::Line { line, why })?;
    let what = fields.next().map(str::trim).unwrap_or_default();
    let mut rest = fields.next().unwrap_or_default();
    if what.is_empty() || !what.bytes().all(|byte| byte.is_ascii_digit()) {
        return match Country::parse(what) {
            Some(country) => rows.country(span, country),
            None if what.len() <= 2 => Ok(()),
            None => Err(Fault::Line { line, why: "the line has neither a country nor a network" }),
        };
    }
    let why = "the number of the network is too large";
    let asn: u32 = what.parse().map_err(|_| Fault::Line { line, why })?;
    if mark == '\t' {
        let (country, organisation) = rest.split_once('\t').unwrap_or((rest, ""));
        if let Some(country) = Country::parse(country) {
            rows.country(span, country)?;
        }
        rest = organisation;
    }
    // Network 0 stands for addresses that nobody announces (RFC 7607).
    if asn == 0 { Ok(()) } else { rows.network(span, asn, &unquoted(rest)) }
}

/// A field without the quotes around it (RFC 4180).
fn unquoted(field: &str) -> Cow<'_, str> {
    let inside = field.strip_prefix('"').and_then(|field| field.strip_suffix('"'));
    match inside {
        Some(inside) if inside.contains("\"\"") => Cow::Owned(inside.replace("\"\"", "\"")),
        Some(inside) => Cow::Borrowed(inside),
        None => Cow::Borrowed(field),
    }
}
