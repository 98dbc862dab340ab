//! A report as PDF (ISO 32000-1, the base subset of version 1.4): pages of text in the fonts that every
//! reader has. Those know Western characters alone; any other stands as `\u{…}`, so that nothing is lost.
//! Written here, because nothing but text is needed: no image, no font, no compression.

use super::{Document, Part};

/// A4 in points.
const WIDTH: usize = 595;
const HEIGHT: usize = 842;
const MARGIN: usize = 48;

/// Size of the text, and the distance of lines.
const SIZE: usize = 9;
const LEADING: usize = 12;

/// Characters of a line: Courier is 0.6 of its size wide.
const LINE_CHARS: usize = (WIDTH - 2 * MARGIN) * 10 / (6 * SIZE);

/// Lines of a page.
const PAGE_LINES: usize = (HEIGHT - 2 * MARGIN) / LEADING;

/// One line of text.
struct Line {
    is_bold: bool,
    text: String,
}

pub(super) fn render(document: &Document) -> Vec<u8> {
    let lines = lines(document);
    let pages: Vec<&[Line]> = lines.chunks(PAGE_LINES).collect();
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 5 + 2 * page)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len())
            .into_bytes(),
        font("Courier"),
        font("Courier-Bold"),
    ];
    for (number, page) in pages.iter().enumerate() {
        let content = 6 + 2 * number;
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {content} 0 R \
                 /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
            )
            .into_bytes(),
        );
        objects.push(stream(page));
    }
    file(&objects)
}

fn font(name: &str) -> Vec<u8> {
    format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
        .into_bytes()
}

/// The content of a page.
fn stream(page: &[Line]) -> Vec<u8> {
    let top = HEIGHT - MARGIN - SIZE;
    let mut content = format!("BT {LEADING} TL {MARGIN} {top} Td\n").into_bytes();
    for line in page {
        let face = if line.is_bold { "F2" } else { "F1" };
        content.extend(format!("/{face} {SIZE} Tf (").bytes());
        for byte in line.text.chars().filter_map(byte_of) {
            if matches!(byte, b'(' | b')' | b'\\') {
                content.push(b'\\');
            }
            content.push(byte);
        }
        content.extend(b") Tj T*\n");
    }
    content.extend(b"ET");
    let mut object = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    object.extend(content);
    object.extend(b"\nendstream");
    object
}

/// The file: objects, where each begins, and where that list begins.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", number + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let list = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        bytes.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    bytes.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{list}\n%%EOF\n").bytes(),
    );
    bytes
}

/// The document in lines that fit.
fn lines(document: &Document) -> Vec<Line> {
    let mut lines = Vec::new();
    put(&mut lines, true, &document.title, 0);
    for part in &document.parts {
        put(&mut lines, false, "", 0);
        match part {
            Part::Heading(heading) => put(&mut lines, true, heading, 0),
            Part::Facts(facts) => {
                for (name, value) in facts {
                    put(&mut lines, false, &format!("{name}: {value}"), 4);
                }
            }
            Part::Lines(all) => {
                for line in all {
                    put(&mut lines, false, &format!("- {line}"), 2);
                }
            }
            Part::Table { head, rows, more } => {
                for row in rows {
                    let cells: Vec<String> = head
                        .iter()
                        .zip(row)
                        .filter(|(_, cell)| !cell.is_empty())
                        .map(|(name, cell)| format!("{name}: {cell}"))
                        .collect();
                    put(&mut lines, false, &format!("- {}", cells.join("; ")), 2);
                }
                if *more > 0 {
                    put(&mut lines, false, &format!("… and {more} more"), 0);
                }
            }
        }
    }
    lines
}

/// Puts a text, in as many lines as it needs; those after the first are indented.
fn put(lines: &mut Vec<Line>, is_bold: bool, text: &str, indent: usize) {
    let shown = spelled(text);
    let signs: Vec<char> = shown.chars().collect();
    let mut rest = signs.as_slice();
    let mut room = LINE_CHARS;
    let mut lead = String::new();
    loop {
        let fits = rest.len().min(room);
        // A line ends at a space, where there is one in its second half.
        let space = rest[..fits].iter().rposition(|sign| *sign == ' ').filter(|at| *at > fits / 2);
        let cut = if fits == rest.len() { fits } else { space.map_or(fits, |at| at + 1) };
        let text: String = rest[..cut].iter().collect();
        lines.push(Line { is_bold, text: format!("{lead}{}", text.trim_end_matches(' ')) });
        rest = &rest[cut..];
        if rest.is_empty() {
            return;
        }
        lead = " ".repeat(indent);
        room = LINE_CHARS - indent;
    }
}

/// A text in characters that the fonts know.
fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '→' => out.push_str("->"),
            '›' => out.push('>'),
            _ if byte_of(sign).is_some() => out.push(sign),
            other => out.extend(other.escape_unicode()),
        }
    }
    out
}

/// The byte of a character in WinAnsiEncoding, as far as it is that of Latin-1.
fn byte_of(sign: char) -> Option<u8> {
    match sign {
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(sign)).ok(),
        '…' => Some(0x85),
        '–' => Some(0x96),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_fonts_lack_is_spelled() {
        assert_eq!(spelled("é → 密"), "é -> \\u{5bc6}");
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_character_is_lost(text in "\\PC{0,400}", indent in 0_usize..5) {
            let mut lines = Vec::new();
            put(&mut lines, false, &text, indent);
            prop_assert!(lines.iter().all(|line| line.text.chars().count() <= LINE_CHARS));
            let plain = |text: &str| text.chars().filter(|sign| *sign != ' ').collect::<String>();
            let put: String = lines.iter().map(|line| line.text.as_str()).collect();
            prop_assert_eq!(plain(&put), plain(&spelled(&text)));
        }

        #[test]
        fn every_object_begins_where_the_list_says(count in 0_usize..300) {
            let lines = (0..count).map(|n| format!("line {n} ()\\")).collect();
            let document = Document { title: "t".to_owned(), parts: vec![Part::Lines(lines)] };
            let bytes = render(&document);
            let plain = |byte: &u8| if byte.is_ascii() { char::from(*byte) } else { '?' };
            let text: String = bytes.iter().map(plain).collect();
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
