//! Patterns of policies: `*` stands for any characters, `?` for one. What a variable stands for is written as it
//! is: no character of it is a sign. Time is bounded by the product of the lengths.

/// Pieces of a name of AWS, the last of which may hold colons.
const ARN_PIECES: usize = 6;

/// The same of a name of Alibaba Cloud.
const ACS_PIECES: usize = 5;

/// The partitions of AWS ("Identify AWS resources with Amazon Resource Names").
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// This character.
    Is(char),
    /// Any one character.
    One,
    /// Any characters, or none.
    Many,
}

/// A pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Sign>);

impl Pattern {
    /// Reads one.
    pub(super) fn of(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push(text);
        pattern
    }

    /// Goes on with what is written as a pattern.
    pub(super) fn push(&mut self, text: &str) {
        self.0.extend(text.chars().map(|sign| match sign {
            '*' => Sign::Many,
            '?' => Sign::One,
            other => Sign::Is(other),
        }));
    }

    /// Goes on with exactly this.
    pub(super) fn push_plain(&mut self, text: &str) {
        self.0.extend(text.chars().map(Sign::Is));
    }

    /// It as a text, where no sign stands for anything else.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(Sign::written).collect()
    }

    /// What it surely begins with.
    pub(super) fn beginning(&self) -> String {
        let plain = self.0.iter().take_while(|sign| matches!(sign, Sign::Is(_)));
        plain.map(Sign::written).collect()
    }

    /// Whether it is a beginning, and anything behind it.
    pub(super) fn is_beginning_alone(&self) -> bool {
        let signs = self.0.split_last();
        signs.is_some_and(|(last, rest)| {
            *last == Sign::Many && rest.iter().all(|sign| matches!(sign, Sign::Is(_)))
        })
    }

    /// Whether the whole of a text fits.
    pub(super) fn matches(&self, text: &str) -> bool {
        matches(&self.0, text)
    }

    /// In so many pieces at its colons at most.
    fn pieces(&self, most: usize) -> Vec<&[Sign]> {
        self.0.splitn(most, |sign| *sign == Sign::Is(':')).collect()
    }

    fn scheme(&self) -> String {
        let first = self.pieces(2).first().map_or(&[][..], |first| *first);
        first.iter().map(Sign::written).collect()
    }
}

impl Sign {
    fn written(&self) -> char {
        match self {
            Self::Is(sign) => *sign,
            Self::One => '?',
            Self::Many => '*',
        }
    }
}

fn matches(pattern: &[Sign], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(Sign::Many) => {
                star = Some((at, place));
                at += 1;
            }
            Some(Sign::One) => (at, place) = (at + 1, place + 1),
            Some(Sign::Is(sign)) if *sign == text[place] => (at, place) = (at + 1, place + 1),
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    (at, place) = (back + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|sign| *sign == Sign::Many)
}

/// Whether a pattern fits an action such as `s3:GetObject`; actions have no case.
pub(super) fn covers_action(pattern: &str, action: &str) -> bool {
    Pattern::of(&pattern.to_ascii_lowercase()).matches(&action.to_ascii_lowercase())
}

/// Whether a pattern such as `arn:aws:s3:::bucket/*` or `acs:oss:*:123:bucket/*` fits `bucket/name` of a
/// service. Region and account of a bucket are no question: its name has one place in the world. A `*` may
/// reach over colons, so that `arn:aws:s3:*` is all of S3 (IAM user guide, "Resource").
pub(super) fn covers_resource(pattern: &Pattern, service: &str, path: &str) -> bool {
    let by_pieces = |most: usize, service_at: usize| {
        let pieces = pattern.pieces(most);
        pieces.len() == most
            && matches(pieces[service_at], service)
            && matches(pieces[most - 1], path)
    };
    match pattern.scheme().as_str() {
        "arn" => {
            let whole =
                |partition: &&str| pattern.matches(&format!("arn:{partition}:{service}:::{path}"));
            by_pieces(ARN_PIECES, 2) || PARTITIONS.iter().any(whole)
        }
        "acs" => by_pieces(ACS_PIECES, 1) || pattern.matches(&format!("acs:{service}:*:*:{path}")),
        _ => pattern.matches(path),
    }
}

/// The same for names in colons, where a `*` does not reach over a colon (IAM: `ArnLike`).
pub(super) fn covers_name(pattern: &Pattern, name: &str) -> bool {
    let (patterns, names): (Vec<&[Sign]>, Vec<&str>) =
        (pattern.pieces(ARN_PIECES), name.splitn(ARN_PIECES, ':').collect());
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
            assert_eq!(Pattern::of(pattern).matches(text), expected, "{pattern} {text}");
        }
        let mut plain = Pattern::of("a*");
        plain.push_plain("*?");
        assert!(plain.matches("abc*?") && !plain.matches("abcde"));
    }

    #[test]
    fn a_resource_is_that_of_its_service_whatever_its_region() {
        for (pattern, service, path, expected) in [
            ("*", "s3", "", true),
            ("arn:aws:s3:::b/*", "s3", "b/a", true),
            ("arn:aws:s3:::b/*", "s3", "b", false),
            ("arn:aws:sqs:::b/*", "s3", "b/a", false),
            ("arn:aws:s3:*", "s3", "b/a", true),
            ("arn:*", "s3", "b/a", true),
            ("arn:aws:*:b/*", "s3", "c/a", false),
            ("acs:oss:oss-cn-hangzhou:123:b/a:1", "oss", "b/a:1", true),
            ("acs:oss:*:*:B/*", "oss", "b/a", false),
            ("acs:oss:*", "oss", "b/a", true),
            ("acs:oss:*", "ram", "", false),
        ] {
            let read = Pattern::of(pattern);
            assert_eq!(covers_resource(&read, service, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_name_in_colons_is_compared_piece_by_piece() {
        let covers =
            |pattern| covers_name(&Pattern::of(pattern), "arn:aws:iam::123456789012:user/ada");
        assert!(covers("arn:aws:iam::*:user/a*"));
        assert!(!covers("arn:*"));
    }
}
