//! Pages of a SQLite database: b-trees, overflow chains and what is free in them (fileformat2 §1).

use super::record::{TextEncoding, varint};
use crate::walk::Walk;

/// The header of the database, before the first page's own.
const HEADER: usize = 100;
/// B-trees deeper than this are circles: SQLite's own limit is 20.
const DEPTH_MAX: u32 = 40;

/// A database in memory.
pub(super) struct Database<'d> {
    bytes: &'d [u8],
    page_bytes: usize,
    /// Bytes of a page that SQLite itself uses.
    usable: usize,
    pub(super) encoding: TextEncoding,
    /// Pages that belong to a tree that was read.
    visited: Vec<bool>,
    /// Rows or pages that are not whole.
    pub(super) damaged: u64,
}

/// Whether the walk through a tree goes on.
pub(super) enum Goes {
    On,
    /// A budget is spent.
    Over,
}

impl<'d> Database<'d> {
    /// Reads the header; `None` when it makes no sense.
    pub(super) fn open(bytes: &'d [u8]) -> Option<Self> {
        let header = bytes.get(..HEADER)?;
        let page_bytes = match usize::from(u16::from_be_bytes([header[16], header[17]])) {
            1 => 65_536,
            bytes => bytes,
        };
        let usable = page_bytes.checked_sub(usize::from(header[20]))?;
        if !page_bytes.is_power_of_two() || page_bytes < 512 || usable < 480 {
            return None;
        }
        let encoding = match header[59] {
            2 => TextEncoding::Utf16Le,
            3 => TextEncoding::Utf16Be,
            _ => TextEncoding::Utf8,
        };
        let pages = bytes.len().div_ceil(page_bytes);
        let visited = vec![false; pages];
        Some(Self { bytes, page_bytes, usable, encoding, visited, damaged: 0 })
    }

    /// A page by its number, from 1.
    fn page(&self, number: u32) -> Option<&'d [u8]> {
        let start = usize::try_from(number).ok()?.checked_sub(1)?.checked_mul(self.page_bytes)?;
        let rest = self.bytes.get(start..)?;
        Some(&rest[..rest.len().min(self.page_bytes)])
    }

    /// Marks a page as visited; `false` when it was before.
    fn visit(&mut self, number: u32) -> bool {
        let index = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        self.visited.get_mut(index).is_some_and(|visited| !std::mem::replace(visited, true))
    }

    /// Calls `row` with the row id and the record of every row of the tree at a page, in order.
    pub(super) fn rows(
        &mut self,
        root: u32,
        walk: &mut Walk<'_>,
        row: &mut dyn FnMut(i64, &[u8], &mut Walk<'_>) -> Goes,
    ) -> Goes {
        self.tree(root, 0, walk, row)
    }

    fn tree(
        &mut self,
        number: u32,
        depth: u32,
        walk: &mut Walk<'_>,
        row: &mut dyn FnMut(i64, &[u8], &mut Walk<'_>) -> Goes,
    ) -> Goes {
        if !walk.take_steps(1) {
            return Goes::Over;
        }
        let page = self.page(number).filter(|_| depth < DEPTH_MAX);
        let Some(page) = page.filter(|_| self.visit(number)) else {
            self.damaged += 1;
            return Goes::On;
        };
        let start = if number == 1 { HEADER } else { 0 };
        let Some(kind) = page.get(start).copied() else { return Goes::On };
        let (is_inner, is_table) = match kind {
            2 => (true, false),
            5 => (true, true),
            10 => (false, false),
            13 => (false, true),
            _ => {
                self.damaged += 1;
                return Goes::On;
            }
        };
        let head = start + if is_inner { 12 } else { 8 };
        let cells = usize::from(short(page, start + 3).unwrap_or(0));
        for index in 0..cells {
            let Some(at) = short(page, head + 2 * index).map(usize::from) else { break };
            let Some(mut cell) = page.get(at..) else {
                self.damaged += 1;
                continue;
            };
            if is_inner {
                let Some((child, rest)) = cell.split_first_chunk::<4>() else { continue };
                if let Goes::Over = self.tree(u32::from_be_bytes(*child), depth + 1, walk, row) {
                    return Goes::Over;
                }
                if is_table {
                    continue;
                }
                cell = rest;
            }
            match self.record(cell, is_table, walk) {
                Some((id, record)) => {
                    if !walk.take_steps(1) {
                        return Goes::Over;
                    }
                    if let Goes::Over = row(id, &record, walk) {
                        return Goes::Over;
                    }
                }
                None => self.damaged += 1,
            }
        }
        match long(page, start + 8) {
            Some(last) if is_inner => self.tree(last, depth + 1, walk, row),
            _ => Goes::On,
        }
    }

    /// The row id and the whole record of a cell, gathered from its overflow pages.
    fn record(
        &mut self,
        cell: &[u8],
        is_table: bool,
        walk: &mut Walk<'_>,
    ) -> Option<(i64, Vec<u8>)> {
        let (length, bytes) = varint(cell)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= self.bytes.len())?;
        let mut cell = &cell[bytes..];
        let mut id = 0;
        if is_table {
            let (row, bytes) = varint(cell)?;
            id = row.cast_signed();
            cell = &cell[bytes..];
        }
        let local = self.local_bytes(length, is_table);
        let mut record = cell.get(..local)?.to_vec();
        let mut next = if local < length { long(cell, local)? } else { 0 };
        while record.len() < length && next != 0 {
            let page = self.page(next)?;
            if !self.visit(next) || !walk.take_steps(1) {
                return None;
            }
            let part = page.get(4..self.usable.min(page.len()))?;
            record.extend_from_slice(&part[..part.len().min(length - record.len())]);
            next = long(page, 0)?;
        }
        Some((id, record))
    }

    /// Bytes of a record that its own page holds (fileformat2 §1.5).
    fn local_bytes(&self, length: usize, is_table: bool) -> usize {
        let most = match is_table {
            true => self.usable - 35,
            false => (self.usable - 12) * 64 / 255 - 23,
        };
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.usable - 4);
        if fitting <= most { fitting } else { least }
    }

    /// What no tree holds any more: pages without an owner, and in the others the gap between head and
    /// cells, and the blocks between cells. Deleted rows stay there until they are written over.
    pub(super) fn free(&self) -> impl Iterator<Item = &'d [u8]> {
        let numbers = 1..=u32::try_from(self.visited.len()).unwrap_or(u32::MAX);
        numbers.flat_map(|number| {
            let Some(page) = self.page(number) else { return Vec::new() };
            if !self.visited[number as usize - 1] {
                return vec![page];
            }
            let start = if number == 1 { HEADER } else { 0 };
            let head = start + if matches!(page.get(start), Some(2 | 5)) { 12 } else { 8 };
            let number = |at: usize| short(page, at).map_or(0, usize::from);
            let end = match number(start + 5) {
                0 => 65_536,
                end => end,
            };
            let gap = page.get(head + 2 * number(start + 3)..end.min(page.len()));
            let mut parts: Vec<&[u8]> = gap.into_iter().collect();
            let (mut block, mut last) = (number(start + 1), 0);
            while block > last {
                // Next block and size come first, over what was there.
                parts.extend(page.get(block + 4..block + number(block + 2)));
                (last, block) = (block, number(block));
            }
            parts
        })
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|number| u16::from_be_bytes(*number))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_be_bytes(*number))
}
