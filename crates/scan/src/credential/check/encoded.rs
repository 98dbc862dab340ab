//! Checks of what base64 holds.

use super::Verdict;
use crate::decode::base64;

/// Whether a token is base64 of just so many bytes.
pub(super) fn bytes(token: &[u8], length: usize) -> Verdict {
    match base64(token) {
        Some(bytes) if bytes.len() == length => {
            Verdict::Holds(format!("base64 of {length} bytes, as the issuer makes them"))
        }
        _ => Verdict::Fails("it does not decode to the length that the issuer uses"),
    }
}

/// RFC 7617 §2: user and password with a colon between.
pub(super) fn basic_authorization(token: &[u8]) -> Verdict {
    let text = base64(token).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let Some((user, password)) = text.split_once(':') else {
        return Verdict::Fails("it holds no user and password");
    };
    let lower = password.to_ascii_lowercase();
    let placeholder = ["pass", "secret", "example", "your", "test", "xxxx", "****"]
        .iter()
        .any(|word| lower.contains(word));
    if user.is_empty() || password.len() < 4 || text.chars().any(char::is_control) {
        Verdict::Fails("it holds no user and password")
    } else if placeholder || password.starts_with(['$', '{', '<', '%']) {
        Verdict::Fails("the password in it is a placeholder")
    } else {
        Verdict::Holds("holds a user and a password".to_owned())
    }
}

/// Whether the part before the first dot is base64 of digits.
pub(super) fn number(token: &[u8]) -> Verdict {
    let part = token.split(|byte| *byte == b'.').next().unwrap_or_default();
    match base64(part) {
        Some(digits) if digits.len() >= 15 && digits.iter().all(u8::is_ascii_digit) => {
            Verdict::Holds("its first part is base64 of a user's number".to_owned())
        }
        _ => Verdict::Fails("its first part is no user's number"),
    }
}

/// A macaroon names the place that accepts it.
pub(super) fn pypi_macaroon(body: &[u8]) -> Verdict {
    let decoded = base64(&body[..body.len() / 4 * 4]).unwrap_or_default();
    let names = |place: &[u8]| memchr::memmem::find(&decoded, place).is_some();
    if names(b"pypi.org") || names(b"test.pypi.org") {
        Verdict::Holds("a macaroon that names its package index".to_owned())
    } else {
        Verdict::Fails("no macaroon of a package index")
    }
}

/// Whether base64 holds a JSON object.
pub(super) fn json(body: &[u8]) -> Verdict {
    let decoded = base64(&body[..body.len() / 4 * 4]).unwrap_or_default();
    if decoded.starts_with(b"{\"") {
        Verdict::Holds("base64 of JSON".to_owned())
    } else {
        Verdict::Fails("it holds no JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_authorization_holds_a_user_and_a_password() {
        assert!(matches!(basic_authorization(b"YWRtaW46azNKZDhzUHEy"), Verdict::Holds(_)));
        assert!(matches!(basic_authorization(b"YWRtaW46cGFzc3dvcmQ="), Verdict::Fails(_)));
        assert!(matches!(basic_authorization(b"bm90aGluZw=="), Verdict::Fails(_)));
    }
}
