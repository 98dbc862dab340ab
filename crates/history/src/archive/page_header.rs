//! What stands before the data of a page: a `PageHeader` of the Parquet format (`parquet.thrift`) in Thrift's
//! compact protocol, of which the history needs some numbers.

use parquet::basic::Encoding;

use crate::wire::Reader;

/// Structs in structs. The format has three levels; what has more is not Parquet.
const DEPTH_MAX: usize = 8;

/// Types of the compact protocol.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

/// The numbers of a header, by their places in the format.
#[derive(Debug, Default)]
pub(super) struct PageHeader {
    /// Bytes of the header itself.
    pub(super) length: usize,
    /// Bytes of the page when it is decompressed.
    pub(super) uncompressed: usize,
    pub(super) num_values: u32,
    pub(super) num_nulls: u32,
    pub(super) num_rows: u32,
    pub(super) encoding: i64,
    pub(super) levels: [u32; 2],
    pub(super) is_compressed: bool,
    pub(super) is_dictionary: bool,
}

impl PageHeader {
    /// Reads the header that some bytes begin with; `None` where it is none of a page that the history
    /// writes.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mut header = Self { is_compressed: true, ..Self::default() };
        let mut has_page = false;
        fields(&mut reader, |reader, field, kind| {
            match (field, kind) {
                (2, _) => header.uncompressed = usize::try_from(number(reader)?).ok()?,
                (7, STRUCT) => {
                    (has_page, header.is_dictionary) = (true, true);
                    fields(reader, |reader, field, kind| header.dictionary(reader, field, kind))?;
                }
                (8, STRUCT) => {
                    has_page = true;
                    fields(reader, |reader, field, kind| header.data(reader, field, kind))?;
                }
                _ => skip(reader, kind, 0)?,
            }
            Some(())
        })?;
        header.length = reader.position();
        has_page.then_some(header)
    }

    fn dictionary(&mut self, reader: &mut Reader<'_>, field: i64, kind: u8) -> Option<()> {
        match field {
            1 => self.num_values = small(reader)?,
            2 => self.encoding = number(reader)?,
            _ => skip(reader, kind, 0)?,
        }
        Some(())
    }

    /// A field of a `DataPageHeaderV2`.
    fn data(&mut self, reader: &mut Reader<'_>, field: i64, kind: u8) -> Option<()> {
        match field {
            1 => self.num_values = small(reader)?,
            2 => self.num_nulls = small(reader)?,
            3 => self.num_rows = small(reader)?,
            4 => self.encoding = number(reader)?,
            5 => self.levels[0] = small(reader)?,
            6 => self.levels[1] = small(reader)?,
            7 => self.is_compressed = kind == TRUE,
            _ => skip(reader, kind, 0)?,
        }
        Some(())
    }

    /// How the values are encoded; `None` for what the history does not write.
    pub(super) fn encoding(&self) -> Option<Encoding> {
        [
            (0, Encoding::PLAIN),
            (2, Encoding::PLAIN_DICTIONARY),
            (5, Encoding::DELTA_BINARY_PACKED),
            (6, Encoding::DELTA_LENGTH_BYTE_ARRAY),
            (7, Encoding::DELTA_BYTE_ARRAY),
            (8, Encoding::RLE_DICTIONARY),
        ]
        .into_iter()
        .find_map(|(number, encoding)| (number == self.encoding).then_some(encoding))
    }
}

/// Gives each field of a struct, by its number and type, to `take`, which reads its value.
fn fields<'a>(
    reader: &mut Reader<'a>,
    mut take: impl FnMut(&mut Reader<'a>, i64, u8) -> Option<()>,
) -> Option<()> {
    let mut field = 0_i64;
    loop {
        let head = reader.u8()?;
        if head == 0 {
            return Some(());
        }
        // The distance from the field before, or where that is too far, the number itself.
        field = match head >> 4 {
            0 => number(reader)?,
            distance => field.checked_add(i64::from(distance))?,
        };
        take(reader, field, head & 0x0f)?;
    }
}

/// A number, whose sign is its lowest bit.
fn number(reader: &mut Reader<'_>) -> Option<i64> {
    let raw = reader.varint()?;
    Some((raw >> 1).cast_signed() ^ -((raw & 1).cast_signed()))
}

fn small(reader: &mut Reader<'_>) -> Option<u32> {
    u32::try_from(number(reader)?).ok()
}

/// Passes over a value.
fn skip(reader: &mut Reader<'_>, kind: u8, depth: usize) -> Option<()> {
    match kind {
        _ if depth > DEPTH_MAX => None,
        TRUE | FALSE => Some(()),
        BYTE => reader.u8().map(drop),
        4..=I64 => reader.varint().map(drop),
        DOUBLE => reader.take(8).map(drop),
        BINARY => {
            let length = usize::try_from(reader.varint()?).ok()?;
            reader.take(length).map(drop)
        }
        LIST | SET => {
            let head = reader.u8()?;
            let length = match head >> 4 {
                15 => reader.varint()?,
                length => u64::from(length),
            };
            // In lists truth values have a byte each.
            let kind = if head & 0x0f <= FALSE { BYTE } else { head & 0x0f };
            (0..length).try_for_each(|_| skip(reader, kind, depth + 1))
        }
        STRUCT => fields(reader, |reader, _, kind| skip(reader, kind, depth + 1)),
        _ => None,
    }
}
