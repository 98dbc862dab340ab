//! Addresses of pages, with questions that hold any text.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as one value of a question or one step of a path.
pub(in crate::console) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// A page's address with those values of its question that are not empty.
pub(in crate::console) fn with(path: &str, question: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in question.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(&format!("{name}={}", escaped(value)));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_travels_in_an_address() {
        assert_eq!(with("/events", &[("search", ""), ("level", "high")]), "/events?level=high");
        assert_eq!(
            with("/a", &[("name", "a&b=\"<c>\n"), ("x", "é")]),
            "/a?name=a%26b%3D%22%3Cc%3E%0A&x=%C3%A9"
        );
    }
}
