//! JSON web tokens (RFC 7519): what their header and payload say. Signatures need a key and are not
//! checked.

use super::Verdict;
use crate::decode::base64;

/// Claims that make a token worth more than a session.
const STRONG: [&str; 3] = ["service_role", "\"admin\"", "root"];

/// Header and payload are JSON objects, and the header names an algorithm.
pub(super) fn check(token: &[u8]) -> Verdict {
    let mut parts = token.split(|byte| *byte == b'.');
    let mut object = || {
        let text = String::from_utf8(base64(parts.next()?)?).ok()?;
        (text.trim_start().starts_with('{') && text.contains('"')).then_some(text)
    };
    let Some(header) = object().filter(|header| header.contains("\"alg\"")) else {
        return Verdict::Fails("its first part is no header with an algorithm");
    };
    if header.contains("\"enc\"") {
        return Verdict::Holds("an encrypted JSON web token".to_owned());
    }
    let Some(payload) = object() else {
        return Verdict::Fails("its second part is no JSON");
    };
    if ["John Doe", "\"1234567890\""].iter().any(|known| payload.contains(known)) {
        return Verdict::Fails("the token that documentation shows");
    }
    match STRONG.iter().find(|claim| payload.contains(**claim)) {
        Some(claim) => Verdict::Holds(format!("header and payload are JSON; it claims {claim}")),
        None => Verdict::Holds("header and payload are JSON".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_a_header_and_a_payload() {
        // {"alg":"HS256"} . {"sub":"u-7","iss":"acme"}
        let token =
            b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LTciLCJpc3MiOiJhY21lIn0.k3Jd8sPq2LmZx7VbN5tR";
        assert!(matches!(check(token), Verdict::Holds(_)));
        assert!(matches!(check(b"eyJhbGciOiJIUzI1NiJ9.eyJzd.k3Jd"), Verdict::Fails(_)));
        assert!(matches!(check(b"eyJub25lIjoxfQ.e30.x"), Verdict::Fails(_)));
    }
}
