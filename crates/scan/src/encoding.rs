//! Which encoding a text is in, as far as it matters here: all that is a superset of ASCII is read as
//! it stands, UTF-16 and UTF-32 are transcoded.
//!
//! GB 18030, Latin-1 and their like need no transcoding: keys, digits and addresses are ASCII in them.

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};
use memchr::memchr;

/// Below this many bytes a text without byte order mark gives no statistics.
const STATISTICS_MIN: usize = 32;
/// Transcoded text is handed on in pieces of this size.
const PIECE: usize = 64 * 1024;

/// What a text's characters are made of in the content as it was fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Units {
    /// The bytes of the text itself.
    Bytes,
    /// UTF-16.
    Utf16,
    /// UTF-32.
    Utf32,
}

/// What the first bytes say of a text.
pub(crate) struct Recognised {
    /// The encoding to transcode from; `None` for a superset of ASCII.
    pub(crate) transcoder: Option<Transcoder>,
    /// Bytes of byte order mark to skip.
    pub(crate) mark_bytes: usize,
    /// Whether this is no text: only keys are looked for, since numbers in it mean nothing.
    pub(crate) binary: bool,
}

/// Turns a text into UTF-8 as it comes.
pub(crate) enum Transcoder {
    Utf16(Decoder),
    /// Whether the least significant byte comes first, and part of a character.
    Utf32(bool, Vec<u8>),
}

impl Transcoder {
    pub(crate) fn units(&self) -> Units {
        match self {
            Self::Utf16(_) => Units::Utf16,
            Self::Utf32(..) => Units::Utf32,
        }
    }

    /// Transcodes the next bytes and hands pieces of UTF-8 on; `last`: no more come.
    pub(crate) fn pass(&mut self, mut block: &[u8], last: bool, mut take: impl FnMut(&[u8])) {
        match self {
            Self::Utf16(decoder) => {
                let mut utf8 = vec![0; PIECE];
                loop {
                    let (result, read, written, _) = decoder.decode_to_utf8(block, &mut utf8, last);
                    take(&utf8[..written]);
                    block = &block[read..];
                    if result == CoderResult::InputEmpty {
                        return;
                    }
                }
            }
            Self::Utf32(is_little, pending) => {
                pending.extend_from_slice(block);
                let mut utf8 = String::with_capacity(pending.len() / 4);
                let (whole, rest) = pending.as_chunks::<4>();
                utf8.extend(whole.iter().map(|unit| utf32(*unit, *is_little)));
                take(utf8.as_bytes());
                *pending = rest.to_vec();
            }
        }
    }
}

fn utf32(unit: [u8; 4], is_little: bool) -> char {
    let code = if is_little { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Recognises an encoding by the byte order mark, else by where the zero bytes are.
pub(crate) fn recognise(head: &[u8]) -> Recognised {
    let utf16 = |encoding: &'static encoding_rs::Encoding| {
        Some(Transcoder::Utf16(encoding.new_decoder_without_bom_handling()))
    };
    let utf32 = |is_little| Some(Transcoder::Utf32(is_little, Vec::new()));
    let (transcoder, mark_bytes) = match head {
        [0xEF, 0xBB, 0xBF, ..] => (None, 3),
        [0xFF, 0xFE, 0, 0, rest @ ..] if is_utf32(rest, true) => (utf32(true), 4),
        [0, 0, 0xFE, 0xFF, rest @ ..] if is_utf32(rest, false) => (utf32(false), 4),
        [0xFF, 0xFE, 0, 0, ..] => (None, 0),
        [0xFF, 0xFE, ..] => (utf16(UTF_16LE), 2),
        [0xFE, 0xFF, ..] => (utf16(UTF_16BE), 2),
        _ if head.len() < STATISTICS_MIN || memchr(0, head).is_none() => (None, 0),
        _ if is_utf32(head, true) => (utf32(true), 0),
        _ if is_utf32(head, false) => (utf32(false), 0),
        _ if is_utf16(head, true) => (utf16(UTF_16LE), 0),
        _ if is_utf16(head, false) => (utf16(UTF_16BE), 0),
        _ => (None, 0),
    };
    let binary = transcoder.is_none() && is_binary(&head[mark_bytes..]);
    Recognised { transcoder, mark_bytes, binary }
}

/// Whether every unit is a character that texts have.
fn is_utf32(head: &[u8], is_little: bool) -> bool {
    let (units, _) = head.as_chunks::<4>();
    let fits = |unit: &[u8; 4]| {
        let character = utf32(*unit, is_little);
        character != '\0' && character != char::REPLACEMENT_CHARACTER && is_written(character)
    };
    units.iter().all(fits)
}

/// Whether the zero bytes are all on one side, as those of ASCII are, and everything else is a character
/// that texts have.
fn is_utf16(head: &[u8], is_little: bool) -> bool {
    let (units, _) = head.as_chunks::<2>();
    let code = |unit: &[u8; 2]| match is_little {
        true => u16::from_le_bytes(*unit),
        false => u16::from_be_bytes(*unit),
    };
    let ascii = units.iter().filter(|unit| (1..0x80).contains(&code(unit))).count();
    let odd = |unit: &&[u8; 2]| {
        let code = code(unit);
        let is_surrogate = (0xD800..0xE000).contains(&code);
        code == 0 || !(is_surrogate || char::from_u32(u32::from(code)).is_some_and(is_written))
    };
    ascii * 20 >= units.len() && units.iter().filter(odd).count() * 100 <= units.len()
}

/// Whether texts have a character: no control, and of a script in use.
fn is_written(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{C}' | '\u{1B}' | ' '..='~' | '\u{A0}'..='\u{52F}'
        | '\u{590}'..='\u{6FF}' | '\u{900}'..='\u{E7F}' | '\u{1E00}'..='\u{206F}'
        | '\u{20A0}'..='\u{2BFF}' | '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FFFD}'
        | '\u{1F000}'..='\u{1FAFF}' | '\u{20000}'..='\u{2FA1F}')
}

/// A zero byte, or more than a tenth of control characters, is no text.
fn is_binary(head: &[u8]) -> bool {
    memchr(0, head).is_some() || controls(head) * 10 > head.len()
}

/// How many bytes are control characters that texts do not have. Written so that the compiler makes vector
/// instructions of it: every file is asked.
fn controls(head: &[u8]) -> usize {
    let is_control = |byte: u8| {
        let is_written = [b'\t', b'\n', b'\r', 0x0C, 0x1B].map(|written| byte == written);
        (byte < 0x20) & is_written.into_iter().fold(true, |none, one| none & !one)
    };
    let count = |part: &[u8]| part.iter().map(|byte| u8::from(is_control(*byte))).sum::<u8>();
    // So few at a time that a byte counts them.
    head.chunks(128).map(|part| usize::from(count(part))).sum()
}
