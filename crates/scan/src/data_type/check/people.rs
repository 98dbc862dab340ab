//! What a column about people holds: words, dates, amounts. Weak by themselves; the head of the column says the
//! rest.

use super::Verdict;
use super::sum::{has_distinct, is_date};
use crate::data_type::email;
use crate::data_type::value::Value;

/// Characters of a name.
const NAME: std::ops::RangeInclusive<usize> = 2..=64;
/// Most words of a name.
const NAME_WORDS_MAX: usize = 6;
/// What stands in a column where there is nothing.
const NOTHING: [&str; 9] =
    ["null", "none", "nil", "true", "false", "unknown", "name", "n/a", "undefined"];
/// Fewest characters of a postal address.
const ADDRESS_MIN: usize = 6;

fn is_nothing(text: &str) -> bool {
    matches!(text.len(), 3..=9) && NOTHING.iter().any(|nothing| text.eq_ignore_ascii_case(nothing))
}

/// What bytes of ASCII are, a bit a kind: whether a text has any is asked in one pass.
const LETTER: u8 = 1;
const NAME_MARK: u8 = 1 << 1;
const BLANK: u8 = 1 << 2;
const TECHNICAL: u8 = 1 << 3;
const COLON: u8 = 1 << 4;
const DIGIT: u8 = 1 << 5;
const PHONE_MARK: u8 = 1 << 6;
const OTHER: u8 = 1 << 7;

const MADE_OF: [u8; 256] = {
    let (mut kinds, mut byte) = ([OTHER; 256], 0);
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'x' => LETTER | PHONE_MARK,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b' ' => BLANK | NAME_MARK | PHONE_MARK,
            b'\t'..=b'\r' => BLANK,
            b'.' | b'-' => NAME_MARK | PHONE_MARK,
            b'\'' | b',' => NAME_MARK,
            b'+' | b'(' | b')' | b'#' | b'/' => PHONE_MARK,
            b'@' | b'_' | b'=' => TECHNICAL,
            b':' => COLON,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};

/// What a text of ASCII is made of, and how many words it has.
fn made_of(text: &str) -> (u8, usize) {
    let (mut all, mut words, mut before) = (0, 0, BLANK);
    for byte in text.bytes() {
        let kind = MADE_OF[usize::from(byte)];
        all |= kind;
        words += usize::from(before & !kind & BLANK != 0);
        before = kind;
    }
    (all, words)
}

/// Letters, and the few marks that names have.
pub(super) fn name(value: &Value<'_>) -> bool {
    let text = value.raw;
    let marks = |byte: u8| MADE_OF[usize::from(byte)] & NAME_MARK != 0;
    if let Some(made) = value.made_with(marks)
        && made.digits == 0
        && made.others().count_ones() < NAME_WORDS_MAX as u32
    {
        // What has a mark is something.
        return NAME.contains(&text.len()) && (made.others() != 0 || !is_nothing(text));
    }
    if text.is_ascii() {
        let fits = |byte: u8| MADE_OF[usize::from(byte)] & (LETTER | NAME_MARK) != 0;
        return NAME.contains(&text.len())
            && text.bytes().all(fits)
            && made_of(text).1 <= NAME_WORDS_MAX
            && !is_nothing(text);
    }
    let marks = |c: char| c.is_alphabetic() || " .'-·,’".contains(c);
    NAME.contains(&text.chars().count())
        && text.chars().all(marks)
        && text.split_whitespace().count() <= NAME_WORDS_MAX
        && !is_nothing(text)
}

/// Letters with blanks or Chinese characters, and no address of a computer.
pub(super) fn address(value: &Value<'_>) -> bool {
    let text = value.raw;
    let harmless = |byte: u8| MADE_OF[usize::from(byte)] & (TECHNICAL | COLON | OTHER) == 0;
    if let Some(made) = value.made_with(harmless)
        && made.letters() != 0
        && text.len() >= ADDRESS_MIN
    {
        let is_blank = |byte: u8| MADE_OF[usize::from(byte)] & BLANK != 0;
        let blanks = value.those(made.others(), is_blank);
        let begins = made.all & !blanks & (blanks << 1 | 1);
        return begins & begins.wrapping_sub(1) != 0;
    }
    if text.is_ascii() {
        let (all, words) = made_of(text);
        return text.len() >= ADDRESS_MIN
            && all & LETTER != 0
            && words >= 2
            && all & TECHNICAL == 0
            && (all & COLON == 0 || !text.contains("://"));
    }
    let technical =
        text.contains("://") || text.contains('@') || text.contains('_') || text.contains('=');
    let words = text.split_whitespace().count() >= 2;
    let chinese = text.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count() >= 4;
    text.chars().count() >= ADDRESS_MIN
        && text.chars().any(char::is_alphabetic)
        && (words || chinese)
        && !technical
}

/// Whole years of a person.
pub(super) fn age(value: &Value<'_>) -> bool {
    let text = value.raw.trim_end_matches('岁');
    text.parse::<u8>().is_ok_and(|age| age <= 120)
}

/// A day, in any usual order of its parts.
pub(super) fn date(value: &Value<'_>) -> bool {
    let text = value.raw.split(['T', ' ']).next().unwrap_or_default();
    let mut parts = text.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty());
    let parts = match [parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(whole), None, ..] if whole.len() == 8 && whole.is_ascii() => {
            [&whole[..4], &whole[4..6], &whole[6..]]
        }
        [Some(first), Some(second), Some(third), None] => [first, second, third],
        _ => return false,
    };
    let [Ok(a), Ok(b), Ok(c)] = parts.map(str::parse::<u64>) else { return false };
    let year = |year: u64| (1900..=2100).contains(&year);
    (year(a) && is_date(a, b, c)) || (year(c) && (is_date(c, a, b) || is_date(c, b, a)))
}

/// A word or few.
pub(super) fn short_text(value: &Value<'_>) -> bool {
    let text = value.raw;
    let characters = text.chars().count();
    (1..=80).contains(&characters)
        && text.chars().any(char::is_alphabetic)
        && !text.contains("://")
        && !is_nothing(text)
}

/// Any text.
pub(super) fn text(value: &Value<'_>) -> bool {
    value.raw.chars().any(char::is_alphabetic)
        && value.raw.chars().count() >= 2
        && !is_nothing(value.raw)
}

/// A number of something: letters, digits and dashes, with a digit among them.
pub(super) fn number(value: &Value<'_>) -> bool {
    let text = value.raw;
    if let Some(made) = value.made().filter(|made| made.others() == 0) {
        return (4..=40).contains(&text.len()) && made.digits != 0;
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_. #".contains(&byte);
    (4..=40).contains(&text.len())
        && text.bytes().all(fits)
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// An amount of money, with its sign and currency.
pub(super) fn amount(value: &Value<'_>) -> bool {
    // Most amounts have no sign of a currency.
    if let Some(made) = value.made_with(|byte| byte == b',' || byte == b'.')
        && made.letters() == 0
        && made.digits & 1 == 1
        && made.digits > made.all / 2
    {
        return value.raw.len() <= 24;
    }
    let is_plain = value.raw.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && value.raw.as_bytes().last().is_some_and(u8::is_ascii_digit);
    let text = if is_plain { value.raw } else { bare_amount(value.raw) };
    let fits = |byte: u8| byte.is_ascii_digit() || byte == b',' || byte == b'.';
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && text.bytes().all(fits)
        && text.len() <= 24
}

/// An amount without its sign and its currency.
fn bare_amount(text: &str) -> &str {
    let text = text.trim_start_matches(['¥', '￥', '$', '€', '£', '-', '+', ' ']);
    text.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ' || c == '元')
}

/// What somebody calls himself to a service.
pub(super) fn account_name(value: &Value<'_>) -> bool {
    let text = value.raw;
    (2..=64).contains(&text.chars().count())
        && !text.contains(char::is_whitespace)
        && !text.contains("://")
        && text.chars().any(char::is_alphanumeric)
        && !is_nothing(text)
}

/// Mobile numbers of mainland China (11 digits from 13 to 19, country code 86), and international numbers with
/// their `+` (ITU-T E.164 §6.2.1: up to 15 digits; shorter ones are too common).
pub(super) fn phone(value: &Value<'_>) -> bool {
    let Some(digits) = value.all_digits() else { return false };
    let plus = value.raw.starts_with('+');
    let local = digits.strip_prefix(&[8, 6]).filter(|_| digits.len() == 13).unwrap_or(&digits);
    let mobile = local.len() == 11 && local[0] == 1 && (3..=9).contains(&local[1]);
    let bare = digits.len() == 13 && value.raw.len() == 13;
    let international = plus && (10..=15).contains(&digits.len()) && digits[0] != 0;
    has_distinct(&digits, 3) && ((mobile && !bare) || international)
}

/// Any way to write a phone number, in a column of them.
pub(super) fn landline(value: &Value<'_>) -> bool {
    if value.made().is_some_and(|made| made.is_digits()) {
        return (7..=18).contains(&value.raw.len());
    }
    let digits = value.raw.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |byte: u8| MADE_OF[usize::from(byte)] & (DIGIT | PHONE_MARK) != 0;
    (7..=18).contains(&digits) && value.raw.bytes().all(allowed)
}

/// Degrees north.
pub(super) fn latitude(value: &Value<'_>) -> bool {
    degrees(value, 90.0)
}

/// Degrees east.
pub(super) fn longitude(value: &Value<'_>) -> bool {
    degrees(value, 180.0)
}

/// Degrees with so many places that they name a house rather than a country.
fn degrees(value: &Value<'_>, most: f64) -> bool {
    let places = value.raw.split_once('.').map_or(0, |(_, places)| places.len());
    places >= 2 && value.raw.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most)
}

/// A cell that is an e-mail address and nothing else.
pub(super) fn email(value: &Value<'_>) -> Verdict {
    if let Some(verdict) = email::whole(value) {
        return verdict;
    }
    let text = value.raw.as_bytes();
    let at = memchr::memchr(b'@', text).and_then(|at| email::around(text, at));
    match at {
        Some((0, end, verdict)) if end == text.len() => verdict,
        _ => Verdict::No,
    }
}

/// Words or a number.
pub(super) fn text_or_number(value: &Value<'_>) -> bool {
    value.raw.chars().count() >= 4
        && value.raw.chars().any(|c| c.is_ascii_digit())
        && !is_nothing(value.raw)
}

/// A number, a file's name, or many bytes written as text.
pub(super) fn number_or_blob(value: &Value<'_>) -> bool {
    value.raw.len() >= 8
        && !value.raw.contains(' ')
        && value.raw.chars().filter(char::is_ascii_digit).count() >= 2
}

/// What a person or a program keeps secret: no word, no blank, of some length.
pub(super) fn secret_text(value: &Value<'_>) -> bool {
    value.raw.len() >= 8 && !value.raw.contains(' ') && !is_nothing(value.raw)
}

/// Both coordinates of a place.
pub(super) fn coordinates(value: &Value<'_>) -> bool {
    let text = value.raw.trim_matches(['(', ')', '[', ']']);
    let mut parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
    let of = |part: Option<&str>| part.is_some_and(|part| degrees(&Value::of(part), 180.0));
    of(parts.next()) && of(parts.next()) && parts.next().is_none()
}
