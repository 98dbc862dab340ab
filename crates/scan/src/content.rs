//! One stream of bytes: recognises by its first bytes whether it is a container or text, and hands it
//! on. It knows no container and no rule itself.

use encoding_rs::{CoderResult, Decoder};

use crate::container::{self, Container};
use crate::encoding::{self, Recognised};
use crate::engine::Engine;
use crate::walk::Walk;

/// Bytes that are looked at before a stream is recognised.
const HEAD: usize = 4096;
/// Transcoded text is handed on in pieces of this size.
const TRANSCODED: usize = 64 * 1024;

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
        let plain = Recognised { transcode: None, mark_bytes: 0, binary: true };
        Self::Text(Box::new(Text::new(&plain, walk)))
    }

    /// Whether bytes begin a container.
    pub(crate) fn is_container(bytes: &[u8]) -> bool {
        container::recognise(&bytes[..bytes.len().min(HEAD)], "").is_some()
    }

    /// A text in UTF-8 that a reader of a container made, whatever it looks like.
    pub(crate) fn text(walk: &Walk<'_>) -> Self {
        let plain = Recognised { transcode: None, mark_bytes: 0, binary: false };
        Self::Text(Box::new(Text::new(&plain, walk)))
    }

    /// Takes the next bytes.
    pub(crate) fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        match self {
            Self::Head(head) => {
                let (missing, rest) = block.split_at(block.len().min(HEAD - head.len()));
                head.extend_from_slice(missing);
                if head.len() == HEAD {
                    self.recognise(walk);
                    self.feed(rest, walk);
                }
            }
            Self::Text(text) => text.feed(block, walk),
            Self::Packed(container) => container.feed(block, walk),
            Self::Skipped => {}
        }
    }

    /// Ends the stream.
    pub(crate) fn finish(mut self, walk: &mut Walk<'_>) {
        if matches!(self, Self::Head(_)) {
            self.recognise(walk);
        }
        match self {
            Self::Text(text) => text.finish(walk),
            Self::Packed(container) => container.finish(walk),
            Self::Head(_) | Self::Skipped => {}
        }
    }

    /// Decides by the head what the stream is, and feeds it the head.
    fn recognise(&mut self, walk: &mut Walk<'_>) {
        let Self::Head(head) = self else { return };
        let head = std::mem::take(head);
        *self = match container::recognise(&head, walk.name()) {
            None => Self::Text(Box::new(Text::new(&encoding::recognise(&head), walk))),
            Some(_) if walk.depth() >= walk.limits.depth => {
                let most = walk.limits.depth;
                walk.unread(format!("inside {most} other containers: not opened"));
                Self::Skipped
            }
            Some(kind) => Self::Packed((kind.open)()),
        };
        self.feed(&head, walk);
    }
}

/// A text, transcoded to UTF-8 where it must be, on its way through the engine.
pub(crate) struct Text {
    /// The decoder with its output, for UTF-16.
    decoder: Option<(Decoder, Vec<u8>)>,
    /// Bytes of the byte order mark still to skip.
    skip: usize,
    engine: Engine,
}

impl Text {
    fn new(recognised: &Recognised, walk: &Walk<'_>) -> Self {
        let decoder = recognised
            .transcode
            .map(|from| (from.new_decoder_without_bom_handling(), vec![0; TRANSCODED]));
        let skip = recognised.mark_bytes;
        let engine = Engine::new(decoder.is_some(), skip, recognised.binary, &walk.limits);
        Self { decoder, skip, engine }
    }

    fn feed(&mut self, block: &[u8], walk: &Walk<'_>) {
        let (skipped, text) = block.split_at(block.len().min(self.skip));
        self.skip -= skipped.len();
        self.pass(text, false, walk);
    }

    fn pass(&mut self, mut block: &[u8], last: bool, walk: &Walk<'_>) {
        let rules = &walk.scanner.rules;
        let Some((decoder, utf8)) = &mut self.decoder else {
            self.engine.feed(block, rules);
            return;
        };
        loop {
            let (result, read, written, _) = decoder.decode_to_utf8(block, utf8, last);
            self.engine.feed(&utf8[..written], rules);
            block = &block[read..];
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    fn finish(mut self, walk: &mut Walk<'_>) {
        if self.decoder.is_some() {
            self.pass(&[], true, walk);
        }
        let (discoveries, dropped) = self.engine.finish(&walk.scanner.rules);
        walk.record(discoveries, dropped);
    }
}
