//! Images: the texts that stand beside the picture (EXIF, XMP, IPTC, comments, PNG texts), and whatever was
//! put behind its end. The picture itself is passed over.

mod tiff;

use super::Kind;
use super::held::{Format, Held};
use super::made::{hold_inside, tell};
use crate::codec::{Deflate, salvage};
use crate::walk::Walk;

/// Recognises PNG.
pub(super) const PNG: Kind = Kind {
    recognises: |head, _| head.starts_with(b"\x89PNG\r\n\x1A\n"),
    open: || Held::open(&Format { name: "PNG image", read: read_png }),
};

/// Recognises JPEG.
pub(super) const JPEG: Kind = Kind {
    recognises: |head, _| head.starts_with(&[0xFF, 0xD8, 0xFF]),
    open: || Held::open(&Format { name: "JPEG image", read: read_jpeg }),
};

/// Recognises GIF.
pub(super) const GIF: Kind = Kind {
    recognises: |head, _| head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a"),
    open: || Held::open(&Format { name: "GIF image", read: read_gif }),
};

/// Recognises WebP.
pub(super) const WEBP: Kind = Kind {
    recognises: |head, _| head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
    open: || Held::open(&Format { name: "WebP image", read: read_webp }),
};

/// Recognises TIFF.
pub(super) const TIFF: Kind = Kind {
    recognises: |head, _| tiff::order(head).is_some(),
    open: || Held::open(&Format { name: "TIFF image", read: read_tiff }),
};

/// Longest text once unpacked.
const TEXT_MAX: usize = 16 << 20;

/// Tells the texts of an image, and reads what stands behind it.
fn finish(text: &str, behind: &[u8], walk: &mut Walk<'_>) {
    if !text.is_empty() {
        tell("metadata", text, walk);
    }
    if behind.iter().any(|byte| *byte != 0) {
        hold_inside("behind the image", behind, walk);
    }
}

fn read_png(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let (mut text, mut rest) = (String::new(), &bytes[8..]);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let part = after.split_first_chunk::<4>();
        let Some((kind, data)) = part else { break };
        if !walk.take_steps(1) {
            break;
        }
        let Some((data, after)) = data.split_at_checked(length) else {
            walk.unread("PNG image ends too early");
            rest = &[];
            break;
        };
        // A checksum ends each chunk.
        rest = after.get(4..).unwrap_or_default();
        match kind {
            b"tEXt" | b"zTXt" | b"iTXt" => png_text(kind, data, &mut text),
            b"eXIf" => text.push_str(&tiff::texts(data)),
            b"IEND" => break,
            // The picture, its colours and its sizes.
            _ => {}
        }
    }
    finish(&text, rest, walk);
    Ok(())
}

/// A text of PNG (third edition, §11.3.3): a keyword, then text, packed or not, in Latin-1 or UTF-8.
fn png_text(kind: &[u8; 4], data: &[u8], text: &mut String) {
    let Some(end) = memchr::memchr(0, data) else { return };
    let (keyword, rest) = (&data[..end], &data[end + 1..]);
    let unpacked = |packed: &[u8]| salvage(&mut Deflate::zlib(), packed, TEXT_MAX).0;
    let value = match (kind, rest) {
        (b"tEXt", rest) => encoding_rs::mem::decode_latin1(rest).into_owned(),
        (b"zTXt", [_, packed @ ..]) => {
            encoding_rs::mem::decode_latin1(&unpacked(packed)).into_owned()
        }
        (b"iTXt", [is_packed, _, rest @ ..]) => {
            // A language and the keyword in it come before the text.
            let mut parts = rest.splitn(3, |byte| *byte == 0);
            let value = parts.nth(2).unwrap_or_default();
            let value = if *is_packed == 1 { unpacked(value) } else { value.to_vec() };
            String::from_utf8_lossy(&value).into_owned()
        }
        _ => return,
    };
    text.push_str(&format!("{}: {value}\n", String::from_utf8_lossy(keyword)));
}

fn read_jpeg(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let (mut text, mut at) = (String::new(), 2);
    let mut behind: &[u8] = &[];
    while let Some(marker) = bytes.get(at..at + 2) {
        if marker[0] != 0xFF || !walk.take_steps(1) {
            break;
        }
        let kind = marker[1];
        if kind == 0xFF {
            at += 1;
            continue;
        }
        if kind == 0xD9 {
            behind = &bytes[at + 2..];
            break;
        }
        if matches!(kind, 0x01 | 0xD0..=0xD8) {
            at += 2;
            continue;
        }
        let Some(length) = bytes.get(at + 2..at + 4) else { break };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        let data = bytes.get(at + 4..at + 2 + length).unwrap_or_default();
        match kind {
            0xE1 | 0xED | 0xE2 => segment(data, &mut text),
            0xFE => text.push_str(&format!("comment: {}\n", String::from_utf8_lossy(data))),
            _ => {}
        }
        at += 2 + length;
        if kind == 0xDA {
            at = scan_end(bytes, at);
        }
    }
    finish(&text, behind, walk);
    Ok(())
}

/// A segment of an application: EXIF, XMP, or IPTC in the resources of Photoshop.
fn segment(data: &[u8], text: &mut String) {
    const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
    const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
    if let Some(exif) = data.strip_prefix(b"Exif\0\0") {
        text.push_str(&tiff::texts(exif));
    } else if let Some(xmp) = data.strip_prefix(XMP).or(data.strip_prefix(MORE_XMP)) {
        text.push_str(&format!("XMP: {}\n", String::from_utf8_lossy(xmp)));
    } else if data.starts_with(b"Photoshop 3.0\0") {
        // Records of IPTC begin with 0x1C and have readable text behind five bytes.
        for part in data.split(|byte| *byte == 0x1C).skip(1) {
            let value = part.get(4..).unwrap_or_default();
            text.push_str(&format!("IPTC: {}\n", String::from_utf8_lossy(value)));
        }
    }
}

/// Where the compressed picture that begins at `at` ends: at a marker that is no restart and no escape.
fn scan_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let mut marks = memchr::memchr_iter(0xFF, rest);
    let end = marks.find(|mark| !matches!(rest.get(mark + 1), Some(0 | 0xD0..=0xD7 | 0xFF) | None));
    end.map_or(bytes.len(), |end| at + end)
}

fn read_gif(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let (mut text, mut at) = (String::new(), 13);
    let flags = *bytes.get(10).ok_or("it is too short")?;
    at += colours(flags);
    let mut behind: &[u8] = &[];
    while let Some(kind) = bytes.get(at).filter(|_| walk.take_steps(1)) {
        match kind {
            0x21 => {
                let label = bytes.get(at + 1).copied().unwrap_or(0);
                let (data, end) = blocks(bytes, at + 2);
                // Comments, plain texts, and what applications add.
                if matches!(label, 0xFE | 0x01 | 0xFF) {
                    text.push_str(&format!("comment: {}\n", String::from_utf8_lossy(&data)));
                }
                at = end;
            }
            0x2C => {
                let flags = bytes.get(at + 9).copied().unwrap_or(0);
                // The picture begins with the size of its first code.
                at = blocks(bytes, at + 10 + colours(flags) + 1).1;
            }
            0x3B => {
                behind = &bytes[at + 1..];
                break;
            }
            _ => break,
        }
    }
    finish(&text, behind, walk);
    Ok(())
}

/// Bytes of the table of colours that flags announce.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The data of blocks that begin at `at`, each with its length before it, and where they end.
fn blocks(bytes: &[u8], mut at: usize) -> (Vec<u8>, usize) {
    let mut data = Vec::new();
    while let Some(length) = bytes.get(at).copied().map(usize::from).filter(|length| *length > 0) {
        data.extend_from_slice(bytes.get(at + 1..at + 1 + length).unwrap_or_default());
        at += 1 + length;
    }
    (data, at + 1)
}

fn read_webp(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let (mut text, mut rest) = (String::new(), &bytes[12..]);
    while let Some((kind, after)) = rest.split_first_chunk::<4>() {
        let Some((length, after)) = after.split_first_chunk::<4>() else { break };
        let length = u32::from_le_bytes(*length) as usize;
        let Some(data) = after.get(..length).filter(|_| walk.take_steps(1)) else { break };
        match kind {
            b"EXIF" => {
                let exif = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
                text.push_str(&tiff::texts(exif));
            }
            b"XMP " => text.push_str(&format!("XMP: {}\n", String::from_utf8_lossy(data))),
            _ => {}
        }
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    finish(&text, &[], walk);
    Ok(())
}

fn read_tiff(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    finish(&tiff::texts(bytes), &[], walk);
    Ok(())
}
