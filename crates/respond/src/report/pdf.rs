//! A report as PDF (ISO 32000-1, the base subset of version 1.5): text and lines in the faces that every reader has,
//! and Chinese in the collection that readers have fonts for. Written here, because nothing else is needed: no image,
//! no font, no compression.

mod collection;
mod face;
mod file;
mod sheet;
mod table;

use face::{Face, spelled};
use sheet::{BLACK, GREY, HEIGHT, Hand, MARGIN, Sheets, WIDTH};

use super::{Document, Part};

const TITLE: Hand = Hand { face: Face::Bold, size: 16.0, shade: BLACK };
const HEADING: Hand = Hand { face: Face::Bold, size: 11.5, shade: BLACK };
const TEXT: Hand = Hand { face: Face::Plain, size: 9.0, shade: BLACK };
const LABEL: Hand = Hand { face: Face::Plain, size: 9.0, shade: GREY };

/// How far apart lines stand, in their size.
const LEADING: f32 = 1.3;

/// Where the value of a fact begins, and the text behind a bullet.
const VALUE_X: f32 = 140.0;
const BULLET_X: f32 = 10.0;

pub(super) fn render(document: &Document) -> Vec<u8> {
    let mut sheets = Sheets::new();
    let title = spelled(&document.title);
    paragraph(&mut sheets, TITLE, 0.0, &title);
    for part in &document.parts {
        sheets.y -= 8.0;
        match part {
            Part::Heading(heading) => {
                // A heading stands on the page of what it is about.
                let height = HEADING.size * LEADING + 60.0;
                if !sheets.has_room(height) {
                    sheets.turn();
                }
                paragraph(&mut sheets, HEADING, 0.0, heading);
                sheets.y -= 2.0;
                sheets.rule();
            }
            Part::Facts(facts) => {
                for (name, value) in facts {
                    fact(&mut sheets, &spelled(name), &spelled(value));
                }
            }
            Part::Lines(lines) => {
                for line in lines {
                    let y = sheets.y;
                    paragraph(&mut sheets, TEXT, BULLET_X, &spelled(line));
                    if sheets.y < y {
                        sheets.write(TEXT, (MARGIN, y - TEXT.size), "•");
                    }
                }
            }
            Part::Table { head, rows, more } => {
                table::draw(&mut sheets, head, rows);
                if *more > 0 {
                    paragraph(&mut sheets, LABEL, 0.0, &format!("… and {more} more"));
                }
            }
        }
    }
    let (pages, wide) = sheets.pages(&title);
    file::of_pages((WIDTH, HEIGHT), &pages, &wide)
}

/// A text from so far to the right on, in as many lines as it needs.
fn paragraph(sheets: &mut Sheets, hand: Hand, indent: f32, text: &str) {
    for line in hand.face.broken(hand.size, text, WIDTH - 2.0 * MARGIN - indent) {
        step(sheets, hand);
        let y = sheets.y + hand.size * (LEADING - 1.0);
        sheets.write(hand, (MARGIN + indent, y), &line);
    }
}

/// Goes down a line, to the next page where this one is full.
fn step(sheets: &mut Sheets, hand: Hand) {
    let height = hand.size * LEADING;
    if !sheets.has_room(height) {
        sheets.turn();
    }
    sheets.y -= height;
}

/// A name and its value beside it.
fn fact(sheets: &mut Sheets, name: &str, value: &str) {
    let width = WIDTH - 2.0 * MARGIN - VALUE_X;
    for (place, line) in TEXT.face.broken(TEXT.size, value, width).iter().enumerate() {
        step(sheets, TEXT);
        let y = sheets.y + TEXT.size * (LEADING - 1.0);
        if place == 0 {
            sheets.write(LABEL, (MARGIN, y), name);
        }
        sheets.write(TEXT, (MARGIN + VALUE_X, y), line);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader finds: each byte as a character, those of other sets left out.
    fn read(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
    }

    #[test]
    fn a_table_goes_on_with_its_head_and_a_row_longer_than_a_page_loses_nothing() {
        let words: Vec<String> = (0..2000).map(|n| format!("word{n}")).collect();
        let mut rows: Vec<Vec<String>> =
            (0..80).map(|n| vec![format!("row{n}"), "short".to_owned()]).collect();
        rows.push(vec!["long".to_owned(), words.join(" ")]);
        let table = Part::Table { head: &["Name", "Words"], rows, more: 7 };
        let text = read(&render(&Document { title: "t".to_owned(), parts: vec![table] }));
        let pages = text.matches("/Type /Page ").count();
        assert!(pages > 3, "{pages}");
        assert_eq!(text.matches("(Words)").count(), pages, "each page has the head");
        for name in (0..80).map(|n| format!("(row{n})")).chain(["and 7 more".to_owned()]) {
            assert!(text.contains(&name), "{name}");
        }
        for word in words {
            let all = [
                format!("({word} "),
                format!("({word})"),
                format!(" {word} "),
                format!(" {word})"),
            ];
            assert!(all.iter().any(|one| text.contains(one)), "{word}");
        }
    }

    proptest! {
        #[test]
        fn every_object_begins_where_the_list_says(count in 0_usize..300) {
            let lines = (0..count).map(|n| format!("line {n} ()\\")).collect();
            let document = Document { title: "t".to_owned(), parts: vec![Part::Lines(lines)] };
            let text = read(&render(&document));
            let list = text.rfind("startxref\n").unwrap();
            let start: usize = text[list + 10..].lines().next().unwrap().parse().unwrap();
            prop_assert!(text[start..].starts_with("xref\n"));
            for (number, entry) in text[start..].lines().skip(3).take_while(|l| l.ends_with("n ")).enumerate() {
                let place: usize = entry[..10].parse().unwrap();
                let head = format!("{} 0 obj", number + 1);
                prop_assert!(text[place..].starts_with(&head));
            }
        }
    }
}
