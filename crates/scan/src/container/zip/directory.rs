//! The directory of a zip archive, with zip64, and the headers before the data of its entries.

use encoding_rs::GBK;

/// One entry, as the directory describes it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    /// Bytes of its data in the archive.
    pub(super) packed: u64,
    /// Bytes that it unpacks to.
    pub(super) size: u64,
    /// Where its local header begins.
    pub(super) offset: u64,
}

impl Entry {
    /// APPNOTE 4.4.4: bit 0; method 99 is the encryption of WinZip.
    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0 || self.method == 99
    }
}

/// Bytes of the end record without its comment.
const END: usize = 22;
/// Longest comment.
const COMMENT_MAX: usize = u16::MAX as usize;

/// Reads a directory, up to one more entry than `most`.
///
/// # Errors
/// There is none, or it is damaged; the reason in words.
pub(super) fn read(bytes: &[u8], most: u64) -> Result<Vec<Entry>, String> {
    let end = end_record(bytes).ok_or("it has no directory")?;
    // Where something was put before the archive, all offsets are short by its length.
    let before = (end.at as u64)
        .checked_sub(end.size)
        .and_then(|start| start.checked_sub(end.offset))
        .ok_or("its directory lies outside of it")?;
    let mut at = usize::try_from(end.offset + before).map_err(|_| "its directory is too far")?;
    let mut entries = Vec::new();
    for number in 0..end.entries.min(most.saturating_add(1)) {
        let damaged = || format!("its directory is damaged at entry {}", number + 1);
        let record = bytes.get(at..end.at).ok_or_else(damaged)?;
        let (mut entry, length) = entry(record).ok_or_else(damaged)?;
        entry.offset = entry.offset.saturating_add(before);
        entries.push(entry);
        at += length;
    }
    Ok(entries)
}

struct End {
    /// Where the directory ends.
    at: usize,
    entries: u64,
    size: u64,
    offset: u64,
}

fn end_record(bytes: &[u8]) -> Option<End> {
    let from = bytes.len().saturating_sub(END + COMMENT_MAX);
    let at = (from..=bytes.len().checked_sub(END)?)
        .rev()
        .find(|at| bytes[*at..].starts_with(b"PK\x05\x06"))?;
    let record = &bytes[at..];
    let end = End {
        at,
        entries: u64::from(short(record, 10)?),
        size: u64::from(long(record, 12)?),
        offset: u64::from(long(record, 16)?),
    };
    let overflows = end.entries == 0xFFFF || end.size == 0xFFFF_FFFF || end.offset == 0xFFFF_FFFF;
    if overflows { zip64(bytes, at).or(Some(end)) } else { Some(end) }
}

/// APPNOTE 4.3.14 and 4.3.15: the locator lies before the end record, and says where zip64's own is.
fn zip64(bytes: &[u8], end: usize) -> Option<End> {
    let locator = bytes.get(end.checked_sub(20)?..end)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return None;
    }
    let told = usize::try_from(huge(locator, 8)?).ok()?;
    let is_record = |at: &usize| bytes.get(*at..).is_some_and(|b| b.starts_with(b"PK\x06\x06"));
    // Where something was put before the archive, the record lies right before its locator.
    let at = Some(told).filter(is_record).or(end.checked_sub(76).filter(is_record))?;
    let record = &bytes[at..];
    Some(End { at, entries: huge(record, 32)?, size: huge(record, 40)?, offset: huge(record, 48)? })
}

/// An entry of the directory, and the bytes of its record.
fn entry(record: &[u8]) -> Option<(Entry, usize)> {
    if !record.starts_with(b"PK\x01\x02") {
        return None;
    }
    let name_bytes = usize::from(short(record, 28)?);
    let extra_bytes = usize::from(short(record, 30)?);
    let comment_bytes = usize::from(short(record, 32)?);
    let extra = record.get(46 + name_bytes..46 + name_bytes + extra_bytes)?;
    let flags = short(record, 8)?;
    let mut entry = Entry {
        name: name(record.get(46..46 + name_bytes)?),
        flags,
        method: short(record, 10)?,
        checksum: long(record, 16)?,
        packed: u64::from(long(record, 20)?),
        size: u64::from(long(record, 24)?),
        offset: u64::from(long(record, 42)?),
    };
    let fields = [&mut entry.size, &mut entry.packed, &mut entry.offset];
    widen(fields, extra);
    Some((entry, 46 + name_bytes + extra_bytes + comment_bytes))
}

/// Puts the numbers of zip64 in place of those that overflowed, in the order that APPNOTE 4.5.3 gives.
pub(super) fn widen<const N: usize>(fields: [&mut u64; N], extra: &[u8]) {
    let Some(mut wide) = extra_field(extra, 1) else { return };
    for field in fields.into_iter().filter(|field| **field == 0xFFFF_FFFF) {
        let Some(value) = huge(wide, 0) else { return };
        *field = value;
        wide = &wide[8..];
    }
}

/// The extra field with an id.
fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (id, length) = (short(extra, 0)?, usize::from(short(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        if id == wanted {
            return Some(field);
        }
        extra = &extra[4 + length..];
    }
}

/// A name: UTF-8, else GBK where that reads without fault (Chinese Windows), else as Latin-1.
pub(super) fn name(bytes: &[u8]) -> String {
    if let Ok(name) = std::str::from_utf8(bytes) {
        return name.to_owned();
    }
    let (name, faulty) = GBK.decode_without_bom_handling(bytes);
    if faulty { encoding_rs::mem::decode_latin1(bytes).into_owned() } else { name.into_owned() }
}

/// Bytes of a local header with name and extra fields; `None` when there is none.
pub(super) fn local_bytes(local: &[u8]) -> Option<usize> {
    let is_header = local.starts_with(b"PK\x03\x04");
    let (name, extra) = (short(local, 26)?, short(local, 28)?);
    is_header.then_some(30 + usize::from(name) + usize::from(extra))
}

pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|number| u16::from_le_bytes(*number))
}

pub(super) fn long(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_le_bytes(*number))
}

fn huge(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|number| u64::from_le_bytes(*number))
}
