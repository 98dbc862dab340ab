//! A run that is too long to be held: decoded as it comes, into a content of its own.

use super::name;
use super::run::{self, Notation, Run};
use crate::content::Content;
use crate::decode::base64_digit;
use crate::engine::Shift;
use crate::walk::Walk;

/// Text that tells whether a line break is part of a wrapped run.
const BREAK_MAX: usize = 80;

/// A long run under way.
pub(super) struct Long {
    name: String,
    /// `None` where nobody reads it.
    content: Option<Content>,
    is_hexadecimal: bool,
    is_wrapped: bool,
    bits: u32,
    count: u32,
}

impl Long {
    /// Begins to decode a run that begins in a line; `may_open`: there is room for one more content.
    pub(super) fn new(run: &Run, line: u64, may_open: bool) -> Self {
        Self {
            name: name::of(run.notation, line),
            content: may_open.then(Content::new),
            is_hexadecimal: run.notation == Notation::Hexadecimal,
            is_wrapped: run.is_wrapped,
            bits: 0,
            count: 0,
        }
    }

    /// Decodes from byte `at` of a text on: where that ends, and whether the run does. `last`: no more
    /// text comes.
    pub(super) fn go_on(
        &mut self,
        text: &[u8],
        mut at: usize,
        last: bool,
        walk: &mut Walk<'_>,
    ) -> (usize, bool) {
        let mut output = Vec::new();
        let ended = loop {
            match text.get(at) {
                None => break last,
                Some(byte) if run::is_symbol(*byte) => {
                    self.take(*byte, &mut output);
                    at += 1;
                }
                Some(_) if !self.is_wrapped => break true,
                Some(_) if text.len() - at < BREAK_MAX && !last => break false,
                Some(_) => match run::break_bytes(&text[at..]) {
                    Some(bytes) => at += bytes,
                    None => break true,
                },
            }
        };
        self.pass(&output, walk);
        (at, ended)
    }

    fn take(&mut self, byte: u8, output: &mut Vec<u8>) {
        let (digit, width) = match self.is_hexadecimal {
            true => ((byte as char).to_digit(16), 4),
            false => (base64_digit(byte), 6),
        };
        let Some(digit) = digit.filter(|_| self.content.is_some()) else { return };
        self.bits = self.bits << width | digit;
        self.count += width;
        if self.count >= 8 {
            self.count -= 8;
            output.push((self.bits >> self.count & 0xFF) as u8);
        }
    }

    fn pass(&mut self, output: &[u8], walk: &mut Walk<'_>) {
        let Some(content) = &mut self.content else { return };
        let fits = walk.within(&self.name, |walk| {
            let fits = walk.take_expanded(output.len());
            if fits {
                content.feed(output, walk);
            }
            fits
        });
        if !fits && let Some(content) = self.content.take() {
            walk.within(&self.name, |walk| content.finish(walk));
        }
    }

    /// Names it by the line that it begins in.
    pub(super) fn mend(&mut self, shift: &Shift) {
        name::mend(&mut self.name, shift);
    }

    pub(super) fn finish(self, walk: &mut Walk<'_>) {
        if let Some(content) = self.content {
            walk.within(&self.name, |walk| content.finish(walk));
        }
    }
}
