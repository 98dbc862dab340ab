//! Entries that a person makes: CSV with a header, or JSON lines, with the same names.
//!
//! The names are `access_key_id`, `link`, `user`, `note`, `seen_at` and `claim` (`leaked` or `suspected`);
//! all but the first may be missing or empty. Secrets have no place here: a column or field of another name is refused, and no refusal
//! repeats what was written, which may be a secret in the wrong place.

use claviger_model::AccessKeyId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{Claim, Entry};

/// Most lines of one upload: what the original product takes. Bounds entries and rejects together.
const LINES_MAX: usize = 1_000_000;

/// Longest link, user or note in characters; a longer one is a file in the wrong place.
const TEXT_MAX: usize = 2_048;

/// The columns, as an entry is written.
const COLUMNS: [&str; 6] = ["access_key_id", "link", "user", "note", "seen_at", "claim"];

/// How the text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV whose first line names the columns.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// A line that is no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line, from 1.
    pub line: u64,
    /// Why.
    pub why: String,
}

/// Reads an upload. Entries and rejects together are all its lines that are not empty, up to the
/// first that is one too many.
#[must_use]
pub fn parse(text: &str, format: Format) -> (Vec<Entry>, Vec<Reject>) {
    parse_up_to(text, format, LINES_MAX)
}

fn parse_up_to(text: &str, format: Format, lines_max: usize) -> (Vec<Entry>, Vec<Reject>) {
    let text = text.trim_start_matches('\u{feff}');
    let written: Box<dyn Iterator<Item = (u64, Result<Written, String>)> + '_> = match format {
        Format::JsonLines => Box::new(json_lines(text)),
        Format::Csv => match csv_lines(text) {
            Ok(lines) => Box::new(lines),
            Err(why) => return (Vec::new(), vec![Reject { line: 1, why }]),
        },
    };
    let mut entries = Vec::new();
    let mut rejects = Vec::new();
    for (line, written) in written {
        if entries.len() + rejects.len() == lines_max {
            let why = format!("more than {lines_max} lines: send the rest as another upload");
            rejects.push(Reject { line, why });
            break;
        }
        match written.and_then(Written::entry) {
            Ok(entry) => entries.push(entry),
            Err(why) => rejects.push(Reject { line, why }),
        }
    }
    (entries, rejects)
}

/// An entry as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    access_key_id: String,
    link: Option<String>,
    user: Option<String>,
    note: Option<String>,
    seen_at: Option<String>,
    claim: Option<String>,
}

impl Written {
    fn entry(self) -> Result<Entry, String> {
        let access_key_id = AccessKeyId::parse(self.access_key_id.trim())
            .map_err(|_| "`access_key_id` must be 1 to 256 visible ASCII characters".to_owned())?;
        let link = filled("link", self.link)?;
        // It becomes a link on a page: nothing that runs may stand there.
        let is_address = |link: &String| {
            let scheme = link.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
            matches!(scheme.as_deref(), Some("http" | "https"))
        };
        if link.as_ref().is_some_and(|link| !is_address(link)) {
            return Err(
                "`link` must begin with http:// or https://; put words into `note`".to_owned()
            );
        }
        let seen_at = filled("seen_at", self.seen_at)?
            .map(|text| text.parse::<Timestamp>())
            .transpose()
            .map_err(|_| "`seen_at` must be written as `2026-01-02T03:04:05Z`".to_owned())?;
        let claim = match filled("claim", self.claim)?.as_deref() {
            None | Some("leaked") => Claim::Leaked,
            Some("suspected") => Claim::Suspected,
            Some(_) => return Err("`claim` must be `leaked` or `suspected`".to_owned()),
        };
        Ok(Entry {
            claim,
            access_key_id,
            link,
            user: filled("user", self.user)?,
            note: filled("note", self.note)?,
            seen_at,
        })
    }
}

/// The text without space around it; `None` where nothing is left.
fn filled(name: &str, text: Option<String>) -> Result<Option<String>, String> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > TEXT_MAX => {
            Err(format!("`{name}` is longer than {TEXT_MAX} characters"))
        }
        text => Ok(text),
    }
}

fn json_lines(text: &str) -> impl Iterator<Item = (u64, Result<Written, String>)> + '_ {
    text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(|(line, number)| {
        let written = serde_json::from_str(line).map_err(|error| {
            // The parser's own words may repeat a value.
            format!(
                "no JSON object of {} at column {}",
                COLUMNS.map(|name| format!("`{name}`")).join(", "),
                error.column()
            )
        });
        (number, written)
    })
}

/// The rows below the header. An error says what is wrong with the header.
fn csv_lines(
    text: &str,
) -> Result<impl Iterator<Item = (u64, Result<Written, String>)> + '_, String> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    let columns = header.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    if !columns.contains(&COLUMNS[0]) {
        return Err(format!("the first line names no column `{}`", COLUMNS[0]));
    }
    Ok(reader.into_records().map(move |row| match row {
        Ok(row) => (line_of(text, row.position()), of_row(&columns, &row)),
        Err(error) => (line_of(text, error.position()), Err("the line is no CSV".to_owned())),
    }))
}

/// The line on which a row stands. The reader ends a row at its carriage return and takes the line feed,
/// and every empty line, for the beginning of the next.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = text.as_bytes().get(start..).unwrap_or_default();
    let ends = before.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + ends.filter(|byte| **byte == b'\n').count() as u64
}

/// The column that a header names: `Access Key ID` and `AccessKey ID` are `access_key_id` too.
fn column(name: &str) -> Result<&'static str, String> {
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let wanted = letters(name);
    COLUMNS.into_iter().find(|known| letters(known) == wanted).ok_or_else(|| {
        format!(
            "the first line must name the columns: {}; leave out all others, secrets above all",
            COLUMNS.map(|name| format!("`{name}`")).join(", ")
        )
    })
}

fn of_row(columns: &[&'static str], row: &csv::StringRecord) -> Result<Written, String> {
    if row.len() > columns.len() {
        return Err(format!("the line has {} values for {} columns", row.len(), columns.len()));
    }
    let mut written = Written::default();
    for (column, value) in columns.iter().zip(row) {
        let value = value.to_owned();
        match *column {
            "link" => written.link = Some(value),
            "user" => written.user = Some(value),
            "note" => written.note = Some(value),
            "seen_at" => written.seen_at = Some(value),
            "claim" => written.claim = Some(value),
            _ => written.access_key_id = value,
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_told_not_read() {
        let line = "{\"access_key_id\":\"AKIAMADEUP\"}\n";
        let (entries, rejects) = parse_up_to(&line.repeat(9), Format::JsonLines, 3);
        assert_eq!(entries.len(), 3);
        assert_eq!(rejects.len(), 1);
        assert_eq!(rejects[0].line, 4);
        let (entries, rejects) = parse_up_to(&"x\n".repeat(9), Format::JsonLines, 3);
        assert_eq!((entries.len(), rejects.len()), (0, 4));
    }
}
