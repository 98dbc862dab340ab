//! Documents and slides: their words in the order that a person reads them, a table's row in one line.

use super::xml::{Piece, Pieces, attribute};

/// Blanks that one element may stand for.
const BLANKS_MAX: usize = 256;

/// The text of a part. `anywhere`: all text inside paragraphs counts (OpenDocument), not only that of the
/// elements for it (Office Open XML).
pub(super) fn words(xml: &str, anywhere: bool) -> String {
    let mut words = Words { text: String::new(), cells: 0, paragraphs: 0, runs: 0, anywhere };
    for piece in Pieces::new(xml) {
        match piece {
            Piece::Open { name, attributes, is_empty } => {
                words.open(name, attributes, is_empty);
                if is_empty {
                    words.close(name);
                }
            }
            Piece::Close { name } => words.close(name),
            Piece::Text(text) => {
                let counts = if anywhere { words.paragraphs > 0 } else { words.runs > 0 };
                if counts {
                    words.text.push_str(&text);
                }
            }
        }
    }
    words.text
}

struct Words {
    text: String,
    /// Cells of tables that are open.
    cells: u32,
    paragraphs: u32,
    /// Elements for text that are open.
    runs: u32,
    anywhere: bool,
}

impl Words {
    fn open(&mut self, name: &str, attributes: &str, is_empty: bool) {
        match name {
            "p" | "h" => self.paragraphs += 1,
            "t" | "delText" | "instrText" | "text" if !self.anywhere => self.runs += 1,
            "tc" | "table-cell" => self.cells += 1,
            "tab" if is_empty => self.text.push('\t'),
            "br" | "cr" | "line-break" => self.text.push(if self.cells > 0 { ' ' } else { '\n' }),
            "s" if self.anywhere => {
                let count = attribute(attributes, "c").and_then(|count| count.parse().ok());
                self.text.extend(std::iter::repeat_n(' ', count.unwrap_or(1).min(BLANKS_MAX)));
            }
            // Where a link leads is part of what is written, and may hold a key.
            "a" if self.anywhere => {
                if let Some(address) = attribute(attributes, "href") {
                    self.text.push_str(&address);
                    self.text.push(' ');
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "p" | "h" => {
                self.paragraphs = self.paragraphs.saturating_sub(1);
                self.text.push(if self.cells > 0 { ' ' } else { '\n' });
            }
            "t" | "delText" | "instrText" | "text" => self.runs = self.runs.saturating_sub(1),
            "tc" | "table-cell" => {
                self.cells = self.cells.saturating_sub(1);
                while self.text.ends_with(' ') {
                    self.text.pop();
                }
                self.text.push('\t');
            }
            "tr" | "table-row" if self.cells == 0 => self.text.push('\n'),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_make_one_word_and_cells_one_line() {
        let xml = "<w:p><w:r><w:t>LT</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>AI</w:t></w:r></w:p>\
                   <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>\
                   <w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
        assert_eq!(words(xml, false), "LTAI\na\tb\t\n");
        let xml = "<text:p>a<text:s text:c=\"2\"/>b<text:span>c</text:span></text:p> x";
        assert_eq!(words(xml, true), "a  bc\n");
    }
}
