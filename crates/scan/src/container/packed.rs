//! What holds one stream, compressed in one member or several: the driver that all such formats share.
//!
//! Members follow each other without a gap and make one text, as `cat a.xz b.xz` does. Zeros after a
//! member are padding; anything else there is reported.

use super::Container;
use crate::codec::Codec;
use crate::content::Content;
use crate::walk::Walk;

/// One format.
pub(super) struct Format {
    /// What a person calls it.
    pub(super) name: &'static str,
    /// Suffixes of file names, with what stands in their place once unpacked.
    pub(super) suffixes: &'static [(&'static str, &'static str)],
    /// Whether bytes (at least four, unless fewer are left) begin another member.
    pub(super) begins: fn(&[u8]) -> bool,
    /// A codec for the next member.
    pub(super) codec: fn() -> Box<dyn Codec>,
    /// Bytes at the start of what was unpacked that are about it rather than of it.
    pub(super) head_bytes: fn(&[u8]) -> usize,
}

/// Nothing is about what was unpacked.
pub(super) const NO_HEAD: fn(&[u8]) -> usize = |_| 0;

/// Longest input that a codec may ask to see at once, beyond which the data is damaged.
const PENDING_MAX: usize = 9 << 20;

enum Stage {
    Member(Box<dyn Codec>),
    Between,
    /// Nothing more is read.
    Over,
}

/// A file of such a format.
pub(super) struct Packed {
    format: &'static Format,
    stage: Stage,
    /// Bytes that the codec could not use yet.
    pending: Vec<u8>,
    output: Vec<u8>,
    name: Option<String>,
    inner: Content,
    /// Bytes of the container before `pending`.
    consumed: u64,
}

impl Packed {
    pub(super) fn open(format: &'static Format) -> Box<dyn Container> {
        Box::new(Self {
            format,
            stage: Stage::Member((format.codec)()),
            pending: Vec::new(),
            output: Vec::new(),
            name: None,
            inner: Content::new(),
            consumed: 0,
        })
    }

    /// Goes as far as the pending bytes allow.
    fn run(&mut self, last: bool, walk: &mut Walk<'_>) {
        let pending = std::mem::take(&mut self.pending);
        let mut at = 0;
        loop {
            let rest = &pending[at..];
            let taken = match &self.stage {
                Stage::Member(_) => self.member(rest, last, walk),
                Stage::Between => self.between(rest, last, walk),
                Stage::Over => return,
            };
            let Some(taken) = taken else { break };
            at += taken;
            self.consumed += taken as u64;
        }
        if pending.len() - at > PENDING_MAX {
            self.stop(walk, "asks for more than it may");
            return;
        }
        self.pending = pending;
        self.pending.drain(..at);
    }

    /// Bytes taken; `None` when more are needed.
    fn member(&mut self, rest: &[u8], last: bool, walk: &mut Walk<'_>) -> Option<usize> {
        let Stage::Member(codec) = &mut self.stage else { return None };
        self.output.clear();
        let step = codec.step(rest, last, &mut self.output);
        if !self.output.is_empty() && !self.pass(walk) {
            self.stage = Stage::Over;
            return Some(0);
        }
        match step {
            Ok(step) if step.done => {
                self.stage = Stage::Between;
                Some(step.taken)
            }
            Ok(step) if step.taken == 0 && self.output.is_empty() => None,
            Ok(step) => Some(step.taken),
            Err(why) => {
                if last && rest.is_empty() {
                    return None;
                }
                self.stop(walk, &why);
                Some(0)
            }
        }
    }

    fn stop(&mut self, walk: &mut Walk<'_>, why: &str) {
        let (name, at) = (self.format.name, self.consumed);
        walk.unread(format!("damaged {name} data near byte {at}: {why}; the rest was not read"));
        self.stage = Stage::Over;
    }

    /// Hands unpacked bytes on; `false` when the budget is spent.
    fn pass(&mut self, walk: &mut Walk<'_>) -> bool {
        let begins = self.name.is_none();
        let head = if begins { (self.format.head_bytes)(&self.output) } else { 0 };
        let (inner, output) = (&mut self.inner, &self.output[head..]);
        let name = self.name.get_or_insert_with(|| inner_name(walk.name(), self.format.suffixes));
        walk.within(name, |walk| {
            let fits = walk.take_expanded(output.len());
            if fits {
                inner.feed(output, walk);
            }
            fits
        })
    }

    fn between(&mut self, rest: &[u8], last: bool, walk: &mut Walk<'_>) -> Option<usize> {
        match rest {
            [] => None,
            [0, ..] => Some(rest.iter().take_while(|byte| **byte == 0).count()),
            _ if rest.len() < 4 && !last => None,
            _ if (self.format.begins)(rest) => {
                self.stage = Stage::Member((self.format.codec)());
                Some(0)
            }
            _ => {
                let (name, at) = (self.format.name, self.consumed);
                walk.unread(format!(
                    "bytes after the end of the {name} data, from byte {at}: not read"
                ));
                self.stage = Stage::Over;
                Some(0)
            }
        }
    }
}

impl Container for Packed {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        if !matches!(self.stage, Stage::Over) {
            self.pending.extend_from_slice(block);
            self.run(false, walk);
        }
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        self.run(true, walk);
        if matches!(self.stage, Stage::Member(_)) {
            let name = self.format.name;
            walk.unread(format!("{name} data ends too early: the rest was not read"));
        }
        if let Some(name) = self.name.take() {
            let inner = self.inner;
            walk.within(&name, |walk| inner.finish(walk));
        }
    }
}

/// The name of what is inside: `a.tar` for `a.tar.gz` and `a.tgz`; `content` where the outer name says
/// nothing.
pub(super) fn inner_name(outer: &str, suffixes: &[(&str, &str)]) -> String {
    let named = suffixes.iter().find_map(|(suffix, instead)| {
        let stem = outer.strip_suffix(suffix).filter(|stem| !stem.is_empty())?;
        Some(format!("{stem}{instead}"))
    });
    named.unwrap_or_else(|| "content".to_owned())
}
