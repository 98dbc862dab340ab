//! One stream of bytes: recognises by its first bytes whether it is a container or text, and hands it
//! on. It knows no container and no rule itself.

mod share;

use crate::container::{self, Container};
use crate::encoding::{self, Recognised, Transcoder, Units};
use crate::engine::{Engine, PIECE};
use crate::veiled::Veiled;
use crate::walk::Walk;
pub(crate) use share::{Edge, TextShare};

/// Bytes that are looked at before a stream is recognised.
const HEAD: usize = 4096;

/// A stream of bytes, as far as it is recognised.
pub(crate) enum Content {
    /// Not enough bytes yet.
    Head(Vec<u8>),
    /// Text, or bytes that are read as such.
    Text(Box<Text>),
    /// Something that holds other streams.
    Packed(Box<dyn Container>),
    /// Not read; the report says why.
    Skipped,
}

impl Content {
    pub(crate) fn new() -> Self {
        Self::Head(Vec::new())
    }

    /// A stream that is read as it stands, whatever it looks like.
    pub(crate) fn raw(walk: &Walk<'_>) -> Self {
        let plain = Recognised { transcoder: None, mark_bytes: 0, binary: true };
        Self::Text(Box::new(Text::new(plain, walk)))
    }

    /// Whether bytes begin a container.
    pub(crate) fn is_container(bytes: &[u8]) -> bool {
        container::recognise(&bytes[..bytes.len().min(HEAD)], "").is_some()
    }

    /// A text in UTF-8 that a reader of a container made, whatever it looks like.
    pub(crate) fn text(walk: &Walk<'_>) -> Self {
        let plain = Recognised { transcoder: None, mark_bytes: 0, binary: false };
        Self::Text(Box::new(Text::new(plain, walk)))
    }

    /// Takes the next bytes.
    pub(crate) fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        match self {
            Self::Head(head) if head.is_empty() && block.len() >= HEAD => {
                self.recognise(&block[..HEAD], walk);
                self.feed(block, walk);
            }
            Self::Head(head) => {
                let (missing, rest) = block.split_at(block.len().min(HEAD - head.len()));
                head.extend_from_slice(missing);
                if head.len() == HEAD {
                    self.end_head(walk);
                    self.feed(rest, walk);
                }
            }
            Self::Text(text) => text.feed(block, walk),
            Self::Packed(container) => container.feed(block, walk),
            Self::Skipped => {}
        }
    }

    /// Takes many blocks of a size, as if one by one.
    pub(crate) fn feed_blocks(&mut self, mut blocks: &[u8], size: usize, walk: &mut Walk<'_>) {
        while !blocks.is_empty() {
            let (block, rest) = match self {
                // A text is read in pieces of its own.
                Self::Text(_) => (blocks, &[][..]),
                _ => blocks.split_at(blocks.len().min(size)),
            };
            self.feed(block, walk);
            blocks = rest;
        }
    }

    /// The text that the stream is, if it is one.
    pub(crate) fn as_text(&mut self) -> Option<&mut Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::Head(_) | Self::Packed(_) | Self::Skipped => None,
        }
    }

    /// Ends the stream.
    pub(crate) fn finish(mut self, walk: &mut Walk<'_>) {
        self.end_head(walk);
        match self {
            Self::Text(text) => text.finish(walk),
            Self::Packed(container) => container.finish(walk),
            Self::Head(_) | Self::Skipped => {}
        }
    }

    /// Decides by the head that was gathered, if that was not decided yet, what the stream is, and feeds it the head.
    fn end_head(&mut self, walk: &mut Walk<'_>) {
        let Self::Head(head) = self else { return };
        let head = std::mem::take(head);
        self.recognise(&head, walk);
        self.feed(&head, walk);
    }

    /// Decides by the head what the stream is.
    fn recognise(&mut self, head: &[u8], walk: &mut Walk<'_>) {
        *self = match container::recognise(head, walk.name()) {
            None => Self::Text(Box::new(Text::new(encoding::recognise(head), walk))),
            Some(_) if walk.depth() >= walk.limits.depth => {
                let most = walk.limits.depth;
                walk.unread(format!("inside {most} other containers: not opened"));
                Self::Skipped
            }
            Some(kind) => Self::Packed((kind.open)()),
        };
    }
}

/// A text, transcoded to UTF-8 where it must be, on its way through the engine.
pub(crate) struct Text {
    transcoder: Option<Transcoder>,
    /// Bytes of the byte order mark still to skip.
    skip: usize,
    engine: Engine,
    /// What is written in it in other notations.
    veiled: Veiled,
}

impl Text {
    fn new(recognised: Recognised, walk: &Walk<'_>) -> Self {
        let Recognised { transcoder, mark_bytes, binary } = recognised;
        let units = transcoder.as_ref().map_or(Units::Bytes, Transcoder::units);
        let mut engine = Engine::new(units, mark_bytes, binary, &walk.limits);
        if !walk.scanner.data_types {
            engine.pass_over_data();
        }
        Self { transcoder, skip: mark_bytes, engine, veiled: Veiled::default() }
    }

    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        let (skipped, text) = block.split_at(block.len().min(self.skip));
        self.skip -= skipped.len();
        self.pass(text, false, walk);
    }

    fn pass(&mut self, block: &[u8], last: bool, walk: &mut Walk<'_>) {
        let (engine, veiled) = (&mut self.engine, &mut self.veiled);
        match &mut self.transcoder {
            Some(transcoder) => {
                transcoder.pass(block, last, |text| take(engine, veiled, text, walk))
            }
            None => take(engine, veiled, block, walk),
        }
    }

    fn finish(mut self, walk: &mut Walk<'_>) {
        if self.transcoder.is_some() {
            self.pass(&[], true, walk);
        }
        self.veiled.end(&self.engine.window(), walk);
        if let Some((value, place)) = self.engine.lone_value(walk.name(), &walk.scanner.rules) {
            walk.note_lone(value, place);
        }
        let (mut discoveries, dropped) = self.engine.finish(&walk.scanner.rules);
        self.veiled.finish(&mut discoveries);
        walk.record(discoveries, dropped);
    }
}

/// Reads the next bytes of a text. What lies before them is held; once all that is needed lies in these bytes, they are
/// read where they are, and at the end what is still needed of them is held.
fn take(engine: &mut Engine, veiled: &mut Veiled, text: &[u8], walk: &mut Walk<'_>) {
    let mut end = 0;
    while end < text.len() && engine.held() > end {
        let begin = end;
        end = text.len().min(begin + PIECE);
        engine.take(&text[begin..end], &walk.scanner.rules);
        veiled.take(&engine.window(), walk);
        let forgotten = engine.forget(engine.needs().min(veiled.needs()));
        veiled.forgot(forgotten);
    }
    if end == text.len() {
        return;
    }
    let mut begin = end - engine.held();
    engine.let_go();
    while end < text.len() {
        end = text.len().min(end + PIECE);
        let whole = &text[begin..end];
        engine.take_held(whole, &walk.scanner.rules);
        veiled.take(&engine.window_over(whole), walk);
        let forgotten = engine.forget_held(whole, engine.needs().min(veiled.needs()));
        veiled.forgot(forgotten);
        begin += forgotten;
    }
    engine.hold(&text[begin..]);
}

#[cfg(test)]
mod tests;
