//! Where the pages of a row group lie, and reading one with its checksum compared. The Parquet library
//! writes no checksums of pages, and compression alone does not notice a flipped bit.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use zstd::bulk::Decompressor;

use super::page_header::PageHeader;
use super::schema::COLUMNS;
use crate::disk;
use crate::state::locked;
use crate::wire::{Reader, put_size};

/// One page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PagePlace {
    start: u64,
    length: usize,
    checksum: u32,
    /// The first of its rows in the row group; of a dictionary none.
    first_row: Option<usize>,
}

impl PagePlace {
    /// The pages of each column of a row group, without checksums.
    pub(super) fn of_group(
        metadata: &ParquetMetaData,
        number: usize,
    ) -> io::Result<Vec<Vec<Self>>> {
        let shapeless = || io::Error::new(io::ErrorKind::InvalidData, "no offset index");
        let group = metadata.row_groups().get(number).ok_or_else(shapeless)?;
        let index = metadata.page_index_for_row_group(number);
        let mut columns = Vec::new();
        for (place, chunk) in group.columns().iter().enumerate() {
            let locations = index.page_locations(place).ok_or_else(shapeless)?;
            let page = |start: i64, length: i64, first_row: Option<i64>| {
                Some(Self {
                    start: u64::try_from(start).ok()?,
                    length: usize::try_from(length).ok()?,
                    checksum: 0,
                    first_row: first_row.map(usize::try_from).transpose().ok()?,
                })
            };
            let first = locations.first().ok_or_else(shapeless)?.offset;
            let dictionary = chunk.dictionary_page_offset().map(|at| page(at, first - at, None));
            let data = locations.iter().map(|location| {
                let length = i64::from(location.compressed_page_size);
                page(location.offset, length, Some(location.first_row_index))
            });
            let pages: Option<Vec<Self>> = dictionary.into_iter().chain(data).collect();
            columns.push(pages.ok_or_else(shapeless)?);
        }
        Ok(columns)
    }
}

/// The pages of a row group, by column.
#[derive(Debug)]
pub(super) struct GroupPages(Vec<Vec<PagePlace>>);

impl GroupPages {
    /// Reads the pages and notes their checksums.
    pub(super) fn checked(mut columns: Vec<Vec<PagePlace>>, parquet: &File) -> io::Result<Self> {
        for page in columns.iter_mut().flatten() {
            page.checksum = crc32fast::hash(&disk::read_at(parquet, page.start, page.length)?);
        }
        Ok(Self(columns))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_size(out, self.0.len());
        for column in &self.0 {
            put_size(out, column.len());
            for page in column {
                out.extend_from_slice(&page.start.to_le_bytes());
                put_size(out, page.length);
                out.extend_from_slice(&page.checksum.to_le_bytes());
                put_size(out, page.first_row.map_or(0, |row| row + 1));
            }
        }
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mut columns = Vec::new();
        for _ in 0..reader.size()? {
            let mut pages = Vec::new();
            for _ in 0..reader.size()? {
                pages.push(PagePlace {
                    start: reader.u64()?,
                    length: reader.size()?,
                    checksum: reader.u32()?,
                    first_row: reader.size()?.checked_sub(1),
                });
            }
            columns.push(pages);
        }
        (columns.len() == COLUMNS.len()).then_some(Self(columns))
    }

    /// Reads the pages of one column of so many rows.
    pub(super) fn reader(
        &self,
        file: &Arc<File>,
        column: usize,
        rows: usize,
        unzip: &Unzip,
    ) -> io::Result<Box<dyn PageReader>> {
        let none = || io::Error::new(io::ErrorKind::InvalidData, "a column has no pages");
        let pages = self.0.get(column).ok_or_else(none)?.iter().copied().collect();
        Ok(Box::new(ColumnPages { file: file.clone(), pages, rows, unzip: unzip.clone() }))
    }
}

/// What decompresses pages: dear to make, thus one for all columns.
#[derive(Clone)]
pub(super) struct Unzip(Arc<Mutex<Decompressor<'static>>>);

impl Unzip {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Decompressor::new()?))))
    }
}

/// The pages of a column, each compared with its checksum when it is read.
///
/// The library's own reader would make a compressor and a decompressor for each column of each row group,
/// which takes longer than to read the few pages that one key needs.
struct ColumnPages {
    file: Arc<File>,
    pages: VecDeque<PagePlace>,
    /// Rows of the row group.
    rows: usize,
    unzip: Unzip,
}

impl ColumnPages {
    fn read(&self, page: PagePlace) -> Result<Page, ParquetError> {
        let fail = |why: &str| ParquetError::General(why.to_owned());
        let bytes = disk::read_at(&self.file, page.start, page.length)
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        if crc32fast::hash(&bytes) != page.checksum {
            return Err(fail("the checksum of a page is wrong"));
        }
        let header = PageHeader::parse(&bytes).ok_or_else(|| fail("a page is of another kind"))?;
        let encoding = header.encoding().ok_or_else(|| fail("a page is of another encoding"))?;
        let buf = self.data(&header, Bytes::from(bytes).slice(header.length..))?;
        let num_values = header.num_values;
        if header.is_dictionary {
            return Ok(Page::DictionaryPage { buf, num_values, encoding, is_sorted: false });
        }
        let [def_levels_byte_len, rep_levels_byte_len] = header.levels;
        Ok(Page::DataPageV2 {
            buf,
            num_values,
            encoding,
            num_nulls: header.num_nulls,
            num_rows: header.num_rows,
            def_levels_byte_len,
            rep_levels_byte_len,
            is_compressed: header.is_compressed,
            statistics: None,
        })
    }

    /// The levels of a page, which are not compressed, and its values, which are.
    fn data(&self, header: &PageHeader, bytes: Bytes) -> Result<Bytes, ParquetError> {
        let levels = header.levels.iter().map(|length| *length as usize).sum();
        let split = bytes.split_at_checked(levels).zip(header.uncompressed.checked_sub(levels));
        let cut = || ParquetError::General("a page is cut".to_owned());
        let ((levels, compressed), length) = split.ok_or_else(cut)?;
        if !header.is_compressed || length == 0 {
            return Ok(bytes);
        }
        let values = locked(&self.unzip.0).decompress(compressed, length);
        let values = values.map_err(|error| ParquetError::External(Box::new(error)))?;
        if levels.is_empty() {
            return Ok(values.into());
        }
        Ok([levels, &values].concat().into())
    }
}

impl Iterator for ColumnPages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for ColumnPages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        self.pages.pop_front().map(|page| self.read(page)).transpose()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        let end = self.pages.get(1).and_then(|page| page.first_row).unwrap_or(self.rows);
        Ok(self.pages.front().map(|page| PageMetadata {
            num_rows: page.first_row.map(|first| end.saturating_sub(first)),
            num_levels: None,
            is_dict: page.first_row.is_none(),
        }))
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.pages.pop_front();
        Ok(())
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        // The history has no lists.
        Ok(true)
    }
}
