//! Key ids of signed addresses, and text without its signatures and tokens.

use std::borrow::Cow;

use claviger_model::AccessKeyId;

/// Parameters that name the key; with `/` in the value, the id is what stands before it.
const KEY_ID_PARAMETERS: [&str; 6] = [
    "OSSAccessKeyId",
    "x-oss-credential",
    "X-Amz-Credential",
    "AWSAccessKeyId",
    "GoogleAccessId",
    "X-Goog-Credential",
];

/// Parameters and headers that open doors.
const SECRET_PARAMETERS: [&str; 11] = [
    "Signature",
    "sig",
    "Authorization",
    "security-token",
    "x-oss-signature",
    "x-oss-security-token",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Goog-Signature",
    "access_token",
    "token",
];

/// The key id of a pre-signed address, if it names one.
pub(super) fn key_id(uri: &str) -> Option<Cow<'_, str>> {
    let (_, query) = uri.split_once('?')?;
    query.split('&').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        KEY_ID_PARAMETERS.iter().find(|known| known.eq_ignore_ascii_case(name))?;
        let id = match decoded(value) {
            Cow::Borrowed(value) => Cow::Borrowed(before_slash(value)),
            Cow::Owned(value) => Cow::Owned(before_slash(&value).to_owned()),
        };
        AccessKeyId::is_valid(&id).then_some(id)
    })
}

/// The same of a text that may be owned.
pub(super) fn key_id_of(uri: Cow<'_, str>) -> Option<Cow<'_, str>> {
    match uri {
        Cow::Borrowed(uri) => key_id(uri),
        Cow::Owned(uri) => key_id(&uri).map(|id| Cow::Owned(id.into_owned())),
    }
}

fn before_slash(text: &str) -> &str {
    text.split_once('/').map_or(text, |(before, _)| before)
}

/// The text with `%XX` resolved; bytes that are not UTF-8 are replaced.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    let Some(mut percent) = memchr::memchr(b'%', text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    loop {
        let (plain, after) = rest.split_at(percent);
        bytes.extend_from_slice(plain);
        rest = match after {
            [b'%', high, low, after @ ..] if let Some(byte) = byte_of(*high, *low) => {
                bytes.push(byte);
                after
            }
            [byte, after @ ..] => {
                bytes.push(*byte);
                after
            }
            [] => break,
        };
        percent = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
    }
    let text = String::from_utf8(bytes);
    Cow::Owned(text.unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned()))
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(16 * digit(high)? + digit(low)?).ok()
}

/// The same of a text that may be owned.
pub(super) fn decoded_of(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => decoded(text),
        Cow::Owned(text) => Cow::Owned(decoded(&text).into_owned()),
    }
}

/// The text without the slash that it begins with.
pub(super) fn without_slash(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('/').unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.strip_prefix('/').unwrap_or(&text).to_owned()),
    }
}

/// The text with the values of all signatures and tokens cut out.
pub(super) fn redacted(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'=', text.as_bytes()).is_none() {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    for piece in text.split_inclusive(['?', '&', ' ', ';', ',', '"', '\'']) {
        let secret = piece.split_once('=').filter(|(name, _)| {
            SECRET_PARAMETERS.iter().any(|secret| secret.eq_ignore_ascii_case(name))
        });
        let Some((name, value)) = secret else {
            kept.push_str(piece);
            continue;
        };
        kept.push_str(name);
        kept.push_str("=…");
        if let Some(end) = value.chars().next_back().filter(|end| "?&;,\"' ".contains(*end)) {
            kept.push(end);
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_id_of_a_signed_address_is_found() {
        let check = |uri: &str, id: Option<&str>| {
            assert_eq!(key_id(uri).as_deref(), id, "{uri}");
        };
        check("/a?OSSAccessKeyId=LTAIfake&Expires=1", Some("LTAIfake"));
        check("/a?x-oss-credential=LTAIfake%2F20260101%2Fcn-hangzhou%2Foss", Some("LTAIfake"));
        check("/a?x-amz-credential=AKIAFAKE/20260101", Some("AKIAFAKE"));
        check("/a?credential=AKIAFAKE", None);
        check("/a", None);
        check("/a?OSSAccessKeyId=", None);
    }

    #[test]
    fn escapes_are_resolved_and_what_is_none_stays() {
        let check = |text: &str, expected: &str| assert_eq!(decoded(text), expected);
        check("logs_%24folder%24", "logs_$folder$");
        check("%E5%9B%BE a+b", "\u{56fe} a+b");
        check("100%", "100%");
        check("%4", "%4");
        check("%zz%%41", "%zz%A");
        check("%FF", "\u{fffd}");
    }

    #[test]
    fn signatures_and_tokens_are_cut_out() {
        assert_eq!(
            redacted("x /a?Expires=1&Signature=abc%3D&x=1 security-token=t".into()),
            "x /a?Expires=1&Signature=…&x=1 security-token=…"
        );
        assert_eq!(redacted("curl/8.0 (a; b)".into()), "curl/8.0 (a; b)");
    }
}
