//! How an answer looks in a terminal: tables, facts, sentences. Control characters of names that came
//! from outside are shown escaped, so that no object's name can steer a terminal.

use std::io::Write;

use serde_json::Value;

/// Widest cell; a longer one is cut, `--json` has it whole.
const CELL_CHARS_MAX: usize = 60;

/// How an answer is shown.
pub(super) enum Shown {
    /// Rows: each column's title and the path of its value, such as `health/state`.
    Table(&'static [(&'static str, &'static str)]),
    /// Rows under a name of the answer, and lines below the table.
    TableOf {
        /// The name of the rows.
        name: &'static str,
        /// Each column's title and the path of its value.
        columns: &'static [(&'static str, &'static str)],
        /// What stands below; may be empty.
        below: String,
    },
    /// One thing as lines of name and value.
    Facts,
    /// A sentence.
    Sentence(String),
    /// Lines, as they are to be pasted.
    Text(String),
    /// Nothing: the answer was written already.
    Nothing,
}

impl Shown {
    /// Prints an answer on standard output.
    pub(super) fn print(&self, value: &Value) -> anyhow::Result<()> {
        let mut text = String::new();
        match self {
            Self::Table(columns) => table(&mut text, columns, value),
            Self::TableOf { name, columns, below } => {
                table(&mut text, columns, &value[name]);
                text.extend(below.lines().map(|line| format!("{}\n", plain(line))));
            }
            Self::Facts => facts(&mut text, "", value),
            Self::Sentence(sentence) => text = format!("{}\n", plain(sentence)),
            Self::Text(lines) => {
                text.extend(lines.lines().map(|line| format!("{}\n", plain(line))));
            }
            Self::Nothing => return Ok(()),
        }
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }
}

fn table(text: &mut String, columns: &[(&str, &str)], value: &Value) {
    let rows: Vec<Vec<String>> = value
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| columns.iter().map(|(_, path)| cell(at(row, path))).collect())
        .collect();
    let width = |index: usize, title: &str| {
        let widest = rows.iter().map(|row| row[index].chars().count()).max().unwrap_or(0);
        widest.max(title.chars().count())
    };
    let widths: Vec<usize> =
        columns.iter().enumerate().map(|(index, (title, _))| width(index, title)).collect();
    let titles: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    for row in std::iter::once(&titles).chain(&rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
}

/// Lines of name and value; what lies inside is told below its name.
fn facts(text: &mut String, indent: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_nested(value) {
                    text.push_str(&format!("{indent}{name}:\n"));
                    facts(text, &format!("{indent}  "), value);
                } else {
                    text.push_str(&format!("{indent}{name}: {}\n", word(value)));
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if is_nested(item) {
                    facts(text, indent, item);
                    text.push('\n');
                } else {
                    text.push_str(&format!("{indent}- {}\n", word(item)));
                }
            }
        }
        value => text.push_str(&format!("{indent}{}\n", word(value))),
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn at<'v>(row: &'v Value, path: &str) -> &'v Value {
    path.split('/').fold(row, |value, name| &value[name])
}

fn cell(value: &Value) -> String {
    let text = word(value);
    if text.chars().count() <= CELL_CHARS_MAX {
        return text;
    }
    let mut cut: String = text.chars().take(CELL_CHARS_MAX - 1).collect();
    cut.push('…');
    cut
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => plain(text),
        Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A text whose control characters are shown, not obeyed.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_stand_in_columns_and_no_name_steers_the_terminal() {
        let rows = json!([
            { "name": "a\u{1b}[2J\n", "health": { "state": "failing" } },
            { "name": "longer name", "health": { "state": null } },
        ]);
        let mut text = String::new();
        table(&mut text, &[("NAME", "name"), ("HEALTH", "health/state")], &rows);
        assert_eq!(
            text,
            "NAME          HEALTH\n\
             a\\u{1b}[2J\\n  failing\n\
             longer name   –\n"
        );
    }

    #[test]
    fn what_lies_inside_is_told_below_its_name() {
        let mut text = String::new();
        facts(&mut text, "", &json!({ "id": "x", "steps": [{ "call": "c" }], "breaks": ["b"] }));
        assert_eq!(text, "breaks:\n  - b\nid: x\nsteps:\n  call: c\n\n");
    }
}
