//! Patterns of policies: `*` stands for any characters, also none, and `?` for exactly one.
//!
//! Resource names are compared piece by piece (`acs:<service>:<region>:<account>:<name>`), because
//! clients spell the region as `cn-hangzhou`, `oss-cn-hangzhou` or `*`.

/// How many pieces a resource name has; the last may hold colons itself.
const RESOURCE_PIECES: usize = 5;

/// Whether `pattern` covers the whole of `text`. Time is linear in practice and at worst the product
/// of the lengths: a pattern never makes it exponential.
pub(crate) fn covers(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stood, and how much of the text it has swallowed.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star_at, swallowed)) = star else { return false };
                star = Some((star_at, swallowed + 1));
                at = star_at + 1;
                read = swallowed + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Whether `pattern` covers an action such as `oss:GetObject`; actions have no case.
pub(super) fn covers_action(pattern: &str, action: &str) -> bool {
    covers(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether `pattern` covers a resource such as `acs:oss:cn-hangzhou:1234:bucket/key`. A `*` in the
/// region or account of the resource itself means that the caller does not know it: it fits any.
pub(super) fn covers_resource(pattern: &str, resource: &str) -> bool {
    if covers(pattern, resource) {
        return true;
    }
    let patterns: Vec<&str> = pattern.splitn(RESOURCE_PIECES, ':').collect();
    let pieces: Vec<&str> = resource.splitn(RESOURCE_PIECES, ':').collect();
    if patterns.len() != RESOURCE_PIECES || pieces.len() != RESOURCE_PIECES {
        return false;
    }
    patterns.iter().zip(&pieces).enumerate().all(|(index, (pattern, piece))| match index {
        2 => *piece == "*" || covers(without_service(pattern), without_service(piece)),
        3 => *piece == "*" || covers(pattern, piece),
        _ => covers(pattern, piece),
    })
}

/// `oss-cn-hangzhou` is `cn-hangzhou` in the words of OSS.
fn without_service(region: &str) -> &str {
    region.strip_prefix("oss-").unwrap_or(region)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{covers, covers_action, covers_resource};

    #[test]
    fn stars_and_question_marks_stand_for_what_they_should() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("secrets/id_*.csv", "secrets/id_2026/01.csv", true),
            ("é?", "éü", true),
        ] {
            assert_eq!(covers(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn an_action_has_no_case() {
        assert!(covers_action("OSS:get*", "oss:GetObject"));
        assert!(!covers_action("oss:Put*", "oss:GetObject"));
    }

    #[test]
    fn the_region_of_a_resource_may_be_spelt_in_three_ways() {
        let resource = "acs:oss:cn-hangzhou:1000000000000001:bucket/dir/a:b";
        for pattern in [
            "*",
            "acs:oss:*:*:bucket/*",
            "acs:oss:oss-cn-hangzhou:*:bucket/dir/*",
            "acs:oss:cn-hangzhou:1000000000000001:bucket/dir/a:?",
        ] {
            assert!(covers_resource(pattern, resource), "{pattern}");
        }
        assert!(!covers_resource("acs:oss:*:*:bucket", resource));
        assert!(!covers_resource("acs:oss:*:2000000000000002:bucket/*", resource));
        assert!(covers_resource("acs:oss:cn-beijing:1:bucket", "acs:oss:*:*:bucket"));
    }

    proptest! {
        #[test]
        fn a_text_covers_itself_and_stars_cover_more(text in "[a-z/]{0,12}", cut in 0usize..13) {
            prop_assert!(covers(&text, &text));
            let cut = cut.min(text.len());
            let starred = format!("{}*", &text[..cut]);
            prop_assert!(covers(&starred, &text));
        }
    }
}
