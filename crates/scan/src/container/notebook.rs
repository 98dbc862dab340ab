//! Jupyter notebooks (nbformat 3 and 4): the cells in order, each with what it printed, as one text in the
//! percent format of Jupytext. Pictures in them are passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Kind;
use super::held::{Format, Held};
use super::made::tell;
use crate::walk::Walk;

/// Recognises an object with cells, or with the version of the notebook format.
pub(super) const KIND: Kind = Kind {
    recognises: |head, name| {
        let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
        let is_notebook = || (has(b"\"cells\"") && has(b"\"cell_type\"")) || has(b"\"nbformat\"");
        head.trim_ascii_start().starts_with(b"{")
            && (is_notebook() || (name.ends_with(".ipynb") && has(b"\"cells\"")))
    },
    open: || Held::open(&Format { name: "notebook", read }),
};

#[derive(Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
    /// Where nbformat 3 has its cells.
    #[serde(default)]
    worksheets: Vec<Worksheet>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Worksheet {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default)]
    cell_type: String,
    #[serde(default, alias = "input")]
    source: Lines,
    #[serde(default)]
    outputs: Vec<Output>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    text: Lines,
    #[serde(default)]
    traceback: Lines,
    /// What was shown, by media type.
    #[serde(default)]
    data: BTreeMap<String, Value>,
}

/// Text, in one piece or by lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    Whole(String),
    Split(Vec<String>),
    Other(serde::de::IgnoredAny),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Split(Vec::new())
    }
}

impl Lines {
    fn push_to(&self, text: &mut String) {
        match self {
            Self::Whole(one) => text.push_str(one),
            Self::Split(lines) => lines.iter().for_each(|line| text.push_str(line)),
            Self::Other(_) => {}
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
}

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let notebook: Notebook = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let sheets = notebook.worksheets.iter().flat_map(|sheet| &sheet.cells);
    let mut text = String::new();
    for (index, cell) in notebook.cells.iter().chain(sheets).enumerate() {
        text.push_str(&format!("# %% cell {} {}\n", index + 1, cell.cell_type));
        cell.source.push_to(&mut text);
        for output in &cell.outputs {
            output.text.push_to(&mut text);
            output.traceback.push_to(&mut text);
            for (kind, shown) in &output.data {
                if !kind.starts_with("image/") || kind == "image/svg+xml" {
                    push_value(shown, &mut text);
                }
            }
        }
        push_metadata(&cell.metadata, &mut text);
    }
    push_metadata(&notebook.metadata, &mut text);
    tell("cells", &text, walk);
    Ok(())
}

/// What was shown: text in one piece or by lines, or data.
fn push_value(shown: &Value, text: &mut String) {
    match shown {
        Value::String(one) => text.push_str(one),
        Value::Array(lines) if lines.iter().all(Value::is_string) => {
            lines.iter().filter_map(Value::as_str).for_each(|line| text.push_str(line));
        }
        other => text.push_str(&other.to_string()),
    }
    text.push('\n');
}

fn push_metadata(metadata: &Value, text: &mut String) {
    if metadata.as_object().is_some_and(|fields| !fields.is_empty()) {
        push_value(metadata, text);
    }
}
