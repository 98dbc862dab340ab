//! Compound files ([MS-CFB]): messages of Outlook, and the Word, Excel and PowerPoint files of old.
//!
//! A message becomes one text with its header and body; its attachments are contents with the names of
//! their files. Of other files each stream is read, with the UTF-16 in it as text.

mod sectors;

use self::sectors::{Entry, Sectors};
use super::Kind;
use super::held::{Format, Held};
use super::made::{hold_inside, tell};
use crate::walk::Walk;

/// Recognises the magic.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
    open: || Held::open(&Format { name: "compound file", read }),
};

/// Storages inside each other.
const DEPTH_MAX: u32 = 16;
/// Shortest UTF-16 text among other bytes that is told, in characters.
const WIDE_MIN: usize = 6;

/// Properties of messages ([MS-OXPROPS]) and what they are called here.
const PROPERTIES: [(&str, &str); 9] = [
    ("0037", "subject"),
    ("0C1A", "from"),
    ("0C1F", "from address"),
    ("0E04", "to"),
    ("0E03", "cc"),
    ("007D", "headers"),
    ("1000", "body"),
    ("1013", "html"),
    ("3001", "name"),
];

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let sectors = Sectors::open(bytes).ok_or("its tables are damaged")?;
    let root = sectors.entries.first().ok_or("its directory is empty")?;
    let children = children(&sectors, root.child);
    let has = |name: &str| children.iter().any(|entry| entry.name == name);
    if has("EncryptedPackage") || has("EncryptionInfo") {
        walk.unread("encrypted Office file: not read");
        return Ok(());
    }
    storage(&sectors, &children, "", 0, walk);
    Ok(())
}

/// The entries below a storage, which are a tree of their own.
fn children<'s>(sectors: &'s Sectors<'_>, child: u32) -> Vec<&'s Entry> {
    let (mut found, mut open) = (Vec::new(), vec![child]);
    let mut seen = vec![false; sectors.entries.len()];
    while let Some(number) = open.pop() {
        let index = number as usize;
        let Some(entry) = sectors.entries.get(index) else { continue };
        if !std::mem::replace(&mut seen[index], true) {
            found.push(entry);
            open.extend([entry.right, entry.left]);
        }
    }
    // Properties are named by their numbers: the subject comes before the body.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Reads a storage: as a message where it is one, else stream by stream.
fn storage(
    sectors: &Sectors<'_>,
    entries: &[&Entry],
    folder: &str,
    depth: u32,
    walk: &mut Walk<'_>,
) {
    if depth > DEPTH_MAX || !walk.take_steps(entries.len() as u64 + 1) {
        return;
    }
    let is_message = entries.iter().any(|entry| entry.name.starts_with("__substg1.0_"));
    if is_message {
        message(sectors, entries, folder, walk);
    }
    for entry in entries {
        let name = format!("{folder}{}", entry.name);
        match entry.kind {
            1 => {
                let inner = children(sectors, entry.child);
                storage(sectors, &inner, &format!("{name}/"), depth + 1, walk);
            }
            2 if !is_message => {
                let stream = sectors.stream(entry);
                if !hold_inside(&name, &stream, walk) {
                    return;
                }
                let wide = wide_texts(&stream);
                if !wide.is_empty() {
                    tell(&format!("{name} in UTF-16"), &wide, walk);
                }
            }
            _ => {}
        }
    }
}

/// Reads the properties of a message or of an attachment.
fn message(sectors: &Sectors<'_>, entries: &[&Entry], folder: &str, walk: &mut Walk<'_>) {
    let (mut text, mut attached, mut file) = (String::new(), None, None);
    for entry in entries.iter().filter(|entry| entry.kind == 2) {
        let Some(tag) = entry.name.strip_prefix("__substg1.0_").filter(|tag| tag.len() == 8) else {
            continue;
        };
        let (Some(property), Some(kind)) = (tag.get(..4), tag.get(4..)) else { continue };
        let stream = sectors.stream(entry);
        let value = match kind {
            "001F" => encoding_rs::UTF_16LE.decode_without_bom_handling(&stream).0.into_owned(),
            _ => String::from_utf8_lossy(&stream).into_owned(),
        };
        match property {
            "3701" => attached = Some(stream),
            // The long name of a file, then its short one.
            "3707" => file = Some(value),
            "3704" => file = file.or(Some(value)),
            "1009" => tell_packed(&stream, folder, walk),
            _ => {
                let name = PROPERTIES.iter().find(|(known, _)| *known == property);
                if let Some((_, name)) = name {
                    text.push_str(&format!("{name}: {value}\n"));
                } else if matches!(kind, "001F" | "001E") && !value.trim().is_empty() {
                    text.push_str(&format!("property {property}: {value}\n"));
                }
            }
        }
    }
    if !text.is_empty() && attached.is_none() {
        tell(&format!("{folder}message"), &text, walk);
    }
    if let Some(attached) = attached {
        let name = file.unwrap_or_else(|| format!("{folder}attachment"));
        hold_inside(&name, &attached, walk);
    }
}

/// Reads a body in compressed RTF ([MS-OXRTFCP]).
fn tell_packed(stream: &[u8], folder: &str, walk: &mut Walk<'_>) {
    if let Some(rtf) = unpacked_rtf(stream) {
        hold_inside(&format!("{folder}body.rtf"), &rtf, walk);
    }
}

/// What the dictionary of compressed RTF begins with.
const PRELOAD: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \
\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\
\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

fn unpacked_rtf(stream: &[u8]) -> Option<Vec<u8>> {
    let size = u32::from_le_bytes(*stream.get(4..)?.first_chunk()?) as usize;
    let body = stream.get(16..)?;
    if stream.get(8..12)? == b"MELA" {
        return Some(body[..body.len().min(size)].to_vec());
    }
    let mut window = [b' '; 4096];
    window[..PRELOAD.len()].copy_from_slice(PRELOAD);
    let (mut made, mut at) = (Vec::new(), PRELOAD.len());
    let mut put = |byte: u8, window: &mut [u8; 4096], made: &mut Vec<u8>| {
        window[at] = byte;
        at = (at + 1) % 4096;
        made.push(byte);
        at
    };
    let (mut rest, mut write) = (body, PRELOAD.len());
    while let Some((control, after)) = rest.split_first() {
        rest = after;
        for bit in 0..8 {
            if made.len() >= size {
                return Some(made);
            }
            if control >> bit & 1 == 0 {
                let Some((byte, after)) = rest.split_first() else { return Some(made) };
                rest = after;
                write = put(*byte, &mut window, &mut made);
            } else {
                let Some((token, after)) = rest.split_first_chunk::<2>() else { return Some(made) };
                rest = after;
                let token = usize::from(u16::from_be_bytes(*token));
                let (offset, length) = (token >> 4, (token & 15) + 2);
                if offset == write {
                    return Some(made);
                }
                for step in 0..length {
                    let byte = window[(offset + step) % 4096];
                    write = put(byte, &mut window, &mut made);
                }
            }
        }
    }
    Some(made)
}

/// Texts in UTF-16 among other bytes, one a line.
fn wide_texts(bytes: &[u8]) -> String {
    let mut text = String::new();
    for start in [0, 1] {
        let mut run = String::new();
        let units = bytes.get(start..).unwrap_or_default().as_chunks::<2>().0;
        let ends = std::iter::once(&[0, 0]);
        for unit in units.iter().chain(ends) {
            let code = u16::from_le_bytes(*unit);
            let character = char::from_u32(u32::from(code));
            match character {
                Some(character @ ('\t' | ' '..='~' | '\u{4E00}'..='\u{9FFF}')) => {
                    run.push(character);
                }
                _ => {
                    // Pairs of plain bytes look like Chinese: only what is mostly ASCII is text here.
                    let ascii = run.bytes().filter(u8::is_ascii).count();
                    if run.chars().count() >= WIDE_MIN && ascii * 2 >= run.len() {
                        text.push_str(&run);
                        text.push('\n');
                    }
                    run.clear();
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_texts_are_found_at_any_offset() {
        let wide: Vec<u8> = "secret key".bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(wide_texts(&wide), "secret key\n");
        assert_eq!(wide_texts(&[&[7][..], &wide].concat()), "secret key\n");
        assert_eq!(wide_texts(b"plain bytes that are no UTF-16"), "");
    }

    /// The example of [MS-OXRTFCP] §4.1.
    #[test]
    fn compressed_rtf_is_unpacked() {
        let stream = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03,
            0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3,
            0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d,
            0x0a, 0x80, 0x0f, 0xa0,
        ];
        let expected = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
        assert_eq!(unpacked_rtf(&stream).unwrap(), expected);
    }
}
