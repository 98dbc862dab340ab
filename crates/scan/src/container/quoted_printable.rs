//! Text that is quoted-printable (RFC 2045 §6.7) as a whole, as a body saved without its header is: keys
//! are cut by its soft line breaks.

use super::mail::Transfer;
use super::{Container, Kind};
use crate::content::Content;
use crate::walk::Walk;

/// Recognises lines that never exceed the longest allowed, some broken right before it, and an escape.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| is_quoted(head),
    open: || Box::new(Quoted { pending: Vec::new(), content: None }),
};

/// Longest line, without its break: 76 by the standard, 78 as some encoders have it.
const LINE_MAX: usize = 78;
/// A soft break stands this far behind at least: encoders fill their lines.
const BROKEN_MIN: usize = 70;

fn is_quoted(head: &[u8]) -> bool {
    // Few texts have a line that ends with `=`, and every text is asked.
    let ends_line = |at: usize| {
        let mut behind = head[at + 1..].iter();
        behind.find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | 0x0C)) == Some(&b'\n')
    };
    if !memchr::memchr_iter(b'=', head).any(ends_line) {
        return false;
    }
    let mut broken = 0;
    let lines = head.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    for line in lines {
        let line = line.trim_ascii_end();
        if line.len() > LINE_MAX {
            return false;
        }
        broken += u32::from(line.len() >= BROKEN_MIN && line.ends_with(b"="));
    }
    let is_escape = |three: &[u8]| {
        three[0] == b'=' && three[1..].iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
    };
    broken >= 2 && head.windows(3).any(is_escape)
}

struct Quoted {
    /// Part of a line.
    pending: Vec<u8>,
    content: Option<Content>,
}

impl Quoted {
    fn take(&mut self, lines: &[u8], walk: &mut Walk<'_>) {
        let mut text = Vec::with_capacity(lines.len());
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            Transfer::Quoted.undo(line, &mut text);
        }
        walk.within("text", |walk| {
            let content = self.content.get_or_insert_with(Content::new);
            if walk.take_expanded(text.len()) {
                content.feed(&text, walk);
            }
        });
    }
}

impl Container for Quoted {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        self.pending.extend_from_slice(block);
        if let Some(end) = memchr::memrchr(b'\n', &self.pending) {
            let rest = self.pending.split_off(end + 1);
            let lines = std::mem::replace(&mut self.pending, rest);
            self.take(&lines, walk);
        } else if self.pending.len() > 1 << 20 {
            let piece = std::mem::take(&mut self.pending);
            self.take(&piece, walk);
        }
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        let rest = std::mem::take(&mut self.pending);
        self.take(&rest, walk);
        if let Some(content) = self.content.take() {
            walk.within("text", |walk| content.finish(walk));
        }
    }
}
