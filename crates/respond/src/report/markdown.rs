//! A report as Markdown: nothing that comes from outside is markup.

use super::{Document, Part};

/// Characters that mean something in CommonMark or its tables.
const SIGNS: &str = "\\`*_{}[]()<>#+-.!|~&:";

pub(super) fn render(document: &Document) -> String {
    let mut text = format!("# {}\n", escaped(&document.title));
    for part in &document.parts {
        text.push('\n');
        match part {
            Part::Heading(heading) => text.push_str(&format!("## {heading}\n")),
            Part::Facts(facts) => {
                for (name, value) in facts {
                    text.push_str(&format!("- **{}**: {}\n", escaped(name), escaped(value)));
                }
            }
            Part::Lines(lines) => {
                for line in lines {
                    text.push_str(&format!("- {}\n", escaped(line)));
                }
            }
            Part::Table { head, rows, more } => {
                text.push_str(&format!("| {} |\n", head.join(" | ")));
                text.push_str(&format!("|{}\n", " --- |".repeat(head.len())));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
                    text.push_str(&format!("| {} |\n", cells.join(" | ")));
                }
                if *more > 0 {
                    text.push_str(&format!("\n… and {more} more\n"));
                }
            }
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for sign in text.chars() {
        if SIGNS.contains(sign) {
            out.push('\\');
        }
        out.push(if sign.is_control() { ' ' } else { sign });
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_from_outside_is_no_markup() {
        let name = super::escaped("[x](http://e|il)<img>\n# y");
        assert_eq!(name, "\\[x\\]\\(http\\://e\\|il\\)\\<img\\> \\# y");
    }
}
