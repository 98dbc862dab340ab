//! Values as people read them in one line.

use std::fmt::Write as _;

use claviger_model::{Evidence, Language};
use jiff::Timestamp;

use crate::catalogue::Catalogue;

/// Text from outside (object names, accounts, agents) on one line: whatever could break the line, hide
/// a part of it or turn its direction is shown as its escape; everything else stays as it is.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character.is_control() || breaks_or_turns(character) => {
                // Writing to a string cannot fail.
                write!(out, "\\u{{{:x}}}", u32::from(character)).ok();
            }
            _ => out.push(character),
        }
    }
    out
}

/// Line and paragraph separators, marks that turn the direction of text, zero-width characters.
fn breaks_or_turns(character: char) -> bool {
    matches!(
        character,
        '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{061c}' | '\u{feff}'
    )
}

/// [`plain`], with the middle left out beyond `max` characters: a name's end tells most.
pub(crate) fn short(text: &str, max: usize) -> String {
    let text = plain(text);
    let length = text.chars().count();
    if length <= max {
        return text;
    }
    let head = max / 2;
    let tail = max - head - 1;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn time(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// Bytes in binary units: `512 B`, `3.1 KiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would be shown as 1024.0.
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// How long ago, in its largest unit; the future (a clock that is ahead) is now.
pub(crate) fn ago(words: &Catalogue, at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0).unsigned_abs();
    let (unit, count) = match seconds {
        0..60 => ("seconds", seconds),
        60..3_600 => ("minutes", seconds / 60),
        3_600..86_400 => ("hours", seconds / 3_600),
        _ => ("days", seconds / 86_400),
    };
    words.count(&format!("ago.{unit}"), count)
}

/// A span of time in its largest unit that measures it well.
pub(crate) fn span(words: &Catalogue, seconds: u64) -> String {
    let (unit, count) = match seconds {
        0..120 => ("seconds", seconds),
        120..7_200 => ("minutes", seconds / 60),
        7_200..172_800 => ("hours", seconds / 3_600),
        _ => ("days", seconds / 86_400),
    };
    words.count(&format!("ago.{unit}"), count)
}

/// Where a piece of evidence stands: address, names inside containers, line.
pub(crate) fn place(words: &Catalogue, evidence: &Evidence, max: usize) -> String {
    let mut uri = evidence.location.uri.clone();
    for name in &evidence.location.path {
        uri.push_str(" › ");
        uri.push_str(name);
    }
    let line = evidence.location.line.to_string();
    words.say("place", &[("uri", &short(&uri, max)), ("line", &line)])
}

/// Names one after the other, as the language does it.
pub(crate) fn list(language: Language, names: &[String]) -> String {
    match language {
        Language::English => names.join(", "),
        Language::Chinese => names.join("、"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_a_line_is_escaped_and_the_rest_stays() {
        let cases = [
            ("a/b c.csv", "a/b c.csv"),
            ("用户 <b>\"'&\\.csv", "用户 <b>\"'&\\.csv"),
            ("a\r\nBcc: x", "a\\r\\nBcc: x"),
            ("\u{0}\u{1b}[31m\u{7f}\u{85}", "\\u{0}\\u{1b}[31m\\u{7f}\\u{85}"),
            ("a\u{202e}txt.exe\u{2028}", "a\\u{202e}txt.exe\\u{2028}"),
        ];
        for (input, expected) in cases {
            assert_eq!(plain(input), expected);
        }
    }

    #[test]
    fn a_long_name_keeps_its_ends() {
        assert_eq!(short("abcdefghij", 10), "abcdefghij");
        assert_eq!(short("abcdefghijk", 10), "abcde…hijk");
    }

    #[test]
    fn bytes_are_in_binary_units() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (3_174, "3.1 KiB"),
            (1_048_575, "1.0 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (count, expected) in cases {
            assert_eq!(bytes(count), expected);
        }
    }
}
