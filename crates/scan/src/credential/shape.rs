//! The notation in which rules write what a credential looks like, and its matcher.
//!
//! `ghp_<alnum 36>` is the text `ghp_` and 36 letters or digits; `<url 20-200>` is 20 to 200
//! characters of base64url. It says less than a regular expression and so costs nothing to compile and a
//! bounded number of steps to match.

/// Longest part of a shape, in characters.
const PART_MAX: usize = 8192;
/// Shortest text inside a token that is looked for.
const ANCHOR_MIN: usize = 2;
/// Most parts of a shape.
const PARTS_MAX: usize = 16;

/// A set of characters, by the name that shapes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Alnum,
    Lower,
    Upper,
    Digit,
    /// Hexadecimal in lower case.
    Hex,
    /// Hexadecimal in upper case.
    HexUpper,
    /// Hexadecimal in either case.
    HexAny,
    /// Digits and lower case.
    Base36,
    /// Digits and upper case.
    Base36Upper,
    /// RFC 4648 §6.
    Base32,
    Base58,
    /// RFC 4648 §4 without padding.
    Base64,
    /// RFC 4648 §5 without padding.
    Url,
    /// Base64url and dots.
    Dotted,
    /// Letters, digits and `_`.
    Word,
    /// Visible ASCII without quotes, brackets and separators.
    Text,
    /// Padding of base64.
    Pad,
}

impl Class {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "alnum" => Self::Alnum,
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "digit" => Self::Digit,
            "hex" => Self::Hex,
            "HEX" => Self::HexUpper,
            "xdigit" => Self::HexAny,
            "b36" => Self::Base36,
            "B36" => Self::Base36Upper,
            "b32" => Self::Base32,
            "b58" => Self::Base58,
            "b64" => Self::Base64,
            "url" => Self::Url,
            "dotted" => Self::Dotted,
            "word" => Self::Word,
            "text" => Self::Text,
            "pad" => Self::Pad,
            _ => return None,
        })
    }

    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Lower => byte.is_ascii_lowercase(),
            Self::Upper => byte.is_ascii_uppercase(),
            Self::Digit => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
            Self::HexUpper => byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'),
            Self::HexAny => byte.is_ascii_hexdigit(),
            Self::Base36 => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
            Self::Base36Upper => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::Base32 => matches!(byte, b'A'..=b'Z' | b'2'..=b'7'),
            Self::Base58 => {
                byte.is_ascii_alphanumeric() && !matches!(byte, b'0' | b'O' | b'I' | b'l')
            }
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Text => {
                byte.is_ascii_graphic()
                    && !matches!(
                        byte,
                        b'"' | b'\''
                            | b'`'
                            | b'\\'
                            | b'<'
                            | b'>'
                            | b','
                            | b';'
                            | b'&'
                            | b')'
                            | b'}'
                    )
            }
            Self::Pad => byte == b'=',
        }
    }

    /// Number of characters in the set, all of them visible ASCII.
    fn size(self) -> usize {
        (b'!'..=b'~').filter(|byte| self.holds(*byte)).count()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Vec<u8>),
    Repeat { class: Class, least: usize, most: usize },
}

/// What a credential looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    parts: Vec<Part>,
    /// Characters that its widest class has: what random text in it is drawn from.
    alphabet: usize,
}

impl Shape {
    /// Reads the notation; `Err` says in words what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (literal, tail) = rest.split_once('<').unwrap_or((rest, ""));
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.as_bytes().to_vec()));
            }
            if literal.len() == rest.len() {
                break;
            }
            let (inside, tail) =
                tail.split_once('>').ok_or_else(|| format!("`{text}` has a `<` without `>`"))?;
            parts
                .push(repeat(inside).ok_or_else(|| format!("`<{inside}>` is no part of a shape"))?);
            rest = tail;
        }
        let sizes = parts.iter().filter_map(|part| match part {
            Part::Repeat { class, .. } => Some(class.size()),
            Part::Literal(_) => None,
        });
        let alphabet = sizes.max().ok_or_else(|| format!("`{text}` has no variable part"))?;
        if parts.len() > PARTS_MAX {
            return Err(format!("`{text}` has more than {PARTS_MAX} parts"));
        }
        Ok(Self { parts, alphabet })
    }

    /// The text that it begins with; empty when it begins with a class.
    pub(super) fn prefix(&self) -> &[u8] {
        match self.parts.first() {
            Some(Part::Literal(literal)) => literal,
            _ => b"",
        }
    }

    /// The first text behind its variable beginning, and how many characters come before it, at least and at
    /// most; `None` where it begins with a text or has none that can be looked for.
    pub(super) fn anchor(&self) -> Option<(&[u8], (usize, usize))> {
        let (mut least, mut most) = (0, 0);
        for part in &self.parts {
            match part {
                Part::Literal(text) => {
                    return (most > 0 && text.len() >= ANCHOR_MIN).then_some((text, (least, most)));
                }
                Part::Repeat { least: fewer, most: more, .. } => {
                    least += fewer;
                    most += more;
                }
            }
        }
        None
    }

    /// Characters that random text in it is drawn from.
    pub(super) fn alphabet(&self) -> usize {
        self.alphabet
    }

    /// Whether it has several variable parts, drawn from different characters.
    pub(super) fn is_mixed(&self) -> bool {
        let repeats = self.parts.iter().filter(|part| matches!(part, Part::Repeat { .. }));
        repeats.count() > 1
    }

    /// One past the last byte of the credential that begins at `at`; `None` when none does. What
    /// follows it is no part of the same word.
    pub(super) fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let inside = |end: &usize| text.get(*end).is_some_and(u8::is_ascii_alphanumeric);
        end_of(&self.parts, text, at).filter(|end| !inside(end))
    }
}

fn repeat(inside: &str) -> Option<Part> {
    let (class, lengths) = inside.split_once(' ')?;
    let (least, most) = lengths.split_once('-').unwrap_or((lengths, lengths));
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most && most <= PART_MAX).then_some(())?;
    Some(Part::Repeat { class: Class::of(class)?, least, most })
}

fn end_of(parts: &[Part], text: &[u8], at: usize) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(at) };
    match part {
        Part::Literal(literal) => {
            // The first byte rules out nearly all, for less than a comparison of all.
            let begins = text.get(at) == literal.first() && text[at..].starts_with(literal);
            begins.then(|| end_of(rest, text, at + literal.len()))?
        }
        Part::Repeat { class, least, most } => {
            let length =
                text[at..].iter().take(*most).take_while(|byte| class.holds(**byte)).count();
            let goes_on = |end: usize| {
                let next = text.get(end).copied();
                next.is_some_and(|byte| byte.is_ascii_alphanumeric() || class.holds(byte))
            };
            if rest.is_empty() {
                return (length >= *least && !goes_on(at + length)).then_some(at + length);
            }
            let mut lengths = (*least..=length).rev();
            match rest {
                [Part::Literal(literal), ..] => {
                    let begins = |length: &usize| text.get(at + length) == literal.first();
                    lengths.filter(begins).find_map(|length| end_of(rest, text, at + length))
                }
                _ => lengths.find_map(|length| end_of(rest, text, at + length)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(shape: &str, text: &str) -> Option<usize> {
        Shape::parse(shape).unwrap().end(text.as_bytes(), 0)
    }

    #[test]
    fn a_shape_matches_the_whole_of_a_word() {
        assert_eq!(length("ab_<digit 3>", "ab_123"), Some(6));
        assert_eq!(length("ab_<digit 3>", "ab_123 "), Some(6));
        assert_eq!(length("ab_<digit 3>", "ab_1234"), None);
        assert_eq!(length("ab_<digit 3>", "ab_123x"), None);
        assert_eq!(length("ab_<digit 2-4>", "ab_12345"), None);
        assert_eq!(length("<hex 2>-<alnum 2-3>", "0a-xyz"), Some(6));
    }

    #[test]
    fn a_class_gives_back_what_the_next_part_needs() {
        assert_eq!(length("s-<alnum 2-9>T3<alnum 2>", "s-abcT3T3de"), Some(11));
        assert_eq!(length("<b64 4-8><pad 0-2>", "abcd=="), Some(6));
        assert_eq!(length("<b64 4-8><pad 0-2>", "abcd==="), None);
    }

    #[test]
    fn wrong_notation_is_refused_with_a_reason() {
        for text in ["<alnum", "<alnum 3-2>", "<letters 3>", "plain", "<hex 99999>"] {
            assert!(Shape::parse(text).is_err(), "{text}");
        }
    }
}
