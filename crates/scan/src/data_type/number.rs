//! Numbers in a text: runs of digits that may be phone numbers, identity numbers or card numbers.
//!
//! Every number sought has four digits in a row somewhere, so only each fourth byte is looked at until
//! one is a digit.

/// Bytes between two looks.
const STRIDE: usize = 4;
/// Most digits of a number sought: a card with 19, and one to see that it is longer.
const DIGITS_MAX: usize = 20;
/// Most bytes of a number with its separators.
const SPAN_MAX: usize = 32;
/// How far a number is followed from where it was hit: further than [`SPAN_MAX`], so that one that is
/// too long is seen to be so from any place in it.
const REACH: usize = 40;
/// Fewest digits of a number sought.
const DIGITS_MIN: usize = 10;
/// Longest group of a number written in groups.
const GROUP_MAX: usize = 7;

/// A number in a text.
pub(super) struct Number {
    /// First byte, the sign `+` included.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// Its digits, as ASCII; the last may be `X`.
    digits: [u8; DIGITS_MAX],
    length: usize,
    /// Whether a `+` stands before it.
    pub(super) plus: bool,
    /// Lengths of its groups of digits.
    pub(super) groups: Vec<usize>,
}

impl Number {
    /// The digits, as ASCII; the last may be `X`.
    pub(super) fn digits(&self) -> &[u8] {
        &self.digits[..self.length]
    }

    /// Whether it is written without separators.
    pub(super) fn is_plain(&self) -> bool {
        self.groups.len() == 1
    }

    /// The number at `start..end` of a text; `None` when it has too few or too many digits, or when
    /// something that is no number goes on beside it.
    fn read(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let end = match text[end..] {
            [b'X' | b'x', ..] if end - start == 17 => end + 1,
            _ => end,
        };
        let mut number =
            Self { start, end, digits: [0; DIGITS_MAX], length: 0, plus: false, groups: vec![0] };
        for byte in &text[start..end] {
            if byte.is_ascii_alphanumeric() {
                *number.digits.get_mut(number.length)? = byte.to_ascii_uppercase();
                number.length += 1;
                *number.groups.last_mut()? += 1;
            } else {
                number.groups.push(0);
            }
        }
        if text[..start].ends_with(b"+") {
            number.plus = true;
            number.start -= 1;
        }
        let stands_alone = is_edge(text, number.start, true) && is_edge(text, end, false);
        (number.length >= DIGITS_MIN && stands_alone).then_some(number)
    }
}

/// Whether a number may begin (or end) at `at`: no word, decimal point or dash goes on beside it.
fn is_edge(text: &[u8], at: usize, begins: bool) -> bool {
    let (next, beyond) = if begins {
        let at = |back: usize| at.checked_sub(back).map(|at| text[at]);
        (at(1), at(2))
    } else {
        (text.get(at).copied(), text.get(at + 1).copied())
    };
    match next {
        None => true,
        Some(byte) if byte.is_ascii_alphanumeric() => is_escape(text, at, begins),
        Some(b'_' | b'%' | b'#' | b'@') => false,
        Some(b'.' | b'-' | b'/' | b'+') => beyond.is_none_or(|b| !b.is_ascii_alphanumeric()),
        Some(_) => true,
    }
}

/// `\n` before a number is a line break in JSON.
fn is_escape(text: &[u8], at: usize, begins: bool) -> bool {
    begins && matches!(text[..at], [.., b'\\', b'n' | b'r' | b't'])
}

/// Calls `found` for each number that starts in `from..to`.
pub(super) fn find(text: &[u8], from: usize, to: usize, mut found: impl FnMut(&Number)) {
    let stop = text.len().min(to + REACH);
    let mut at = from;
    while at < stop {
        if !text[at].is_ascii_digit() {
            at += STRIDE;
            continue;
        }
        let (mut start, mut end) = (block_start(text, at), block_end(text, at));
        let digits = end - start;
        if (STRIDE..=GROUP_MAX).contains(&digits) {
            start = groups_start(text, start);
            end = groups_end(text, end);
        }
        at = end + STRIDE;
        let inside = (from..to).contains(&start);
        let fits = digits >= STRIDE && (DIGITS_MIN..=SPAN_MAX).contains(&(end - start));
        if inside
            && fits
            && let Some(number) = Number::read(text, start, end)
        {
            found(&number);
        }
    }
}

fn block_start(text: &[u8], at: usize) -> usize {
    at - text[..at].iter().rev().take(REACH).take_while(|b| b.is_ascii_digit()).count()
}

fn block_end(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take(REACH).take_while(|b| b.is_ascii_digit()).count()
}

/// Follows groups of digits with single separators to the left.
fn groups_start(text: &[u8], mut start: usize) -> usize {
    let least = start.saturating_sub(REACH);
    while start > least + 1 && is_separator(text[start - 1]) && text[start - 2].is_ascii_digit() {
        let group = block_start(text, start - 1);
        if start - 1 - group > GROUP_MAX {
            break;
        }
        start = group;
    }
    start
}

/// Follows groups of digits with single separators to the right.
fn groups_end(text: &[u8], mut end: usize) -> usize {
    let most = text.len().min(end + REACH);
    while end + 1 < most && is_separator(text[end]) && text[end + 1].is_ascii_digit() {
        let group = block_end(text, end + 1);
        if group - end - 1 > GROUP_MAX {
            break;
        }
        end = group;
    }
    end
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<String> {
        let mut numbers = Vec::new();
        find(text.as_bytes(), 0, text.len(), |number| {
            numbers.push(String::from_utf8_lossy(number.digits()).into_owned());
        });
        numbers
    }

    #[test]
    fn a_number_is_found_wherever_it_starts() {
        for pad in 0..9 {
            let text = format!("{}13912345670,", " ".repeat(pad));
            assert_eq!(numbers(&text), ["13912345670"], "{pad}");
            let text = format!("{}139-1234-5670\n", "x".repeat(pad) + ":");
            assert_eq!(numbers(&text), ["13912345670"], "{pad}");
        }
    }

    #[test]
    fn a_part_of_something_longer_is_no_number() {
        for text in
            ["a13912345670", "13912345670.5", "0.13912345670", "13912345670-a", "x_13912345670"]
        {
            assert!(numbers(text).is_empty(), "{text}");
        }
        assert!(numbers(&"1234 ".repeat(20)).is_empty());
        assert!(numbers(&"7".repeat(21)).is_empty());
    }

    #[test]
    fn a_check_character_belongs_to_an_identity_number() {
        assert_eq!(numbers("11010519491231002x "), ["11010519491231002X"]);
    }
}
