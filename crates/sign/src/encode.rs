//! Percent-encoding as every signature here wants it: RFC 3986, upper-case hex, all but the unreserved.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but `A–Z a–z 0–9 - _ . ~` (RFC 3986, section 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same with `/` kept.
const RESERVED_IN_PATH: AsciiSet = RESERVED.remove(b'/');

/// Encodes a name or value of a query.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// Encodes a path, `/` kept.
#[must_use]
pub fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, &RESERVED_IN_PATH).to_string()
}

/// Decodes percent-encoded text; `None` where the bytes are no UTF-8. `+` stays `+`.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Encoded and sorted pairs; `bare` writes an empty value without its `=`.
pub(super) fn canonical_query(query: &[(String, String)], bare: bool) -> String {
    let mut pairs: Vec<(String, String)> =
        query.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort_unstable();
    let written: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| match value.is_empty() && bare {
            true => name,
            false => format!("{name}={value}"),
        })
        .collect();
    written.join("&")
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, encode_path};

    #[test]
    fn only_the_unreserved_stay() {
        assert_eq!(encode("a b*~+/%é"), "a%20b%2A~%2B%2F%25%C3%A9");
        assert_eq!(encode_path("/a b/é"), "/a%20b/%C3%A9");
    }

    #[test]
    fn decoding_leaves_plus_alone_and_refuses_what_is_no_text() {
        assert_eq!(decode("a+b%2B%C3%A9").as_deref(), Some("a+b+é"));
        assert_eq!(decode("%FF"), None);
    }
}
