//! A share of a text: what is judged of it by itself, and how that is joined to what came before.

use super::Text;
use crate::engine::{Mark, Standing};
use crate::veiled::CursorsStanding;
use crate::walk::Walk;

/// Where in a text a share of it may be begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// Offset in the text.
    pub(crate) offset: u64,
    pub(crate) mark: Mark,
}

impl Edge {
    /// The edge behind some more text.
    pub(crate) fn after(self, text: &[u8]) -> Self {
        Self { offset: self.offset + text.len() as u64, mark: self.mark.after(text) }
    }
}

/// A share of a text under way.
pub(crate) struct TextShare {
    text: Text,
    /// How it stood where the share begins.
    begun: Option<(Standing, CursorsStanding)>,
}

impl Text {
    /// Whether shares of it can be judged by themselves from here on.
    pub(crate) fn may_share(&self) -> bool {
        self.skip == 0
            && self.engine.may_share()
            && self.veiled.standing(&self.engine.window()).is_some()
    }

    /// Where the text in memory ends.
    pub(crate) fn edge(&self) -> Edge {
        let window = self.engine.window();
        Edge { offset: window.end(), mark: window.mark(window.text().len()) }
    }

    /// A share that begins behind the text `before`, which itself begins at an edge.
    pub(crate) fn share(&self, before: &[u8], edge: Edge) -> TextShare {
        let engine = self.engine.share(before, edge.offset, edge.mark);
        let text = Self { transcoder: None, skip: 0, engine, veiled: self.veiled.share() };
        TextShare { text, begun: None }
    }

    fn standing(&self) -> Option<(Standing, CursorsStanding)> {
        let veiled = self.veiled.standing(&self.engine.window())?;
        Some((self.engine.standing(), veiled))
    }

    /// Takes over what was found in the share that follows, unless it was judged otherwise than it would have been
    /// from here on; whether it did.
    pub(crate) fn join(&mut self, share: TextShare, walk: &Walk<'_>) -> bool {
        let fits = share.begun.is_some()
            && share.begun == self.standing()
            && self.engine.leads_to(&share.text.engine)
            && self.veiled.leads_to(&share.text.veiled);
        if fits {
            self.engine.join(share.text.engine, &walk.scanner.rules);
            self.veiled.join(share.text.veiled);
        }
        fits
    }
}

impl TextShare {
    /// Reads the text before the share: what is found there is not its.
    pub(crate) fn begin(&mut self, before: &[u8], walk: &mut Walk<'_>) {
        self.text.feed(before, walk);
        self.begun = self.text.standing();
        self.text.engine.forget_found();
        self.text.veiled.forget();
    }

    /// Takes the next bytes of the share.
    pub(crate) fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        self.text.feed(block, walk);
    }
}
