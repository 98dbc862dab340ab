//! Reads a message for a person: encoded words (RFC 2047), parts (RFC 2046), transfer encodings (RFC 2045).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A header's value, unfolded and decoded.
pub(super) fn header(message: &str, name: &str) -> Option<String> {
    let (head, _) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let value = unfolded.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })?;
    Some(words(&value))
}

/// Decodes `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; white space between two encoded words belongs to neither.
fn words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let Some((decoded, length)) = word(&rest[start..]) else {
            out.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        };
        if !(after_word && rest[..start].trim().is_empty()) {
            out.push_str(&rest[..start]);
        }
        out.push_str(&decoded);
        rest = &rest[start + length..];
        after_word = true;
    }
    out.push_str(rest);
    out
}

/// The first encoded word of a text that begins with one, and its length.
fn word(text: &str) -> Option<(String, usize)> {
    let mut pieces = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, kind, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let (encoded, _) = rest.split_once("?=")?;
    let bytes = match kind {
        "b" | "B" => STANDARD.decode(encoded).ok()?,
        "q" | "Q" => quoted(&encoded.replace('_', " ")),
        _ => return None,
    };
    let length = 2 + charset.len() + 1 + kind.len() + 1 + encoded.len() + 2;
    Some((String::from_utf8_lossy(&bytes).into_owned(), length))
}

/// The first part for people, or the body itself.
pub(super) fn text(message: &str) -> String {
    let body = message.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let kind = header(message, "Content-Type").unwrap_or_default();
    let boundary = kind.split_once("boundary=").map(|(_, rest)| {
        rest.trim_start_matches('"').split(['"', ';']).next().unwrap_or_default().to_owned()
    });
    if let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) {
        let mark = format!("--{boundary}");
        return body
            .split(&mark)
            .nth(1)
            .map_or_else(String::new, |part| text(part.trim_start_matches("\r\n")));
    }
    let encoding = header(message, "Content-Transfer-Encoding").unwrap_or_default();
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            STANDARD.decode(packed).unwrap_or_default()
        }
        "quoted-printable" => quoted(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n").trim_end().to_owned()
}

/// Quoted-printable.
fn quoted(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3);
        match (bytes[at], pair) {
            (b'=', Some(b"\r\n")) => at += 3,
            (b'=', Some(hex_pair)) => {
                let mut byte = [0];
                if hex::decode_to_slice(hex_pair, &mut byte).is_ok() {
                    out.push(byte[0]);
                    at += 3;
                } else {
                    out.push(b'=');
                    at += 1;
                }
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{header, text};

    #[test]
    fn encoded_words_and_folded_lines_are_read() {
        let message = "Subject: =?utf-8?b?w6k=?=\r\n =?utf-8?q?a_b?= tail\r\n\r\nbody";
        assert_eq!(header(message, "subject").unwrap(), "éa b tail");
    }

    #[test]
    fn the_first_part_of_several_is_the_text() {
        let message = "Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n--x\r\n\
             Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
             caf=C3=A9 =\r\nau lait\r\n--x\r\n\r\n<p>\r\n--x--\r\n";
        assert_eq!(text(message), "café au lait");
    }
}
