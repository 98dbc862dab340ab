//! Cuts a JSON log into its records, however they are framed. Shared by all JSON formats.
//!
//! One record a line, several on one line, a list `[…]` with or without its end, an envelope such
//! as `{"Records":[…]}`, on one line or pretty-printed. A broken line costs itself alone: a record
//! may run over several lines only where the line it begins on can be continued. Each byte is
//! looked at a bounded number of times: once where nothing is broken.

use super::super::out::Out;
use super::tape::{Broken, Tape};

/// Longest record that is read, in bytes: CloudTrail's own limit is 256 KiB a record.
const RECORD_MAX: usize = 4 * 1024 * 1024;

/// What the lists of deliveries are called: by the clouds, and by collectors.
pub(super) const ENVELOPES: [&str; 7] =
    ["Records", "records", "entries", "logs", "Events", "events", "Results"];

/// What is known of the blocks before.
#[derive(Debug, Default)]
pub(in crate::format) struct FrameState {
    in_envelope: bool,
    /// The last byte before the block that is more than space, a comma or a bracket.
    left: Option<u8>,
}

/// One record as it stands in the block, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Framed {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) why: Option<String>,
}

/// The records of a block, one after the other.
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    at: usize,
    is_last: bool,
    state: FrameState,
    /// No record that begins before this byte runs over several lines: one such tried and failed to
    /// end up to here. Keeps the work linear.
    one_line_until: usize,
    /// A record that began too long ago to be held, and why it is none.
    pub(super) overlong: Option<(usize, &'static str)>,
}

impl<'a> Frames<'a> {
    /// The records of a block that begins at `at`.
    pub(super) fn of_block(bytes: &'a [u8], out: &mut Out<'_>) -> Self {
        let begin = out.end_overlong(bytes);
        let has_mark = out.is_first() && bytes.starts_with(b"\xef\xbb\xbf");
        Self {
            bytes,
            at: if has_mark { 3 } else { begin },
            is_last: out.is_last,
            state: std::mem::take(&mut out.state.frames),
            one_line_until: 0,
            overlong: None,
        }
    }

    /// The records of a whole log.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let state = FrameState::default();
        Self { bytes, at, is_last: true, state, one_line_until: 0, overlong: None }
    }

    /// Ends the block. Returns how far it was read.
    pub(super) fn end(mut self, out: &mut Out<'_>) -> usize {
        if let Some(left) = self.left_of(self.at) {
            self.state.left = Some(left);
        }
        out.state.frames = self.state;
        self.at
    }

    /// The next record, which the tape then holds; or the next that is broken.
    pub(super) fn next(&mut self, tape: &mut Tape) -> Option<Framed> {
        self.skip_separators()?;
        let start = self.at;
        if *self.bytes.get(start)? != b'{' {
            return self.broken(start, "the line is no JSON record".to_owned());
        }
        let one_line = start < self.one_line_until;
        let record = &self.bytes[start..self.bytes.len().min(start + RECORD_MAX)];
        let end = match tape.scan(record, one_line) {
            Ok(length) => start + length,
            Err(Broken { at }) if self.may_go_on(start, start + at) => return None,
            Err(Broken { at }) => return self.malformed(start, at, one_line),
        };
        match self.shares_line_with_rubbish(start, end) {
            None => None,
            Some(true) => self.broken(start, "something stands after the JSON record".to_owned()),
            Some(false) => {
                self.at = end;
                Some(Framed { start, end, why: None })
            }
        }
    }

    /// Whether what begins at `start` and could not be read up to `at` may go on in the next block.
    fn may_go_on(&self, start: usize, at: usize) -> bool {
        !self.is_last && at >= self.bytes.len() && self.bytes.len() - start < RECORD_MAX
    }

    /// A record that is no JSON: with the brackets that it opens, or to the end of its line.
    fn malformed(&mut self, start: usize, at: usize, one_line: bool) -> Option<Framed> {
        match closing(self.bytes, start, 0, one_line) {
            Ok(end) => match self.shares_line_with_rubbish(start, end)? {
                true => self.broken(start, "something stands after the JSON record".to_owned()),
                false => {
                    self.at = end;
                    Some(Framed { start, end, why: Some(malformed_at(at, false)) })
                }
            },
            Err(stopped) if self.may_go_on(start, stopped) => None,
            Err(stopped) => {
                self.one_line_until = self.one_line_until.max(stopped);
                self.broken(start, "the JSON record does not end".to_owned())
            }
        }
    }

    /// Skips what stands between records; `None` where the block ends before that is known.
    fn skip_separators(&mut self) -> Option<()> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' => self.at += 1,
                b']' => self.leave_envelope()?,
                b'{' if !self.state.in_envelope => match self.envelope_opens() {
                    Some(first) => {
                        self.at = first;
                        self.state.in_envelope = true;
                    }
                    None => return Some(()),
                },
                _ => return Some(()),
            }
        }
        Some(())
    }

    /// Where the list begins, if `{"<envelope>":[` stands here.
    fn envelope_opens(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at..)?.strip_prefix(b"{")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"")?;
        let name = ENVELOPES.iter().find(|name| rest.starts_with(name.as_bytes()))?;
        let rest = rest[name.len()..].strip_prefix(b"\"")?.trim_ascii_start();
        let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"[")?;
        Some(self.bytes.len() - rest.len())
    }

    /// Skips the bracket that ends a list, and after that of an envelope the rest of it.
    fn leave_envelope(&mut self) -> Option<()> {
        let after = self.at + 1;
        if self.state.in_envelope {
            match closing(self.bytes, after, 1, false) {
                Ok(end) => self.at = end,
                Err(stopped) if self.may_go_on(self.at, stopped) => return None,
                Err(_) => self.at = after,
            }
            self.state.in_envelope = false;
        } else {
            self.at = after;
        }
        Some(())
    }

    /// Rejects what is left of the line.
    fn broken(&mut self, start: usize, why: String) -> Option<Framed> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let end = match memchr::memchr(b'\n', rest) {
            Some(length) => start + length,
            None if self.is_last => self.bytes.len(),
            None => {
                if rest.len() >= RECORD_MAX {
                    self.overlong = Some((start, "the line is no JSON record that ends"));
                    self.at = self.bytes.len();
                }
                return None;
            }
        };
        self.at = end;
        let length = self.bytes.get(start..end).unwrap_or_default().trim_ascii_end().len();
        Some(Framed { start, end: start + length, why: Some(why) })
    }

    /// The last byte before a place that is more than a separator; a line end is.
    fn left_of(&self, place: usize) -> Option<u8> {
        let before = self.bytes.get(..place).unwrap_or_default();
        before.iter().rev().find(|byte| !is_separator(**byte)).copied().or(self.state.left)
    }

    /// Whether a record from `start` to `end` is the only thing of its line, save for text that is
    /// no record: then the line is one broken line, not a record and a broken one. `None` where the
    /// block ends before that is known.
    fn shares_line_with_rubbish(&self, start: usize, end: usize) -> Option<bool> {
        if self.state.in_envelope {
            return Some(false);
        }
        let right = self.bytes.get(end..).unwrap_or_default();
        let right = match right.iter().find(|byte| !is_separator(**byte)) {
            Some(right) => *right,
            None if self.is_last => b'\n',
            None => return None,
        };
        let is_rubbish = right != b'\n' && right != b'{';
        Some(is_rubbish && self.left_of(start).is_none_or(|byte| byte == b'\n'))
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b',' | b'[' | b']')
}

/// What is wrong with a text, without quoting it.
pub(super) fn malformed_at(at: usize, breaks_off: bool) -> String {
    let kind = if breaks_off { "it breaks off" } else { "it is malformed" };
    format!("the line is no JSON: {kind} at column {}", at + 1)
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
