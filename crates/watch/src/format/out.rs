//! Where the events and rejects of a log go while it is read, block by block.

use std::mem::take;

use super::json::FrameState;
use super::view::EventView;
use super::{Reject, Tally};

/// What was read so far, and where the block at hand stands in its log.
pub(super) struct Out<'s> {
    pub(super) tally: Tally,
    event: &'s mut dyn FnMut(EventView<'_>),
    /// Whether nothing follows the block.
    pub(super) is_last: bool,
    /// Bytes of the log before the block.
    base: u64,
    /// The line number of the block's byte `counted_to`.
    line: u64,
    counted_to: usize,
    /// A line too long to be held: its number, its first byte, and why it is rejected at its end.
    overlong: Option<(u64, u64, String)>,
    /// What the readers of JSON know of the blocks before.
    pub(super) frames: FrameState,
    /// The columns that a file of CSV named.
    pub(super) columns: Option<Vec<String>>,
}

impl<'s> Out<'s> {
    pub(super) fn new(event: &'s mut dyn FnMut(EventView<'_>)) -> Self {
        Self {
            tally: Tally::default(),
            event,
            is_last: true,
            base: 0,
            line: 1,
            counted_to: 0,
            overlong: None,
            frames: FrameState::default(),
            columns: None,
        }
    }

    /// Whether the block is the first of its log.
    pub(super) fn is_first(&self) -> bool {
        self.base == 0
    }

    /// Counts one record that stands from `start` to `end` in the block, read or not.
    pub(super) fn take(
        &mut self,
        block: &[u8],
        (start, end): (usize, usize),
        outcome: Result<EventView<'_>, String>,
    ) {
        self.tally.lines += 1;
        match outcome {
            Ok(event) => {
                self.tally.events += 1;
                self.tally.minted.extend(event.minted());
                (self.event)(event);
            }
            Err(why) => {
                let line = self.line_of(block, start);
                let [start, end] = [start, end].map(|at| self.base + at as u64);
                self.tally.rejects.push(Reject { line, start, end, why });
            }
        }
    }

    /// The number of the line in which a byte of the block stands.
    fn line_of(&mut self, block: &[u8], at: usize) -> u64 {
        let passed = block.get(self.counted_to..at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.counted_to = self.counted_to.max(at);
        self.line
    }

    /// Ends a block of which `read` bytes were read; the others come again with the next one.
    pub(super) fn end_block(&mut self, block: &[u8], read: usize) {
        self.line_of(block, read);
        self.base += read as u64;
        self.counted_to = 0;
    }

    /// Rejects what begins at `start` and does not end in the block, at the end of its line.
    pub(super) fn begin_overlong(&mut self, block: &[u8], start: usize, why: String) {
        let line = self.line_of(block, start);
        self.overlong = Some((line, self.base + start as u64, why));
    }

    /// Passes over the rest of a line that was too long. Returns where the block goes on.
    pub(super) fn end_overlong(&mut self, block: &[u8]) -> usize {
        if self.overlong.is_none() {
            return 0;
        }
        let found = memchr::memchr(b'\n', block);
        let end = found.unwrap_or(block.len());
        if (found.is_some() || self.is_last)
            && let Some((line, start, why)) = take(&mut self.overlong)
        {
            let end = self.base + end as u64;
            self.tally.lines += 1;
            self.tally.rejects.push(Reject { line, start, end, why });
        }
        end
    }
}
