//! Patterns of policies: `*` stands for any characters, `?` for one. Time is bounded by the product of the
//! lengths.

/// Whether the whole of a text fits a pattern.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(&sign) if sign == '?' || sign == text[place] => (at, place) = (at + 1, place + 1),
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    (at, place) = (back + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|sign| *sign == '*')
}

/// Whether a pattern fits an action such as `s3:GetObject`; actions have no case.
pub(super) fn covers_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a pattern such as `arn:aws:s3:::bucket/*` or `acs:oss:*:123:bucket/*` fits `bucket/name` of a
/// service. Region and account of a bucket are no question: its name has one place in the world.
pub(super) fn covers_resource(pattern: &str, service: &str, path: &str) -> bool {
    let (fields, service_at) = match pattern.split(':').next() {
        Some("arn") => (6, 2),
        Some("acs") => (5, 1),
        _ => return matches(pattern, path),
    };
    let parts: Vec<&str> = pattern.splitn(fields, ':').collect();
    let same_service = parts.get(service_at).is_some_and(|part| matches(part, service));
    same_service && parts.last().is_some_and(|last| matches(last, path))
}

/// The same for names in colons, where a `*` does not reach over a colon (IAM: `ArnLike`).
pub(super) fn covers_name(pattern: &str, name: &str) -> bool {
    let (patterns, names): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), name.splitn(6, ':').collect());
    patterns.len() == names.len()
        && patterns.iter().zip(&names).all(|(pattern, name)| matches(pattern, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_shells_do() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("**a", "a", true),
            ("?", "ü", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_resource_is_that_of_its_service_whatever_its_region() {
        for (pattern, service, path, expected) in [
            ("*", "s3", "", true),
            ("arn:aws:s3:::b/*", "s3", "b/a", true),
            ("arn:aws:s3:::b/*", "s3", "b", false),
            ("arn:aws:sqs:::b/*", "s3", "b/a", false),
            ("acs:oss:oss-cn-hangzhou:123:b/a:1", "oss", "b/a:1", true),
            ("acs:oss:*:*:B/*", "oss", "b/a", false),
        ] {
            assert_eq!(covers_resource(pattern, service, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_name_in_colons_is_compared_piece_by_piece() {
        assert!(covers_name("arn:aws:iam::*:user/a*", "arn:aws:iam::123456789012:user/ada"));
        assert!(!covers_name("arn:*", "arn:aws:iam::123456789012:user/ada"));
    }
}
