//! Where the pages of a row group lie, and reading one with its checksum compared. The Parquet library
//! writes no checksums of pages, and compression alone does not notice a flipped bit.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::page::PageReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::page_index::offset_index::PageLocation;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;

use super::io_error;
use super::schema::COLUMNS;
use crate::disk;
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
        description: ColumnDescPtr,
        rows: usize,
    ) -> io::Result<Box<dyn PageReader>> {
        let none = || io::Error::new(io::ErrorKind::InvalidData, "a column has no pages");
        let pages = self.0.get(column).ok_or_else(none)?.clone();
        let data = pages.iter().filter_map(|page| {
            Some(PageLocation {
                offset: page.start.cast_signed(),
                compressed_page_size: i32::try_from(page.length).ok()?,
                first_row_index: i64::try_from(page.first_row?).ok()?,
            })
        });
        let locations: Vec<PageLocation> = data.collect();
        let first = locations.first().ok_or_else(none)?.offset;
        let dictionary = pages.iter().find(|page| page.first_row.is_none());
        let length: usize = pages.iter().map(|page| page.length).sum();
        let chunk = ColumnChunkMetaData::builder(description)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_num_values(i64::try_from(rows).unwrap_or_default())
            .set_total_compressed_size(i64::try_from(length).unwrap_or_default())
            .set_data_page_offset(first)
            .set_dictionary_page_offset(dictionary.map(|page| page.start.cast_signed()))
            .build()
            .map_err(io_error)?;
        let reader = Arc::new(CheckedFile { file: file.clone(), pages });
        let pages = SerializedPageReader::new(reader, &chunk, rows, Some(locations));
        Ok(Box::new(pages.map_err(io_error)?))
    }
}

/// The pages of a column, each compared with its checksum when it is read.
struct CheckedFile {
    file: Arc<File>,
    pages: Vec<PagePlace>,
}

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.pages.iter().map(|page| page.start + page.length as u64).max().unwrap_or_default()
    }
}

impl ChunkReader for CheckedFile {
    type T = io::Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let page = self.pages.iter().find(|page| page.start == start);
        let length = page.map_or(0, |page| page.length);
        Ok(io::Cursor::new(self.get_bytes(start, length)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let fail = |why: &str| ParquetError::General(why.to_owned());
        let page = self.pages.iter().find(|page| page.start == start && page.length == length);
        let page = page.ok_or_else(|| fail("the index tells of another page"))?;
        let bytes = disk::read_at(&self.file, start, length)
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        if crc32fast::hash(&bytes) != page.checksum {
            return Err(fail("the checksum of a page is wrong"));
        }
        Ok(bytes.into())
    }
}
