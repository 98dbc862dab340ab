//! One message: its header and the text a person reads become one text; every other part is a content of
//! its own, with the name of the file that it is.

use super::header::Header;
use super::transfer::Transfer;
use crate::container::made::Made;
use crate::content::Content;
use crate::walk::Walk;

/// Longest header of a message or a part.
const HEADER_MAX: usize = 1 << 20;
/// Multipart bodies inside each other.
const NESTED_MAX: usize = 32;

enum Stage {
    /// A header so far.
    Header(Vec<u8>),
    /// A part that goes into the text of the message.
    Text(Transfer),
    /// A part that is a content of its own.
    File(String, Transfer, Content),
    /// What stands before, between and after parts, or cannot be read.
    Between,
    /// Nothing more is read.
    Over,
}

/// A message as it comes, line by line.
pub(super) struct Message {
    text: Made,
    stage: Stage,
    /// Boundaries of the multipart bodies that are open, outermost first.
    boundaries: Vec<String>,
    /// Parts that were found.
    parts: u32,
    output: Vec<u8>,
}

impl Message {
    pub(super) fn new(walk: &Walk<'_>) -> Self {
        Self {
            text: Made::new("message", walk),
            stage: Stage::Header(Vec::new()),
            boundaries: Vec::new(),
            parts: 0,
            output: Vec::new(),
        }
    }

    /// Takes a line with its break; `is_piece`: it goes on from the piece before.
    pub(super) fn line(&mut self, line: &[u8], is_piece: bool, walk: &mut Walk<'_>) {
        if !is_piece && line.starts_with(b"--") && self.boundary(line.trim_ascii_end(), walk) {
            return;
        }
        match &mut self.stage {
            Stage::Header(held) => {
                if !line.trim_ascii().is_empty() && held.len() < HEADER_MAX {
                    held.extend_from_slice(line);
                } else {
                    let header = Header::read(held);
                    self.begin(&header, walk);
                }
            }
            Stage::Text(transfer) => {
                self.output.clear();
                transfer.undo(line, &mut self.output);
                if !self.text.push(&self.output, walk) {
                    self.stage = Stage::Over;
                }
            }
            Stage::File(name, transfer, content) => {
                self.output.clear();
                transfer.undo(line, &mut self.output);
                let output = &self.output;
                let fits = walk.within(name, |walk| {
                    let fits = walk.take_expanded(output.len());
                    if fits {
                        content.feed(output, walk);
                    }
                    fits
                });
                if !fits {
                    self.end_part(walk);
                    self.stage = Stage::Over;
                }
            }
            Stage::Between | Stage::Over => {}
        }
    }

    /// Whether a line separates parts; if so, ends one and begins the next.
    fn boundary(&mut self, line: &[u8], walk: &mut Walk<'_>) -> bool {
        let Some(rest) = line.strip_prefix(b"--") else { return false };
        let found = self.boundaries.iter().rposition(|boundary| {
            let after = rest.strip_prefix(boundary.as_bytes());
            after.is_some_and(|after| after.is_empty() || after == b"--")
        });
        let Some(at) = found.filter(|_| !matches!(self.stage, Stage::Over)) else { return false };
        self.end_part(walk);
        let ends = rest.len() > self.boundaries[at].len();
        self.boundaries.truncate(if ends { at } else { at + 1 });
        self.stage = if ends { Stage::Between } else { Stage::Header(Vec::new()) };
        true
    }

    /// Begins the body that a header announces.
    fn begin(&mut self, header: &Header, walk: &mut Walk<'_>) {
        let media_type = header.media_type();
        if self.parts == 0 && self.boundaries.is_empty() {
            self.text.push(header.told().as_bytes(), walk);
            self.text.push(b"\n", walk);
        }
        if media_type == "multipart/encrypted" || media_type.ends_with("pkcs7-mime") {
            walk.unread("encrypted mail: not read");
        }
        if let Some(boundary) = header.boundary() {
            if self.boundaries.len() < NESTED_MAX {
                self.boundaries.push(boundary);
            } else {
                walk.unread(format!("mail parts inside {NESTED_MAX} others: not read"));
            }
            self.stage = Stage::Between;
            return;
        }
        self.parts += 1;
        let file = header.file_name();
        if media_type == "text/plain" && file.is_none() {
            self.stage = Stage::Text(header.transfer());
            return;
        }
        if !walk.take_entry() {
            self.stage = Stage::Over;
            return;
        }
        let name = file.unwrap_or_else(|| {
            let suffix = match media_type.as_str() {
                "text/html" => ".html",
                "text/calendar" => ".ics",
                "message/rfc822" => ".eml",
                _ => "",
            };
            format!("part {}{suffix}", self.parts)
        });
        self.stage = Stage::File(name, header.transfer(), Content::new());
    }

    fn end_part(&mut self, walk: &mut Walk<'_>) {
        match std::mem::replace(&mut self.stage, Stage::Between) {
            Stage::File(name, _, content) => walk.within(&name, |walk| content.finish(walk)),
            Stage::Header(held) if !held.is_empty() => {
                let header = Header::read(&held);
                self.begin(&header, walk);
                self.stage = Stage::Between;
            }
            _ => {}
        }
    }

    pub(super) fn finish(mut self, walk: &mut Walk<'_>) {
        self.end_part(walk);
        self.text.finish(walk);
    }
}
