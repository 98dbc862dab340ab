//! Mail (RFC 5322, MIME): single messages, saved web pages (MHTML), and mailboxes of many messages
//! (mbox), read line by line as they come.

mod header;
mod message;
mod transfer;

use self::message::Message;
use super::{Container, Kind};
use crate::walk::Walk;

pub(super) use self::transfer::Transfer;

/// Recognises a header with at least two fields that only mail has, one where the file is called `.eml`.
pub(super) const MESSAGE: Kind = Kind {
    recognises: |head, name| mail_fields(head) >= if is_mail_name(name) { 1 } else { 2 },
    open: || Box::new(Mail::new(false)),
};

/// Recognises the line that begins each message of a mailbox, with a header behind it.
pub(super) const MAILBOX: Kind = Kind {
    recognises: |head, _| {
        let line = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
        is_from_line(&head[..line])
            && head.get(line + 1..).is_some_and(|rest| mail_fields(rest) >= 1)
    },
    open: || Box::new(Mail::new(true)),
};

/// Fields that only mail has.
const FIELDS: [&str; 8] = [
    "from",
    "received",
    "return-path",
    "delivered-to",
    "message-id",
    "mime-version",
    "dkim-signature",
    "subject",
];
/// Longer lines are taken in pieces of this size.
const LINE_MAX: usize = 64 * 1024;

fn is_mail_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".eml", ".mht", ".mhtml"].iter().any(|suffix| lower.ends_with(suffix))
}

/// How many different fields of mail a header begins with; 0 when a line of it is no field.
fn mail_fields(head: &[u8]) -> usize {
    let mut found = [false; FIELDS.len()];
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let is_whole = line.ends_with(b"\n");
        let line = line.trim_ascii_end();
        if line.is_empty() {
            break;
        }
        if matches!(line[0], b' ' | b'\t') {
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let name = colon.map(|colon| &line[..colon]).unwrap_or_default();
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.iter().all(is_name) {
            if is_whole {
                return 0;
            }
            break;
        }
        let lower = name.to_ascii_lowercase();
        if let Some(at) = FIELDS.iter().position(|field| field.as_bytes() == lower) {
            found[at] = true;
        }
    }
    found.iter().filter(|found| **found).count()
}

/// `From sender date` begins a message of a mailbox (RFC 4155); the year ends it.
fn is_from_line(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let has_time = || line.iter().filter(|byte| **byte == b':').count() >= 2;
    line.starts_with(b"From ") && has_time() && line.last().is_some_and(u8::is_ascii_digit)
}

struct Mail {
    is_box: bool,
    /// Part of a line.
    pending: Vec<u8>,
    /// Whether `pending` goes on from a piece that was taken.
    is_piece: bool,
    message: Option<Message>,
    /// Messages that were begun.
    messages: u64,
    /// Whether the last line was empty.
    after_blank: bool,
}

impl Mail {
    fn new(is_box: bool) -> Self {
        Self {
            is_box,
            pending: Vec::new(),
            is_piece: false,
            message: None,
            messages: 0,
            after_blank: true,
        }
    }

    fn name(&self) -> String {
        format!("message {}", self.messages)
    }

    /// Takes a line, or a piece of one.
    fn line(&mut self, line: &[u8], walk: &mut Walk<'_>) {
        if self.is_box && !self.is_piece && self.after_blank && is_from_line(line) {
            self.end_message(walk);
            if walk.take_entry() {
                self.messages += 1;
                self.message = Some(walk.within(&self.name(), |walk| Message::new(walk)));
            }
            self.after_blank = false;
            return;
        }
        if !self.is_box && self.message.is_none() {
            self.message = Some(Message::new(walk));
        }
        self.after_blank = !self.is_piece && line.trim_ascii().is_empty();
        let (is_box, is_piece, name) = (self.is_box, self.is_piece, self.name());
        let Some(message) = &mut self.message else { return };
        if is_box {
            walk.within(&name, |walk| message.line(line, is_piece, walk));
        } else {
            message.line(line, is_piece, walk);
        }
    }

    fn end_message(&mut self, walk: &mut Walk<'_>) {
        let name = self.name();
        let Some(message) = self.message.take() else { return };
        if self.is_box {
            walk.within(&name, |walk| message.finish(walk));
        } else {
            message.finish(walk);
        }
    }
}

impl Container for Mail {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        let mut rest = block;
        while !rest.is_empty() {
            let room = LINE_MAX - self.pending.len();
            let end = memchr::memchr(b'\n', &rest[..rest.len().min(room)]);
            let taken = end.map_or(rest.len().min(room), |end| end + 1);
            let (part, after) = rest.split_at(taken);
            self.pending.extend_from_slice(part);
            rest = after;
            if end.is_some() || self.pending.len() == LINE_MAX {
                let line = std::mem::take(&mut self.pending);
                self.line(&line, walk);
                self.is_piece = end.is_none();
            }
        }
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        let line = std::mem::take(&mut self.pending);
        if !line.is_empty() {
            self.line(&line, walk);
        }
        self.end_message(walk);
    }
}
