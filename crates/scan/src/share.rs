//! A large text judged in shares by several threads, to the same findings in the same order as by one.
//!
//! Whoever has a [`Scan`] hands out [`Share`]s in the order of the bytes, has them judged by whatever threads it
//! has, and joins them in the same order. A share is begun a little before its first byte, so that it mostly comes
//! to where the share before it will end; where it does not (a value in quotes over many lines, a long run of
//! base64) it is judged anew when it is joined, so that the outcome never depends on who judged what. What a
//! container holds, and what is transcoded, is not shared out.

use claviger_lanes::Sheet;

use crate::Limits;
use crate::content::{Edge, TextShare};
use crate::scanner::{BLOCK, Scan, Scanner};
use crate::walk::Walk;

/// Text that is read before a share: what the engine looks back to, several times over.
const BEFORE: usize = 32 * 1024;
/// Shares that were judged in vain, beyond half of all, from which on a text is known not to be worth it.
const VAIN_MAX: u64 = 8;

/// Where the next share begins.
pub(crate) struct Cut {
    /// The text before it.
    before: Vec<u8>,
    /// Where that begins.
    edge: Edge,
}

/// What became of the shares of a scan.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    joined: u64,
    /// Of those that came back, judged anew.
    vain: u64,
}

/// A share of a large text, which any thread may judge. Its bytes are its own, or lent by who has the whole in memory.
pub struct Share<B = Vec<u8>> {
    text: TextShare,
    before: Vec<u8>,
    bytes: B,
    uri: String,
    limits: Limits,
}

/// A share that was judged, for the scan that it came from.
pub struct JudgedShare<'s, B = Vec<u8>> {
    text: TextShare,
    bytes: B,
    walk: Walk<'s>,
}

impl Scan<'_> {
    /// Bytes that a share has.
    pub const SHARE_BYTES: usize = 32 * BLOCK;
}

impl<'s> Scan<'s> {
    /// Whether it is worth handing out shares of what comes next: it is a text, and shares of it were not mostly
    /// judged in vain.
    #[must_use]
    pub fn may_share(&mut self) -> bool {
        let Shared { joined, vain, .. } = self.shared;
        let pays = vain <= VAIN_MAX + joined / 2;
        let is_whole = self.block.is_empty();
        pays && is_whole && self.root.as_text().is_some_and(|text| text.may_share())
    }

    /// Hands out the next bytes, [`Self::SHARE_BYTES`] at best. The first are judged at once, to know what the text
    /// is like there, and so are those that are no multiple of 64 KiB: then nothing is handed out. While a share is
    /// out, nothing may be fed.
    pub fn share<B: AsRef<[u8]>>(&mut self, bytes: B) -> Option<Share<B>> {
        let all = bytes.as_ref();
        let whole = all.len().is_multiple_of(BLOCK) && !all.is_empty() && self.block.is_empty();
        let cut = self.cut.take().filter(|_| whole);
        let (Some(text), true) = (self.root.as_text(), whole) else {
            self.feed(all);
            return None;
        };
        let Some(Cut { before, edge }) = cut else {
            self.begin_shares(all);
            return None;
        };
        let rest = all.len() - before.len();
        let next = edge.after(all.len());
        self.cut = Some(Cut { before: all[rest..].to_vec(), edge: next });
        let (uri, limits) = self.walk.told();
        Some(Share { text: text.share(&before, edge), before, bytes, uri, limits })
    }

    /// Judges bytes, and notes where the first share behind them begins.
    fn begin_shares(&mut self, bytes: &[u8]) {
        let (front, last) = bytes.split_at(bytes.len() - BLOCK);
        self.feed(front);
        let edge = self.root.as_text().map(|text| text.edge());
        self.feed(last);
        let edge = edge.filter(|_| self.may_share());
        self.cut = edge.map(|edge| {
            // Text is kept in chunks, by all who keep it in the same ones.
            let begin = edge.offset + (BLOCK - BEFORE) as u64;
            let skipped = begin.next_multiple_of(Sheet::chunk_bytes() as u64) - edge.offset;
            let (skipped, before) = last.split_at(skipped as usize);
            Cut { before: before.to_vec(), edge: edge.after(skipped.len()) }
        });
    }

    /// Takes over what was found in a share; shares are joined in the order in which they were handed out. Gives
    /// back the memory of its bytes.
    pub fn join<B: AsRef<[u8]>>(&mut self, judged: JudgedShare<'s, B>) -> B {
        let JudgedShare { text, bytes, walk } = judged;
        self.walk.add_bytes(bytes.as_ref().len());
        self.shared.joined += 1;
        let fits = self.walk.has_room_for(&walk);
        let own = self.root.as_text().filter(|_| fits);
        if let Some(shift) = own.and_then(|own| own.join(text, &self.walk)) {
            self.walk.join(walk, &shift);
            return bytes;
        }
        self.shared.vain += 1;
        self.root.feed_blocks(bytes.as_ref(), BLOCK, &mut self.walk);
        bytes
    }
}

impl<B: AsRef<[u8]>> Share<B> {
    /// Judges the share.
    #[must_use]
    pub fn judge(self, scanner: &Scanner) -> JudgedShare<'_, B> {
        let Self { mut text, before, bytes, uri, limits } = self;
        text.begin(&before, &mut Walk::new(scanner, uri.clone(), limits));
        let mut walk = Walk::new(scanner, uri, limits);
        walk.add_bytes(bytes.as_ref().len());
        text.feed(bytes.as_ref(), &mut walk);
        JudgedShare { text, bytes, walk }
    }
}

#[cfg(test)]
mod tests;
