//! A share of a text: what is judged of it by itself, and how that is joined to what came before.

use super::Text;
use crate::engine::{Mark, Shift, Standing};
use crate::veiled::CursorsStanding;
use crate::walk::Walk;

/// Where in a text a share of it may be begun.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// Offset in the text.
    pub(crate) offset: u64,
    /// Offset in the content, where the text may begin later.
    source: u64,
}

impl Edge {
    /// The edge so many bytes of text further on.
    pub(crate) fn after(self, bytes: usize) -> Self {
        let bytes = bytes as u64;
        Self { offset: self.offset + bytes, source: self.source + bytes }
    }
}

/// A share of a text under way.
pub(crate) struct TextShare {
    text: Text,
    /// How it stood where the share begins, and where what was in memory then begins.
    begun: Option<(Standing, CursorsStanding)>,
    told: Option<Mark>,
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
        Edge { offset: window.end(), source: window.mark(window.text().len()).source }
    }

    /// A share that begins behind the text `before`, which itself begins at an edge.
    pub(crate) fn share(&self, before: &[u8], edge: Edge) -> TextShare {
        let engine = self.engine.share(before, edge.offset, edge.source);
        let text = Self { transcoder: None, skip: 0, engine, veiled: self.veiled.share() };
        TextShare { text, begun: None, told: None }
    }

    fn standing(&self) -> Option<(Standing, CursorsStanding)> {
        let veiled = self.veiled.standing(&self.engine.window())?;
        Some((self.engine.standing(), veiled))
    }

    /// Takes over what was found in the share that follows, unless it was judged otherwise than it would have been
    /// from here on: what its lines were off by, if it did.
    pub(crate) fn join(&mut self, share: TextShare, walk: &Walk<'_>) -> Option<Shift> {
        let TextShare { mut text, begun, told } = share;
        let fits = begun.is_some()
            && begun == self.standing()
            && self.engine.leads_to(&text.engine)
            && self.veiled.leads_to(&text.veiled);
        // Both have the same in memory where the share begins.
        let shift = Shift::between(told.filter(|_| fits)?, self.engine.edge());
        text.engine.mend(&shift);
        text.veiled.mend(&shift);
        self.engine.join(text.engine, &walk.scanner.rules);
        self.veiled.join(text.veiled);
        Some(shift)
    }
}

impl TextShare {
    /// Reads the text before the share: what is found there is not its.
    pub(crate) fn begin(&mut self, before: &[u8], walk: &mut Walk<'_>) {
        self.text.feed(before, walk);
        self.begun = self.text.standing();
        self.told = Some(self.text.engine.edge());
        self.text.engine.forget_found();
        self.text.veiled.forget();
    }

    /// Takes the next bytes of the share.
    pub(crate) fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        self.text.feed(block, walk);
    }
}
