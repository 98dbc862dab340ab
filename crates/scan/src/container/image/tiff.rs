//! Tags of TIFF, in which EXIF too is written (EXIF 2.32, TIFF 6.0): those that hold text.

use std::collections::HashSet;

/// Directories of tags that are followed.
const DIRECTORIES_MAX: usize = 64;
/// Tags of a directory that are read.
const TAGS_MAX: usize = 4096;
/// Bytes of text that are kept of one tag.
const TEXT_MAX: usize = 1 << 20;

/// Whether bytes are the header of TIFF, and in which order their numbers are.
pub(super) fn order(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [b'I', b'I', 42, 0, ..] => Some(true),
        [b'M', b'M', 0, 42, ..] => Some(false),
        _ => None,
    }
}

/// The texts of all tags, one a line: `name: text`.
pub(super) fn texts(bytes: &[u8]) -> String {
    let mut text = String::new();
    let Some(is_little) = order(bytes) else { return text };
    let tiff = Tiff { bytes, is_little };
    let (mut open, mut seen) = (vec![tiff.long(4)], HashSet::new());
    while let Some(at) = open.pop() {
        let Some(at) = at.map(|at| at as usize).filter(|at| *at > 0 && seen.insert(*at)) else {
            continue;
        };
        if seen.len() > DIRECTORIES_MAX {
            break;
        }
        let count = tiff.short(at).map_or(0, usize::from).min(TAGS_MAX);
        for index in 0..count {
            tiff.tag(at + 2 + 12 * index, &mut text, &mut open);
        }
        open.push(tiff.long(at + 2 + 12 * count));
    }
    text
}

struct Tiff<'t> {
    bytes: &'t [u8],
    is_little: bool,
}

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn tag(&self, at: usize, text: &mut String, open: &mut Vec<Option<u32>>) {
        let (Some(tag), Some(kind), Some(count)) =
            (self.short(at), self.short(at + 2), self.long(at + 4))
        else {
            return;
        };
        // Tags that lead to further directories: EXIF, GPS, interoperability, parts of an image.
        if matches!(tag, 0x8769 | 0x8825 | 0xA005 | 0x014A) {
            open.push(self.long(at + 8));
            return;
        }
        let length = (count as usize).min(TEXT_MAX);
        let start = if count <= 4 { at + 8 } else { self.long(at + 8).unwrap_or(0) as usize };
        let Some(value) = self.bytes.get(start..start.saturating_add(length)) else { return };
        let value = match (kind, tag) {
            (2, _) => String::from_utf8_lossy(value).into_owned(),
            // Titles, comments, authors and keywords as Windows writes them.
            (1, 0x9C9B..=0x9C9F) => {
                encoding_rs::UTF_16LE.decode_without_bom_handling(value).0.into_owned()
            }
            // XMP and IPTC.
            (1 | 7, 0x02BC | 0x83BB) => String::from_utf8_lossy(value).into_owned(),
            // A comment, behind eight bytes that name its character set.
            (7, 0x9286) => match value.split_at_checked(8) {
                Some((b"UNICODE\0", rest)) => {
                    let encoding =
                        if self.is_little { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
                    encoding.decode_without_bom_handling(rest).0.into_owned()
                }
                Some((_, rest)) => String::from_utf8_lossy(rest).into_owned(),
                None => return,
            },
            _ => return,
        };
        let value = value.trim_matches('\0').trim();
        if !value.is_empty() {
            text.push_str(&format!("{}: {value}\n", name(tag)));
        }
    }
}

fn name(tag: u16) -> String {
    match tag {
        0x010E => "description".to_owned(),
        0x010F => "make".to_owned(),
        0x0110 => "model".to_owned(),
        0x0131 => "software".to_owned(),
        0x013B => "artist".to_owned(),
        0x02BC => "XMP".to_owned(),
        0x8298 => "copyright".to_owned(),
        0x9286 => "comment".to_owned(),
        other => format!("tag {other:04X}"),
    }
}
