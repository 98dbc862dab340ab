//! Private keys in text form: PEM (RFC 7468, RFC 1421), OpenSSH and OpenPGP armour.
//!
//! They travel in JSON, YAML, source text and mails, so blanks, escapes, quotes, `+` of a concatenation
//! and marks of comments between the lines are passed over.

use crate::decode::{base64, base64_digit};

/// Text that is looked at after the first line: less than any window's reach ahead.
const REACH: usize = 4096;
/// Longest label.
const LABEL_MAX: usize = 64;
/// Least bytes of a key: 32 of Ed25519 with what surrounds them.
const BYTES_MIN: usize = 40;
/// The end of a label, and the line that all of a key begins with.
const DASHES: &[u8] = b"-----";
const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";

/// A private key in a text.
pub(super) struct Pem {
    /// One past its last byte that was looked at.
    pub(super) end: usize,
    pub(super) label: String,
    /// Whether it needs a passphrase.
    pub(super) encrypted: bool,
    /// What its inside says, in words; `Err` with the reason when it is no key.
    pub(super) inside: Result<String, &'static str>,
}

impl Pem {
    /// The private key whose `-----BEGIN` ends at `at`; `None` where there is none.
    pub(super) fn read(text: &[u8], at: usize) -> Option<Self> {
        let reach = &text[..text.len().min(at + REACH)];
        let line = &reach[at..reach.len().min(at + LABEL_MAX)];
        let length = memchr::memmem::find(line, DASHES)?;
        let label = std::str::from_utf8(&line[..length]).ok()?.trim().to_owned();
        label.contains("PRIVATE KEY").then_some(())?;
        let body_start = at + length + DASHES.len();
        let body_end = memchr::memmem::find(&reach[body_start..], DASHES);
        let body = &reach[body_start..body_end.map_or(reach.len(), |end| body_start + end)];
        let mut encrypted =
            label.contains("ENCRYPTED") || memchr::memmem::find(body, b"ENCRYPTED").is_some();
        let inside = inspect(&symbols(body), &label, body_end.is_some(), &mut encrypted);
        let end = match body_end {
            Some(end) => {
                let from = (body_start + end + DASHES.len()).min(reach.len());
                let close =
                    memchr::memmem::find(&reach[from..reach.len().min(from + LABEL_MAX)], DASHES);
                close.map_or(from, |close| from + close + DASHES.len())
            }
            None => reach.len(),
        };
        Some(Self { end, label, encrypted, inside })
    }
}

/// The characters of base64 in a body, without its headers and without what stands between its lines.
fn symbols(body: &[u8]) -> Vec<u8> {
    let mut symbols = Vec::new();
    for line in lines(body) {
        // A header (`Proc-Type: 4,ENCRYPTED`) and the checksum of armour (`=x7Qp`) are no part of the key.
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"// ").unwrap_or(line);
        if memchr::memmem::find(line, b": ").is_some() || line.starts_with(b"=") {
            continue;
        }
        let held =
            line.iter().filter(|b| base64_digit(**b).is_some_and(|_| !matches!(**b, b'-' | b'_')));
        let plus_only = |symbol: &u8| *symbol != b'+';
        let kept: Vec<u8> = held.copied().collect();
        // A `+` by itself ties string literals together.
        if kept.iter().any(plus_only) {
            let trimmed = if line.ends_with(b"+") && kept.len() < line.len() {
                &kept[..kept.len() - 1]
            } else {
                &kept[..]
            };
            symbols.extend_from_slice(trimmed);
        }
    }
    symbols
}

/// The lines of a body, whether they end with a line break or with an escaped one.
fn lines(body: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < body.len() {
        let escape = match body[at..] {
            [b'\\', ..] => {
                let slashes = body[at..].iter().take(8).take_while(|byte| **byte == b'\\').count();
                match body.get(at + slashes) {
                    Some(b'n' | b'r' | b't') => slashes + 1,
                    _ => slashes,
                }
            }
            [b'\n', ..] => 1,
            _ => 0,
        };
        if escape > 0 {
            lines.push(&body[start..at]);
            at += escape;
            start = at;
        } else {
            at += 1;
        }
    }
    lines.push(&body[start..]);
    lines
}

/// What the bytes of a key say.
fn inspect(
    symbols: &[u8],
    label: &str,
    whole: bool,
    encrypted: &mut bool,
) -> Result<String, &'static str> {
    let bytes = base64(&symbols[..symbols.len() / 4 * 4]).unwrap_or_default();
    if bytes.len() < BYTES_MIN {
        return Err("no key inside");
    }
    let distinct = bytes.iter().collect::<std::collections::HashSet<_>>().len();
    if distinct < 16 {
        return Err("a made-up value");
    }
    if bytes.starts_with(OPENSSH_MAGIC) {
        let cipher = &bytes[OPENSSH_MAGIC.len()..];
        *encrypted = !cipher.starts_with(b"\0\0\0\x04none");
        return Ok("an OpenSSH key".to_owned());
    }
    if label.contains("PGP") {
        // RFC 9580 §4.2: a packet of type 5, in the old or the new format.
        return match bytes[0] {
            0x94..=0x97 | 0xC5 => Ok("an OpenPGP secret key packet".to_owned()),
            _ => Err("no key inside"),
        };
    }
    if *encrypted && !label.contains("ENCRYPTED") {
        return Ok("encrypted by a passphrase".to_owned());
    }
    match der_length(&bytes) {
        Some(length) if length <= bytes.len() + 2 || !whole => {
            Ok(format!("its {length} bytes begin as a DER sequence"))
        }
        _ => Err("no key inside"),
    }
}

/// The length of the DER sequence (X.690 §8.1) that bytes begin with.
fn der_length(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [0x30, short @ 0..=0x7F, ..] => Some(usize::from(short) + 2),
        [0x30, 0x81, length, ..] => Some(usize::from(length) + 3),
        [0x30, 0x82, high, low, ..] => Some(usize::from(u16::from_be_bytes([high, low])) + 4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 48 bytes that begin as a DER sequence of 48 bytes.
    const BODY: &str = "MC4CAQAwBQYDK2VwBCIEIJk7Qm2xV9sLrT4wYz8cHd1nUf6gAoEeKpSb3XjR0yWt";

    fn inside(text: &str) -> Result<String, &'static str> {
        Pem::read(text.as_bytes(), text.find("BEGIN").unwrap() + 5).unwrap().inside
    }

    #[test]
    fn a_key_is_read_through_escapes_quotes_and_comments() {
        let (a, b) = BODY.split_at(40);
        for text in [
            format!("-----BEGIN PRIVATE KEY-----\n{a}\n{b}\n-----END PRIVATE KEY-----"),
            format!("\"-----BEGIN PRIVATE KEY-----\\n{a}\\n{b}\\n-----END PRIVATE KEY-----\\n\""),
            format!(
                "\"-----BEGIN PRIVATE KEY-----\\n\" +\n \"{a}\\n\" +\n \"{b}\\n\" +\n\"-----END"
            ),
            format!("# -----BEGIN PRIVATE KEY-----\n# {a}\n# {b}\n# -----END PRIVATE KEY-----"),
        ] {
            assert!(inside(&text).is_ok(), "{text}");
        }
        for text in [
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END",
            "header = '-----BEGIN PRIVATE KEY-----'; footer = '-----END PRIVATE KEY-----'",
        ] {
            assert!(inside(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_certificate_is_no_key() {
        assert!(Pem::read(b"-----BEGIN CERTIFICATE-----\nMIIB", 10).is_none());
    }
}
