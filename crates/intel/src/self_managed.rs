//! Entries that a person makes: CSV with a header, or JSON lines, with the same names.

use claviger_model::AccessKeyId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::Entry;

/// Most entries of one upload: what the original product takes.
const ENTRIES_MAX: usize = 1_000_000;

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

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    access_key_id: String,
    link: Option<String>,
    user: Option<String>,
    note: Option<String>,
    seen_at: Option<String>,
}

impl Written {
    fn entry(self) -> Result<Entry, String> {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let access_key_id =
            AccessKeyId::parse(self.access_key_id.trim()).map_err(|error| error.to_string())?;
        let seen_at = filled(self.seen_at)
            .map(|text| {
                text.trim().parse::<Timestamp>().map_err(|error| {
                    format!("`seen_at`: {error}; write it as `2026-01-02T03:04:05Z`")
                })
            })
            .transpose()?;
        Ok(Entry {
            access_key_id,
            link: filled(self.link),
            user: filled(self.user),
            note: filled(self.note),
            seen_at,
        })
    }
}

/// Reads an upload. Entries and rejects together are all its lines.
#[must_use]
pub fn parse(text: &str, format: Format) -> (Vec<Entry>, Vec<Reject>) {
    let written: Box<dyn Iterator<Item = (u64, Result<Written, String>)> + '_> = match format {
        Format::Csv => Box::new(csv_lines(text)),
        Format::JsonLines => Box::new(json_lines(text)),
    };
    let mut entries = Vec::new();
    let mut rejects = Vec::new();
    for (line, written) in written {
        if entries.len() == ENTRIES_MAX {
            let why = format!("more than {ENTRIES_MAX} entries: send the rest as another upload");
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

fn json_lines(text: &str) -> impl Iterator<Item = (u64, Result<Written, String>)> + '_ {
    text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(|(line, number)| {
        (number, serde_json::from_str(line).map_err(|error| error.to_string()))
    })
}

fn csv_lines(text: &str) -> impl Iterator<Item = (u64, Result<Written, String>)> + '_ {
    let reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    reader.into_deserialize().zip(2..).map(|(row, number): (Result<Written, csv::Error>, u64)| {
        let line = match &row {
            Err(error) => error.position().map_or(number, csv::Position::line),
            Ok(_) => number,
        };
        (line, row.map_err(|error| error.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let csv = "access_key_id,link,user,note,seen_at\n\
                   LTAI5tMadeUpKeyId0000001,https://git.example/a,mei,,2026-01-02T03:04:05Z\n";
        let json = r#"{"access_key_id":"LTAI5tMadeUpKeyId0000001","link":"https://git.example/a",
            "user":"mei","seen_at":"2026-01-02T03:04:05Z"}"#
            .replace('\n', " ");
        let (from_csv, rejects) = parse(csv, Format::Csv);
        assert_eq!(rejects, []);
        assert_eq!(from_csv, parse(&json, Format::JsonLines).0);
        assert_eq!(from_csv[0].user.as_deref(), Some("mei"));
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_kept() {
        let json = "{\"access_key_id\":\"LTAI5tMadeUpKeyId0000001\"}\nnonsense\n\
                    {\"access_key_id\":\"has space\"}\n{\"access_key_id\":\"AKIAMADEUP\"}\n";
        let (entries, rejects) = parse(json, Format::JsonLines);
        assert_eq!(entries.len(), 2);
        assert_eq!(rejects.iter().map(|reject| reject.line).collect::<Vec<_>>(), [2, 3]);
    }
}
