//! How the bodies of mail are written as text (RFC 2045 §6), undone as they come.

use crate::decode::{base64_digit, hex_byte};

/// One way of writing.
pub(in crate::container) enum Transfer {
    /// As it stands: 7bit, 8bit, binary.
    Plain,
    /// base64, with the bits that make no byte yet and their number.
    Base64 { bits: u32, count: u32 },
    /// Quoted-printable.
    Quoted,
}

impl Transfer {
    /// The way that a `Content-Transfer-Encoding` names.
    pub(super) fn of(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" => Self::Base64 { bits: 0, count: 0 },
            "quoted-printable" => Self::Quoted,
            _ => Self::Plain,
        }
    }

    /// Appends what a line with its break, or a piece of one, stands for.
    pub(in crate::container) fn undo(&mut self, line: &[u8], output: &mut Vec<u8>) {
        match self {
            Self::Plain => output.extend_from_slice(line),
            Self::Base64 { bits, count } => {
                for digit in line.iter().filter_map(|byte| base64_digit(*byte)) {
                    *bits = *bits << 6 | digit;
                    *count += 6;
                    if *count >= 8 {
                        *count -= 8;
                        output.push((*bits >> *count & 0xFF) as u8);
                    }
                }
                // Padding ends a run of base64; some mailers begin another behind it.
                if line.contains(&b'=') {
                    (*bits, *count) = (0, 0);
                }
            }
            Self::Quoted => quoted(line, output),
        }
    }
}

/// RFC 2045 §6.7: `=41` is a byte, `=` at the end of a line joins it with the next, blanks before a line
/// break say nothing.
fn quoted(line: &[u8], output: &mut Vec<u8>) {
    let text = line.trim_ascii_end();
    let broken = line.ends_with(b"\n");
    let text = if broken { text } else { line };
    let mut at = 0;
    while at < text.len() {
        let next = memchr::memchr(b'=', &text[at..]).map_or(text.len(), |next| at + next);
        output.extend_from_slice(&text[at..next]);
        if next == text.len() {
            break;
        }
        at = next + 1;
        match text[at..] {
            [] => return,
            [high, low, ..] if hex_byte(high, low).is_some() => {
                output.extend(hex_byte(high, low));
                at += 2;
            }
            _ => output.push(b'='),
        }
    }
    if broken {
        output.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(mut transfer: Transfer, lines: &[&str]) -> String {
        let mut output = Vec::new();
        lines.iter().for_each(|line| transfer.undo(line.as_bytes(), &mut output));
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn soft_breaks_join_lines_and_base64_goes_over_them() {
        let lines = ["key=3DLTAI=\r\n", "5t1  \r\n", "a=zz\n"];
        assert_eq!(undone(Transfer::Quoted, &lines), "key=LTAI5t1\na=zz\n");
        let lines = ["YWJ\r\n", "jZA==\r\n", "ZWY=\r\n"];
        assert_eq!(undone(Transfer::of("Base64"), &lines), "abcdef");
    }
}
