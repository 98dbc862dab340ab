//! Where the events and rejects of a log go while it is read, block by block.

use std::mem::take;

use super::json::FrameState;
use super::view::EventView;
use super::{Reject, Tally};

/// Bytes that tell lines from JSON records.
const HEAD: usize = 64;

/// What is known of a log from block to block.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tally: Tally,
    /// Bytes of the log before the block.
    base: u64,
    /// The line number of the block's first byte, or of the last one that was asked for.
    line: u64,
    /// A line too long to be held: its number, its first byte, and why it is rejected at its end.
    overlong: Option<(u64, u64, String)>,
    /// What the readers of JSON know of the blocks before.
    pub(super) frames: FrameState,
    /// The columns that a file of CSV named.
    pub(super) columns: Option<Vec<String>>,
    /// Whether a log that may be lines or JSON records is lines.
    is_lines: Option<bool>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            tally: Tally::default(),
            base: 0,
            line: 1,
            overlong: None,
            frames: FrameState::default(),
            columns: None,
            is_lines: None,
        }
    }
}

impl State {
    /// Rejects what follows and cannot be had.
    pub(super) fn reject_rest(&mut self, why: String) {
        self.tally.lines += 1;
        let (line, at) = (self.line, self.base);
        self.tally.rejects.push(Reject { line, start: at, end: at, why });
    }
}

/// Where a block stands in its log, and where its events go.
pub(super) struct Out<'s> {
    pub(super) state: &'s mut State,
    event: &'s mut dyn FnMut(EventView<'_>),
    /// Whether nothing follows the block.
    pub(super) is_last: bool,
    /// The byte of the block up to which lines are counted.
    counted_to: usize,
}

impl<'s> Out<'s> {
    pub(super) fn new(
        state: &'s mut State,
        event: &'s mut dyn FnMut(EventView<'_>),
        is_last: bool,
    ) -> Self {
        Self { state, event, is_last, counted_to: 0 }
    }

    /// Whether the block is the first of its log.
    pub(super) fn is_first(&self) -> bool {
        self.state.base == 0
    }

    /// Whether a log is lines, not JSON records, by how it begins; `None` where the block ends before
    /// that is known.
    pub(super) fn is_lines(&mut self, block: &[u8], is: fn(&[u8]) -> bool) -> Option<bool> {
        if self.state.is_lines.is_none() {
            let head = block.trim_ascii_start();
            let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
            if head.len() < HEAD && !self.is_last {
                return None;
            }
            self.state.is_lines = Some(is(head));
        }
        self.state.is_lines
    }

    /// Counts one record that stands from `start` to `end` in the block, read or not.
    pub(super) fn take(
        &mut self,
        block: &[u8],
        (start, end): (usize, usize),
        outcome: Result<EventView<'_>, String>,
    ) {
        self.state.tally.lines += 1;
        match outcome {
            Ok(event) => {
                self.state.tally.events += 1;
                self.state.tally.minted.extend(event.minted());
                self.state.tally.granted.extend(event.granted());
                (self.event)(event);
            }
            Err(why) => {
                let line = self.line_of(block, start);
                let [start, end] = [start, end].map(|at| self.state.base + at as u64);
                self.state.tally.rejects.push(Reject { line, start, end, why });
            }
        }
    }

    /// The number of the line in which a byte of the block stands.
    fn line_of(&mut self, block: &[u8], at: usize) -> u64 {
        let passed = block.get(self.counted_to..at).unwrap_or_default();
        self.state.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.counted_to = self.counted_to.max(at);
        self.state.line
    }

    /// Ends a block of which `read` bytes were read; the others come again with the next one.
    pub(super) fn end_block(mut self, block: &[u8], read: usize) {
        self.line_of(block, read);
        self.state.base += read as u64;
    }

    /// Rejects what begins at `start` and does not end in the block, at the end of its line.
    pub(super) fn begin_overlong(&mut self, block: &[u8], start: usize, why: String) {
        let line = self.line_of(block, start);
        self.state.overlong = Some((line, self.state.base + start as u64, why));
    }

    /// Passes over the rest of a line that was too long. Returns where the block goes on.
    pub(super) fn end_overlong(&mut self, block: &[u8]) -> usize {
        if self.state.overlong.is_none() {
            return 0;
        }
        let found = memchr::memchr(b'\n', block);
        let end = found.unwrap_or(block.len());
        if (found.is_some() || self.is_last)
            && let Some((line, start, why)) = take(&mut self.state.overlong)
        {
            let end = self.state.base + end as u64;
            self.state.tally.lines += 1;
            self.state.tally.rejects.push(Reject { line, start, end, why });
        }
        end
    }
}
