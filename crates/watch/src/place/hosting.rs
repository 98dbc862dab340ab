//! Networks where anybody can rent a machine or hide behind one, as `hosting.tsv` beside this file
//! has them: `network<TAB>kind<TAB>name`.
//!
//! A network is a number or a range (`203.0.113.0/24`). A file of the same shape in the folder adds to
//! what is built in.

use super::Format;
use super::error::Fault;
use super::rows::{Rows, Span, head, lines};

pub(super) const FORMAT: Format = Format { is, read };

/// The name of the built-in list.
pub(super) const BUILT_IN: &str = "built in";

/// The list that comes with the program.
pub(super) const LIST: &str = include_str!("hosting.tsv");

/// What a line may call a network.
const KINDS: [&str; 3] = ["cloud", "hosting", "vpn"];

fn is(_name: &str, bytes: &[u8]) -> bool {
    head(bytes).next().is_some_and(|line| line.eq_ignore_ascii_case("hosting networks"))
}

fn read(bytes: &[u8]) -> Result<Rows, Fault> {
    let said = |key: &str| head(bytes).find_map(|line| line.strip_prefix(key)).map(str::trim);
    let mut rows = Rows {
        date: said("date:").and_then(|day| day.parse().ok()),
        licence: said("licence:").map(str::to_owned),
        ..Rows::default()
    };
    for line in lines(bytes) {
        let (line, text) = line?;
        let mut fields = text.split('\t');
        let network = fields.next().unwrap_or_default();
        if !fields.next().is_some_and(|kind| KINDS.contains(&kind)) {
            let why = "the second field is none of `cloud`, `hosting`, `vpn`";
            return Err(Fault::Line { line, why });
        }
        if let Ok(asn) = network.trim_start_matches("AS").parse() {
            rows.hosting_asn(asn)?;
            continue;
        }
        let why = "the first field is neither the number of a network nor a range";
        rows.hosting(Span::of_network(network).ok_or(Fault::Line { line, why })?)?;
    }
    Ok(rows)
}
