//! Writes a segment.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use zstd::bulk::Compressor;

use super::{BlockEntry, COMPRESSION, MAGIC, SegmentIndex};
use crate::block::{BlockBuilder, Numbered};
use crate::bloom::{Bloom, KeyHash};
use crate::derived::Recipes;
use crate::moment::Moment;
use crate::row::{Row, Text};
use crate::{HistoryError, disk};

/// Rows that are put into a block together: a divisor of what a block holds, and few enough that a block of
/// hostile rows does not become much larger than others.
const ROWS_GATHERED: usize = 64;

/// Takes rows in the order of files.
pub(crate) struct SegmentWriter {
    path: PathBuf,
    out: BufWriter<File>,
    /// Bytes written.
    end: u64,
    builder: BlockBuilder,
    first_key: Option<Vec<u8>>,
    last_key: Option<Vec<u8>>,
    has_key: bool,
    hashes: Vec<KeyHash>,
    blocks: Vec<BlockEntry>,
    rows: u64,
    in_millis: bool,
    encoded: Vec<u8>,
    packed: Vec<u8>,
    compressor: Compressor<'static>,
    recipes: Recipes,
}

impl SegmentWriter {
    /// Begins a file.
    pub(crate) fn create(path: &Path) -> Result<Self, HistoryError> {
        let begin = || {
            disk::make_dir(path.parent().unwrap_or(path))?;
            let mut out = BufWriter::with_capacity(1 << 20, disk::create(path)?);
            out.write_all(MAGIC)?;
            Ok((out, Compressor::new(COMPRESSION)?))
        };
        let (out, compressor) = begin().map_err(|error| HistoryError::of_write(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            out,
            end: MAGIC.len() as u64,
            builder: BlockBuilder::default(),
            first_key: None,
            last_key: None,
            has_key: false,
            hashes: Vec::new(),
            blocks: Vec::new(),
            rows: 0,
            in_millis: true,
            encoded: Vec::new(),
            packed: Vec::new(),
            compressor,
            recipes: Recipes::new(),
        })
    }

    pub(crate) fn push(&mut self, row: &Row<'_>) -> Result<(), HistoryError> {
        self.note(row.text(Text::AccessKeyId), row.time, self.builder.rows() == 0);
        self.builder.push(row);
        if self.builder.is_full() { self.end_block() } else { Ok(()) }
    }

    /// Takes rows of blocks in the order of files.
    pub(crate) fn gather(
        &mut self,
        blocks: &Numbered,
        rows: &[(u32, u16)],
    ) -> Result<(), HistoryError> {
        for some in rows.chunks(ROWS_GATHERED) {
            let mut is_first = self.builder.rows() == 0;
            for (block, row) in some {
                let Some(block) = blocks.get(*block) else { continue };
                let row = usize::from(*row);
                self.note(block.text(Text::AccessKeyId, row), block.time(row), is_first);
                is_first = false;
            }
            self.builder.gather(blocks, some);
            if self.builder.is_full() {
                self.end_block()?;
            }
        }
        Ok(())
    }

    /// Notes what the index tells of a row.
    fn note(&mut self, key: Option<&[u8]>, time: Moment, is_first_of_block: bool) {
        if !self.has_key || self.last_key.as_deref() != key {
            self.hashes.extend(key.map(KeyHash::of));
            self.last_key = key.map(<[u8]>::to_vec);
            self.has_key = true;
        }
        if is_first_of_block {
            self.first_key.clone_from(&self.last_key);
        }
        self.rows += 1;
        self.in_millis &= time.is_in_millis();
    }

    fn end_block(&mut self) -> Result<(), HistoryError> {
        self.encoded.clear();
        self.builder.encode_short(&mut self.recipes, &mut self.encoded);
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(self.encoded.len()));
        let fail = |error| HistoryError::of_write(&self.path, error);
        self.compressor.compress_to_buffer(&self.encoded, &mut self.packed).map_err(fail)?;
        let (length, checksum) = (self.packed.len(), crc32fast::hash(&self.packed));
        let head =
            [u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes(), checksum.to_le_bytes()];
        let written = self.out.write_all(head.as_flattened());
        written.and_then(|()| self.out.write_all(&self.packed)).map_err(fail)?;
        self.blocks.push(BlockEntry {
            start: self.end + super::BLOCK_HEAD_BYTES as u64,
            length,
            unpacked: Some(self.encoded.len()),
            checksum,
            rows: self.builder.rows(),
            first_key: self.first_key.take(),
            last_key: self.last_key.clone(),
        });
        self.end += (super::BLOCK_HEAD_BYTES + length) as u64;
        self.builder.clear();
        Ok(())
    }

    /// Ends the file, which is durable when this returns but for its name in the folder. Gives its rows and
    /// bytes, and whether its times are whole milliseconds.
    pub(crate) fn finish(mut self, recency: u64) -> Result<(u64, u64, bool), HistoryError> {
        if self.builder.rows() > 0 {
            self.end_block()?;
        }
        let index = SegmentIndex {
            recency,
            rows: self.rows,
            in_millis: self.in_millis,
            blocks: self.blocks,
            bloom: Bloom::of(&self.hashes),
        };
        let encoded = index.encode();
        let fail = |error| HistoryError::of_write(&self.path, error);
        self.out.write_all(&encoded).and_then(|()| self.out.flush()).map_err(fail)?;
        self.out.get_ref().sync_all().map_err(fail)?;
        Ok((self.rows, self.end + encoded.len() as u64, self.in_millis))
    }
}
