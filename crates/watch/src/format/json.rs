//! Cuts a JSON log into its records, however they are framed. Shared by all JSON formats.
//!
//! One record a line, several on one line, a list `[…]` with or without its end, an envelope such
//! as `{"Records":[…]}`, on one line or pretty-printed. A broken line costs itself alone: a record
//! may run over several lines only where the line it begins on can be continued. Each byte is
//! looked at a bounded number of times.

use claviger_model::{AccessEvent, EventId};
use serde_json::Value;

use super::Parsed;
use super::line::{Span, share};

/// Longest record that is read, in bytes: CloudTrail's own limit is 256 KiB a record.
const RECORD_MAX: usize = 4 * 1024 * 1024;

/// How many records decide what format a log has.
const RECORDS_TASTED: usize = 20;

/// One record as it stands in the log, or why there is none.
pub(super) struct Framed<'a> {
    pub(super) span: Span,
    pub(super) record: Result<&'a [u8], &'static str>,
}

/// The records of a log, one after the other.
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The name of the envelope's list, such as `Records`.
    envelope: &'static str,
    in_envelope: bool,
    /// No record that begins before this byte runs over several lines: one such tried and failed to
    /// end up to here. Keeps the work linear.
    one_line_until: usize,
    line: u64,
    line_counted_to: usize,
}

impl<'a> Frames<'a> {
    pub(super) fn new(bytes: &'a [u8], envelope: &'static str) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self {
            bytes,
            at,
            envelope,
            in_envelope: false,
            one_line_until: 0,
            line: 1,
            line_counted_to: at,
        }
    }

    /// Skips what stands between records.
    fn skip_separators(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' => self.at += 1,
                b']' => {
                    self.at += 1;
                    self.leave_envelope();
                }
                b'{' if !self.in_envelope => match self.envelope_opens() {
                    Some(first) => {
                        self.at = first;
                        self.in_envelope = true;
                    }
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// Where the list begins, if `{"<envelope>":[` stands here.
    fn envelope_opens(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at..)?.strip_prefix(b"{")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"")?.strip_prefix(self.envelope.as_bytes())?;
        let rest = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?;
        let rest = rest.trim_ascii_start().strip_prefix(b"[")?;
        Some(self.bytes.len() - rest.len())
    }

    /// Skips the rest of the envelope after its list.
    fn leave_envelope(&mut self) {
        if !self.in_envelope {
            return;
        }
        self.in_envelope = false;
        if let Ok(end) = closing(self.bytes, self.at, 1, false) {
            self.at = end;
        }
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    fn span(&mut self, start: usize, end: usize) -> Span {
        let passed = self.bytes.get(self.line_counted_to..start).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.line_counted_to = self.line_counted_to.max(start);
        Span { line: self.line, start: start as u64, end: end as u64 }
    }

    /// Rejects what is left of the line.
    fn broken(&mut self, start: usize, why: &'static str) -> Framed<'a> {
        let end = self.line_end(start);
        self.at = end;
        let trimmed = self.bytes.get(start..end).unwrap_or_default().trim_ascii_end().len();
        Framed { span: self.span(start, start + trimmed), record: Err(why) }
    }

    /// Whether a record from `start` to `end` is the only thing of its line, save for text that is
    /// no record: then the line is one broken line, not a record and a broken one.
    fn shares_line_with_rubbish(&self, start: usize, end: usize) -> bool {
        let separator = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\r' | b',' | b'[' | b']');
        let before = self.bytes.get(..start).unwrap_or_default();
        let left = before.iter().rev().find(|byte| !separator(byte));
        let right = self.bytes.get(end..).unwrap_or_default().iter().find(|byte| !separator(byte));
        !self.in_envelope
            && left.is_none_or(|byte| *byte == b'\n')
            && right.is_some_and(|byte| *byte != b'\n' && *byte != b'{')
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Framed<'a>;

    fn next(&mut self) -> Option<Framed<'a>> {
        self.skip_separators();
        let start = self.at;
        if *self.bytes.get(start)? != b'{' {
            return Some(self.broken(start, "the line is no JSON record"));
        }
        match closing(self.bytes, start, 0, start < self.one_line_until) {
            Ok(end) if self.shares_line_with_rubbish(start, end) => {
                Some(self.broken(start, "something stands after the JSON record"))
            }
            Ok(end) => {
                self.at = end;
                let record = self.bytes.get(start..end).ok_or("the JSON record does not end");
                Some(Framed { span: self.span(start, end), record })
            }
            Err(stopped) => {
                self.one_line_until = self.one_line_until.max(stopped);
                Some(self.broken(start, "the JSON record does not end"))
            }
        }
    }
}

/// The byte after the bracket that closes `depth` open ones and what opens from `start` on; or
/// where it became clear that none does.
fn closing(bytes: &[u8], start: usize, depth: u32, one_line: bool) -> Result<usize, usize> {
    let mut depth = depth;
    let mut in_string = false;
    let mut at = start;
    let limit = bytes.len().min(start.saturating_add(RECORD_MAX));
    while at < limit {
        match (in_string, bytes[at]) {
            // JSON strings hold no line end (RFC 8259, section 7): the line was cut off.
            (true, b'\n') => return Err(at),
            (true, b'\\') if bytes.get(at + 1) != Some(&b'\n') => at += 1,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            // A record at the left edge begins anew: the one before it was cut off.
            (false, b'\n') if one_line || bytes.get(at + 1) == Some(&b'{') => return Err(at),
            _ => {}
        }
        at += 1;
    }
    Err(limit)
}

/// Reads each record by `read`, in whatever frame it stands.
pub(super) fn parse_records(
    bytes: &[u8],
    envelope: &'static str,
    mut read: impl FnMut(&Value) -> Result<AccessEvent, String>,
) -> Parsed {
    let mut parsed = Parsed::default();
    for framed in Frames::new(bytes, envelope) {
        let record = framed.record.map_err(str::to_owned).and_then(value);
        match record {
            Ok(value) => match value.get(envelope).and_then(Value::as_array) {
                // The list is not the first key of its envelope: its records share the one place.
                Some(records) => {
                    for record in records {
                        parsed.take(framed.span, read(record));
                    }
                }
                None => parsed.take(framed.span, read(&value)),
            },
            Err(why) => parsed.take(framed.span, Err(why)),
        }
    }
    parsed
}

/// A JSON text as a value. What is wrong with it is said without quoting it.
pub(super) fn value(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|cause| {
        let kind = if cause.is_eof() { "it breaks off" } else { "it is malformed" };
        format!("the line is no JSON: {kind} at column {}", cause.column())
    })
}

/// The event id of a record that has none of its own: derived from all it says, whatever the order
/// of its keys.
pub(super) fn content_id(format: &str, record: &Value) -> EventId {
    EventId::derived(&[format, &record.to_string()])
}

/// The share of the first records that look right, as 0 to 100.
pub(super) fn likelihood(
    bytes: &[u8],
    envelope: &'static str,
    looks_right: fn(&Value) -> bool,
) -> u8 {
    let mut tasted = 0;
    let mut right = 0;
    for framed in Frames::new(bytes, envelope).take(RECORDS_TASTED) {
        tasted += 1;
        let value = framed.record.ok().and_then(|text| serde_json::from_slice::<Value>(text).ok());
        right += usize::from(value.is_some_and(|value| looks_right(&value)));
    }
    share(right, tasted)
}

/// The text at a path of keys; `""`, `-` and `null` mean "unknown".
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str().filter(|text| !text.is_empty() && *text != "-")
}

/// The whole number at a path of keys: an integer, a float (`289.0`) or either in quotes.
pub(super) fn number(value: &Value, path: &[&str]) -> Option<u64> {
    match at(value, path)? {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        _ => None,
    }
}

fn whole(number: f64) -> Option<u64> {
    // Beyond 2^53 a float names no single whole number.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: 0 to 2^53"
    )]
    (0.0..=EXACT_MAX).contains(&number).then_some(number as u64)
}

/// The value at a path of keys.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, expected: &[(u64, Result<&str, &str>)]) {
        let framed: Vec<(u64, Result<&str, &str>)> = Frames::new(bytes.as_bytes(), "Records")
            .map(|framed| {
                (framed.span.line, framed.record.map(|text| std::str::from_utf8(text).unwrap()))
            })
            .collect();
        assert_eq!(framed, expected, "{bytes}");
    }

    const CUT: Result<&str, &str> = Err("the JSON record does not end");
    const NONE: Result<&str, &str> = Err("the line is no JSON record");

    #[test]
    fn one_record_a_line() {
        check("{\"a\":1}\n\n{\"b\":\"}\"}\r\n", &[(1, Ok("{\"a\":1}")), (3, Ok("{\"b\":\"}\"}"))]);
    }

    #[test]
    fn several_records_share_a_line_or_a_list() {
        check("{}{}\n{}", &[(1, Ok("{}")), (1, Ok("{}")), (2, Ok("{}"))]);
        check("[{},\n{}]", &[(1, Ok("{}")), (2, Ok("{}"))]);
        check("[\n{},\n{},\n", &[(2, Ok("{}")), (3, Ok("{}"))]);
    }

    #[test]
    fn an_envelope_is_opened() {
        check("{\"Records\":[{\"a\":1},{}]}", &[(1, Ok("{\"a\":1}")), (1, Ok("{}"))]);
        check(
            "{ \"Records\" : [\n {\n  \"a\": 1\n }\n], \"x\": {}}\n{}",
            &[(2, Ok("{\n  \"a\": 1\n }")), (6, Ok("{}"))],
        );
        check("{\"Records\":[{\"a\":1},{\"b\":", &[(1, Ok("{\"a\":1}")), (1, CUT)]);
        check("{\"Records\":[]}", &[]);
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        check("{\"a\":\n{}\n", &[(1, CUT), (2, Ok("{}"))]);
        check("{\"a\":\"b\n{}\n", &[(1, CUT), (2, Ok("{}"))]);
        check("rubbish {}\n{}", &[(1, NONE), (2, Ok("{}"))]);
        check(
            "{} rubbish\n{}",
            &[(1, Err("something stands after the JSON record")), (2, Ok("{}"))],
        );
        check("{}}\n{}", &[(1, Err("something stands after the JSON record")), (2, Ok("{}"))]);
    }

    #[test]
    fn a_pretty_printed_record_is_one() {
        check(
            "{\n  \"a\": [\n    {}\n  ]\n}\n{}",
            &[(1, Ok("{\n  \"a\": [\n    {}\n  ]\n}")), (6, Ok("{}"))],
        );
    }

    #[test]
    fn numbers_come_as_integers_floats_and_text() {
        let value: Value =
            serde_json::from_str(r#"{"a":289,"b":289.0,"c":"289","d":-1,"e":null}"#).unwrap();
        let read = |key: &str| number(&value, &[key]);
        assert_eq!(["a", "b", "c"].map(read), [Some(289); 3]);
        assert_eq!(["d", "e", "f"].map(read), [None; 3]);
    }
}
