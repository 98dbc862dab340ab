//! Whether bytes that came out of a run are anything that is worth reading.

use crate::content::Content;

/// Bytes by which what a run stands for is first judged.
const HEAD: usize = 512;
/// Shorter bytes hold no container.
const CONTAINER_MIN: usize = 20;
/// The magic number of compound files, whose header alone has 512 bytes.
const COMPOUND: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

/// Whether bytes are one line of text, or the bytes of a password.
pub(super) fn is_line(bytes: &[u8]) -> bool {
    let line = bytes.trim_ascii_end();
    !line.is_empty()
        && !line.iter().any(|byte| *byte < 0x20 && *byte != b'\t')
        && std::str::from_utf8(line).is_ok()
}

/// Whether the first bytes of something may begin text or a container.
pub(super) fn begins_readable(head: &[u8]) -> bool {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..);
    let plain = head.iter().filter(|byte| byte.is_ascii_graphic() || **byte == b' ').count();
    (head.iter().all(is_text) && plain * 2 >= head.len())
        || is_utf16(head)
        || head.starts_with(&[0xEF, 0xBB, 0xBF])
        || begins_container(head)
}

/// Magic numbers of what is sent as text.
fn begins_container(head: &[u8]) -> bool {
    if !matches!(
        head,
        [0x1F | b'P' | 0x28 | 0xFD | b'B' | b'7' | 4 | b'S' | b'%' | 0x89 | 0xFF | 0xD0 | 0x78, ..]
    ) {
        return false;
    }
    let marks: [&[u8]; 12] = [
        b"\x1F\x8B\x08",
        b"PK\x03\x04",
        b"\x28\xB5\x2F\xFD",
        b"\xFD7zXZ\0",
        b"BZh",
        b"7z\xBC\xAF",
        b"\x04\x22\x4D\x18",
        b"SQLite format",
        b"%PDF-",
        b"\x89PNG\r\n",
        b"\xFF\xD8\xFF",
        &COMPOUND,
    ];
    marks.iter().any(|mark| head.starts_with(mark)) || is_zlib(head)
}

/// The usual headers of zlib; what follows is judged by unpacking it, where there is enough of it.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..])
        && (head.len() < CONTAINER_MIN || Content::is_container(head))
}

/// ASCII in UTF-16 without mark, as PowerShell takes its commands.
fn is_utf16(head: &[u8]) -> bool {
    let text = head.strip_prefix(&[0xFF, 0xFE]).unwrap_or(head);
    let pairs = text.as_chunks::<2>().0;
    !pairs.is_empty() && pairs.iter().all(|[low, high]| *high == 0 && is_plain(*low))
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E)
}

/// Whether bytes are text or a container, by their beginning.
pub(super) fn is_readable(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    // A magic number by itself stands in programs.
    let is_long = bytes.len() >= if head.starts_with(&COMPOUND) { 512 } else { CONTAINER_MIN };
    if (begins_container(head) && is_long) || is_utf16(head) {
        return true;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may cut a character.
        Err(error) if bytes.len() > HEAD && error.valid_up_to() + 4 > HEAD => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let plain = text.bytes().filter(|byte| is_plain(*byte)).count();
    let control = text.chars().any(|c| c.is_control() && !c.is_ascii_whitespace() && c != '\u{1b}');
    !control && plain * 2 >= text.len()
}
