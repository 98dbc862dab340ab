//! The header of a tar entry: POSIX.1-1988 (ustar), what GNU tar makes of it, and the V7 format before.

/// Headers and data come in blocks of this size.
pub(super) const BLOCK: usize = 512;

/// One header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) kind: u8,
    /// Bytes of data that follow, padded to whole blocks.
    pub(super) size: u64,
    /// The names of the entry's extended headers follow too (old GNU sparse format).
    pub(super) is_extended: bool,
}

impl Header {
    /// Reads a header; `None` when its checksum does not match.
    pub(super) fn read(block: &[u8; BLOCK]) -> Option<Self> {
        let told = octal(&block[148..156])?;
        let sum = |value: fn(u8) -> i64| -> i64 {
            let counted = block.iter().enumerate();
            counted.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { value(*byte) }).sum()
        };
        // Old tars summed bytes with a sign.
        let told = i64::try_from(told).ok()?;
        let signed = |byte: u8| i64::from(i8::from_ne_bytes([byte]));
        if told != sum(i64::from) && told != sum(signed) {
            return None;
        }
        let kind = block[156];
        let is_gnu = &block[257..265] == b"ustar  \0";
        let is_ustar = &block[257..263] == b"ustar\0";
        let name = text(&block[..100]);
        let prefix = if is_ustar { text(&block[345..500]) } else { String::new() };
        Some(Self {
            name: if prefix.is_empty() { name } else { format!("{prefix}/{name}") },
            kind,
            size: if has_data(kind) { size(&block[124..136])? } else { 0 },
            is_extended: is_gnu && kind == b'S' && block[482] != 0,
        })
    }
}

/// Links, devices and folders have a size in old archives, and no data.
fn has_data(kind: u8) -> bool {
    !matches!(kind, b'1'..=b'6')
}

/// A size in octal digits, or in base 256 where the first bit is set.
fn size(field: &[u8]) -> Option<u64> {
    match field {
        [first, rest @ ..] if first & 0x80 != 0 => {
            let bytes = rest.split_at(rest.len() - 8);
            let negative_or_huge = first & 0x7F != 0 || bytes.0.iter().any(|byte| *byte != 0);
            let size = bytes.1.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            (!negative_or_huge && size < 1 << 60).then_some(size)
        }
        _ => octal(field),
    }
}

/// Octal digits between blanks and zeros; nothing is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start();
    let end = digits.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(digits.len());
    let rest_is_blank = digits[end..].iter().all(|byte| matches!(byte, 0 | b' '));
    let value = digits[..end].iter().fold(0u64, |sum, byte| sum << 3 | u64::from(byte - b'0'));
    rest_is_blank.then_some(value)
}

/// A name up to its first zero byte.
pub(super) fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// What a pax extended header says (POSIX.1-2001), as far as it matters here.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Extended {
    pub(super) name: Option<String>,
    pub(super) size: Option<u64>,
    /// The data begins with a map of its holes (GNU sparse format 1.0).
    pub(super) has_map: bool,
}

impl Extended {
    /// Takes the records of an extended header: `length key=value\n`.
    pub(super) fn take(&mut self, mut records: &[u8]) {
        while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
            let length = std::str::from_utf8(&records[..blank]).ok();
            let Some(length) = length.and_then(|length| length.parse::<usize>().ok()) else {
                return;
            };
            let Some(record) = records.get(blank + 1..length.saturating_sub(1)) else { return };
            self.record(record);
            records = &records[length..];
        }
    }

    fn record(&mut self, record: &[u8]) {
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else { return };
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" if self.name.is_none() => {
                self.name = Some(String::from_utf8_lossy(value).into_owned());
            }
            b"GNU.sparse.name" => self.name = Some(String::from_utf8_lossy(value).into_owned()),
            b"GNU.sparse.major" => self.has_map = value == b"1",
            b"size" => {
                self.size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_say_name_and_size_and_damage_ends_them() {
        let mut extended = Extended::default();
        extended.take(b"13 path=a/bc\n12 size=345\n29 GNU.sparse.name=real name\n99 path=x\n");
        assert_eq!(extended.name.as_deref(), Some("real name"));
        assert_eq!(extended.size, Some(345));
    }

    #[test]
    fn sizes_are_octal_or_base_256() {
        assert_eq!(size(b"00000001750\0"), Some(1000));
        assert_eq!(size(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]), Some((2 << 32) + 1));
        assert_eq!(size(&[0xFF; 12]), None);
    }
}
