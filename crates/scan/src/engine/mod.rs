//! One pass over text, line by line: tokens that may be ids or secrets go to `pair`, personal data to
//! `data_type`.
//!
//! Memory is bounded: a line longer than [`LINE_BYTES_MAX`] is read in pieces of that length, and `pair`
//! forgets what is out of reach. The pieces depend on the text alone, never on how it was fed.

use claviger_model::{AccessKeyId, FindingKind, Provider, Secret};

use crate::data_type::DataTypes;
use crate::pair::Pairs;
use crate::rule::Rules;

/// Longest line held whole.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Longest run of base64 characters that an id may stand in: a longer one is encoded data, in which any
/// four letters occur by chance.
const RUN_MAX: usize = 100;

/// Where something stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// Something found, before the walk adds where the text itself stands.
#[derive(Debug)]
pub(crate) struct Discovery {
    pub(crate) kind: FindingKind,
    pub(crate) rule: String,
    pub(crate) provider: Option<Provider>,
    pub(crate) access_key_id: Option<AccessKeyId>,
    pub(crate) secret: Option<Secret>,
    pub(crate) sample: Option<String>,
    pub(crate) count: u64,
    pub(crate) confidence: f64,
    pub(crate) why: Vec<String>,
    pub(crate) place: Place,
}

/// A line, or a piece of a long one.
pub(crate) struct Line<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) number: u64,
    /// Offset of its first byte.
    pub(crate) start: u64,
    /// Characters of the same line before it.
    pub(crate) columns_before: u64,
}

impl Line<'_> {
    /// The place of a stretch of the line.
    pub(crate) fn place(&self, from: usize, to: usize) -> Place {
        let before = &self.bytes[..from.min(self.bytes.len())];
        // A continuation byte of UTF-8 begins no character.
        let characters = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
        Place {
            line: self.number,
            column: self.columns_before + characters + 1,
            start: self.start + from as u64,
            end: self.start + to as u64,
        }
    }
}

/// The pass over one text.
pub(crate) struct Engine {
    /// The line in progress.
    pending: Vec<u8>,
    number: u64,
    start: u64,
    columns_before: u64,
    pairs: Pairs,
    data: Option<DataTypes>,
}

impl Engine {
    /// A pass over text that begins `mark_bytes` behind the start of the content. Personal data is not
    /// looked for in binary content: digits there mean nothing. Of transcoded text, offsets are those of
    /// the text in UTF-8.
    pub(crate) fn new(transcoded: bool, mark_bytes: usize, binary: bool, findings: u64) -> Self {
        Self {
            pending: Vec::new(),
            number: 1,
            start: if transcoded { 0 } else { mark_bytes as u64 },
            columns_before: 0,
            pairs: Pairs::new(findings),
            data: (!binary).then(DataTypes::default),
        }
    }

    /// Takes more text.
    pub(crate) fn feed(&mut self, mut text: &[u8], rules: &Rules) {
        while !text.is_empty() {
            let room = LINE_BYTES_MAX - self.pending.len();
            let piece = &text[..text.len().min(room)];
            match memchr::memchr(b'\n', piece) {
                Some(at) => {
                    self.pending.extend_from_slice(&piece[..at]);
                    text = &text[at + 1..];
                    self.read_line(rules);
                    self.start += self.pending.len() as u64 + 1;
                    self.number += 1;
                    self.columns_before = 0;
                    self.pending.clear();
                }
                None => {
                    self.pending.extend_from_slice(piece);
                    text = &text[piece.len()..];
                    if self.pending.len() == LINE_BYTES_MAX {
                        self.read_line(rules);
                        let characters =
                            self.pending.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
                        self.columns_before += characters as u64;
                        self.start += self.pending.len() as u64;
                        self.pending.clear();
                    }
                }
            }
        }
    }

    /// Ends the pass. Returns what was found and how much more there was.
    pub(crate) fn finish(mut self, rules: &Rules) -> (Vec<Discovery>, u64) {
        if !self.pending.is_empty() {
            self.read_line(rules);
        }
        let (mut found, dropped) = self.pairs.finish(rules);
        found.extend(self.data.into_iter().flat_map(DataTypes::finish));
        found.sort_by_key(|discovery| discovery.place.start);
        (found, dropped)
    }

    fn read_line(&mut self, rules: &Rules) {
        let line = Line {
            bytes: self.pending.strip_suffix(b"\r").unwrap_or(&self.pending),
            number: self.number,
            start: self.start,
            columns_before: self.columns_before,
        };
        for (from, to) in
            runs(line.bytes, |byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
        {
            let run = &line.bytes[from..to];
            if rules.take_secret(run) {
                self.pairs.see_secret(&line, from, to);
            }
            if to - from > RUN_MAX {
                continue;
            }
            for (inner_from, inner_to) in runs(run, |byte| byte.is_ascii_alphanumeric()) {
                let token = &run[inner_from..inner_to];
                let (token_from, token_to) = (from + inner_from, from + inner_to);
                if let Some(rule) = rules.of_id(token) {
                    self.pairs.see_id(&line, token_from, token_to, rule, rules);
                } else if token.len() < run.len() && rules.take_secret(token) {
                    self.pairs.see_secret(&line, token_from, token_to);
                }
            }
        }
        self.pairs.move_on(line.number, line.start + line.bytes.len() as u64, rules);
        if let Some(data) = &mut self.data {
            data.read(&line);
        }
    }
}

/// The maximal stretches of bytes of a class, of at least 16 bytes: nothing shorter is an id or a secret.
fn runs(bytes: &[u8], class: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
    const SHORTEST: usize = 16;
    let mut found = Vec::new();
    let mut from = 0;
    for at in 0..=bytes.len() {
        if bytes.get(at).is_some_and(|byte| class(*byte)) {
            continue;
        }
        if at - from >= SHORTEST {
            found.push((from, at));
        }
        from = at + 1;
    }
    found
}
