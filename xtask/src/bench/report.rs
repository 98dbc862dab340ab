//! How figures are told: tables for people, one JSON line a row for programs, on standard output.

use std::io::Write;

use serde_json::{Map, Value};

/// How figures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    Text,
    /// One JSON object a row
    Jsonl,
}

/// What a row is beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Claviger itself.
    Ours,
    /// Another program that does something like it.
    Peer,
    /// What cannot be gone below on this machine, or in this cloud.
    Limit,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Peer => "peer",
            Self::Limit => "limit",
        }
    }
}

/// A column of figures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name in data, the unit last: `wall_s_median`.
    pub(crate) key: &'static str,
    /// Its head in the table.
    pub(crate) head: &'static str,
    /// Digits after the point in the table.
    pub(crate) digits: usize,
}

/// A line of figures.
#[derive(Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// What it is beside the others.
    pub(crate) role: Role,
    /// A figure a column; `None` where it could not be measured.
    pub(crate) figures: Vec<Option<f64>>,
}

/// Figures that belong together.
#[derive(Debug)]
pub(crate) struct Section {
    /// `scan`, `logs`, `latency`, `respond`, `build`.
    pub(crate) bench: &'static str,
    /// What is compared.
    pub(crate) title: String,
    /// The columns.
    pub(crate) columns: Vec<Column>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// What a reader must know to read the figures rightly.
    pub(crate) notes: Vec<String>,
}

impl Section {
    /// Prints it.
    pub(crate) fn print(&self, format: Format) -> std::io::Result<()> {
        let text = match format {
            Format::Text => self.table(),
            Format::Jsonl => self.lines(),
        };
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// The table: names to the left, figures to the right under their heads.
    fn table(&self) -> String {
        let head = ["", ""].into_iter().chain(self.columns.iter().map(|column| column.head));
        let mut lines = vec![head.map(str::to_owned).collect::<Vec<_>>()];
        for row in &self.rows {
            let figures = self.columns.iter().zip(&row.figures).map(|(column, figure)| {
                figure.map_or("–".to_owned(), |figure| grouped(figure, column.digits))
            });
            let names = [row.role.word().to_owned(), row.name.clone()];
            lines.push(names.into_iter().chain(figures).collect());
        }
        let width = |place: usize| {
            lines.iter().filter_map(|cells| cells.get(place)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..2 + self.columns.len()).filter_map(width).collect();
        let mut text = format!("\n{}: {}\n", self.bench, self.title);
        for cells in &lines {
            let padded = cells.iter().zip(&widths).enumerate().map(|(place, (cell, width))| {
                let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
                if place < 2 { format!("{cell}{gap}") } else { format!("{gap}{cell}") }
            });
            let line = padded.collect::<Vec<_>>().join("  ");
            text.push_str(&format!("  {}\n", line.trim_end()));
        }
        self.notes.iter().for_each(|note| text.push_str(&format!("  · {note}\n")));
        text
    }

    /// The same as data.
    fn lines(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let mut fields = Map::new();
            let words = [
                ("bench", self.bench),
                ("section", self.title.as_str()),
                ("role", row.role.word()),
                ("name", row.name.as_str()),
            ];
            for (key, word) in words {
                fields.insert(key.to_owned(), word.into());
            }
            for (column, figure) in self.columns.iter().zip(&row.figures) {
                fields.insert(column.key.to_owned(), figure.map_or(Value::Null, Value::from));
            }
            text.push_str(&format!("{}\n", Value::Object(fields)));
        }
        for note in &self.notes {
            let words = serde_json::json!({ "bench": self.bench, "section": self.title,
                "role": "note", "note": note });
            text.push_str(&format!("{words}\n"));
        }
        text
    }
}

/// A number with its thousands apart: `1 234 567.8`.
fn grouped(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut shown = if number < 0.0 { "-".to_owned() } else { String::new() };
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        let column = |key, head, digits| Column { key, head, digits };
        let row = |name: &str, role, figures: [Option<f64>; 2]| Row {
            name: name.to_owned(),
            role,
            figures: figures.to_vec(),
        };
        Section {
            bench: "scan",
            title: "64 MB".to_owned(),
            columns: vec![column("mb_s", "MB/s", 0), column("wall_s_median", "wall s", 2)],
            rows: vec![
                row("claviger", Role::Ours, [Some(1234.4), Some(0.5)]),
                row("a peer that is not here", Role::Peer, [None, None]),
            ],
            notes: vec!["the files lie in memory".to_owned()],
        }
    }

    #[test]
    fn a_table_has_its_figures_under_their_heads() {
        let expected = "
scan: 64 MB
                                  MB/s  wall s
  ours  claviger                 1 234    0.50
  peer  a peer that is not here      –       –
  · the files lie in memory
";
        assert_eq!(section().table(), expected);
    }

    #[test]
    fn as_data_every_row_is_one_object_and_what_is_not_known_is_null() {
        let text = section().lines();
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["role"], "ours");
        assert_eq!(lines[0]["wall_s_median"], 0.5);
        assert!(lines[1]["mb_s"].is_null());
        assert_eq!(lines[2]["note"], "the files lie in memory");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1_234_567.89, 1), "1 234 567.9");
        assert_eq!(grouped(999.0, 0), "999");
        assert_eq!(grouped(-1000.0, 0), "-1 000");
        assert_eq!(grouped(0.25, 2), "0.25");
    }
}
