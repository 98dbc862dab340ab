//! Access key ids of Alibaba Cloud.
//!
//! The structure of today's ids is not documented; it holds for every public id that was looked at (18
//! long-term ones, 7 of STS), so it raises confidence and rejects nothing.

use super::Structure;
use super::is_worded;
use super::plausible::{base58_bytes, mixes_cases};
use crate::engine::mixes_classes;

/// `LTAI` and 12, 16 or 20 letters and digits; of the shorter ones, what may be a word as well is believed only
/// with its secret. The 20 are Base58 of 15 bytes, of which the first is 2
/// (`LTAI4…`) or 3 (`LTAI5t…`) and the second at most 2.
pub(super) fn access_key(id: &str) -> Option<Structure> {
    let body = id.strip_prefix("LTAI")?;
    if id.len() == 24 {
        let structured =
            base58_bytes(body).is_some_and(|b| b.len() == 15 && matches!(b[..2], [2 | 3, 0..=2]));
        let (confidence, why) = if structured {
            (0.6, "`LTAI` and 20 Base58 characters with the structure of an AccessKey ID")
        } else {
            (0.5, "`LTAI` and 20 letters and digits")
        };
        return Some(Structure { confidence, is_weak: false, why: vec![why.to_owned()] });
    }
    let is_weak = !is_drawn(body);
    let why = format!("`LTAI` and {} letters and digits, an older form", body.len());
    Some(Structure { confidence: if is_weak { 0.3 } else { 0.4 }, is_weak, why: vec![why] })
}

/// `STS.` and 20 to 40 letters and digits; today 25 of Base58, 19 bytes of which the first is 2.
pub(super) fn sts(id: &str) -> Option<Structure> {
    let body = id.strip_prefix("STS.")?;
    let structured = base58_bytes(body).is_some_and(|b| b.len() == 19 && b[0] == 2);
    let is_weak = !structured && !is_drawn(body);
    if is_weak && !body.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (confidence, why) = if structured {
        (0.6, "`STS.` and 25 Base58 characters with the structure of a temporary AccessKey ID")
    } else {
        (0.5, "`STS.` and letters and digits in the length of a temporary AccessKey ID")
    };
    Some(Structure { confidence, is_weak, why: vec![why.to_owned()] })
}

/// Whether a body is drawn rather than written: twelve characters may well have their cases side by side.
fn is_drawn(body: &str) -> bool {
    let body = body.as_bytes();
    (mixes_classes(body) && !is_worded(body)) || mixes_cases(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_structure_of_todays_ids_raises_confidence() {
        let confidence = |id: &str| access_key(id).map(|structure| structure.confidence);
        assert_eq!(confidence("LTAI5t1GumF9ikeXfPX6xnYD"), Some(0.6));
        assert_eq!(confidence("LTAI4FJyyfVjDFBS9G5tWfPS"), Some(0.6));
        assert_eq!(confidence("LTAI7VHnF4RxogwrkkakAHBP"), Some(0.5));
        assert_eq!(confidence("LTAIk8Qz3mWv9TbX"), Some(0.4));
        assert!(access_key("LTAIMITATIONWORD").is_some_and(|structure| structure.is_weak));
    }

    #[test]
    fn a_method_of_a_class_named_sts_is_no_id() {
        assert!(sts("STS.AssumeRoleWithWebIdentity").is_none());
        assert!(sts("STS.NUxr7Yk2QmWb5tHd9VzPq3LsA").is_some());
    }
}
