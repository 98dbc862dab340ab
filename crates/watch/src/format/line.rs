//! Cuts a text log into lines. Shared by the formats that are one record a line.

use claviger_model::AccessEvent;

use super::Parsed;

/// Longest line that is read, in bytes: the longest real ones (an 8 KiB address, as long a referer
/// and agent) stay far below it.
const LINE_MAX: usize = 256 * 1024;

/// How many lines decide what format a log has.
const LINES_TASTED: usize = 20;

/// Where a record stands in the unpacked log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Line number, from 1.
    pub(super) line: u64,
    /// First byte.
    pub(super) start: u64,
    /// The byte after the last one.
    pub(super) end: u64,
}

/// A line that is not empty, without its line end.
pub(super) struct Line<'a> {
    pub(super) span: Span,
    pub(super) text: &'a [u8],
}

/// The lines that are not empty.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let numbered = bytes.split(|byte| *byte == b'\n').zip(1_u64..);
    numbered.filter_map(move |(text, line)| {
        let first = start;
        start += text.len() + 1;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let span = Span { line, start: first as u64, end: (first + text.len()) as u64 };
        (!text.trim_ascii().is_empty()).then_some(Line { span, text })
    })
}

/// Reads each line by `read`. Bytes that are not UTF-8 are replaced, so that a client's odd agent
/// does not cost the event.
pub(super) fn parse_lines(bytes: &[u8], read: fn(&str) -> Result<AccessEvent, String>) -> Parsed {
    let mut parsed = Parsed::default();
    for Line { span, text } in lines(bytes) {
        let outcome = if text.len() > LINE_MAX {
            Err(format!("the line is longer than {LINE_MAX} bytes"))
        } else {
            read(&String::from_utf8_lossy(text))
        };
        parsed.take(span, outcome);
    }
    parsed
}

/// The share of the first lines that look right, as 0 to 100.
pub(super) fn likelihood(bytes: &[u8], looks_right: fn(&str) -> bool) -> u8 {
    let mut tasted = 0_usize;
    let mut right = 0_usize;
    for Line { text, .. } in lines(bytes).take(LINES_TASTED) {
        tasted += 1;
        let looks = text.len() <= LINE_MAX && looks_right(&String::from_utf8_lossy(text));
        right += usize::from(looks);
    }
    share(right, tasted)
}

/// `part` of `whole` in percent, at least 1 where there is any.
pub(super) fn share(part: usize, whole: usize) -> u8 {
    if part == 0 || whole == 0 {
        return 0;
    }
    u8::try_from((100 * part / whole).clamp(1, 100)).unwrap_or(100)
}
