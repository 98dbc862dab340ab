//! Operators of conditions: how a value of the request is compared with one of the policy.
//!
//! Sources: IAM user guide, "Condition operators" and "Single-valued vs. multivalued context keys"; RAM
//! documentation, "Conditional operators".

use core::cmp::Ordering;
use core::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::network::Network;
use super::pattern::{Pattern, covers_name};
use super::truth::Truth;

/// An operator without its negation and what stands before and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// The same text.
    Equal,
    /// The same text in any case.
    EqualInAnyCase,
    /// A text that fits a pattern.
    Like,
    /// A name in colons that fits a pattern piece by piece.
    Name,
    /// True or false.
    Flag,
    /// The same bytes, in Base64.
    Bytes,
    /// An address in a network.
    Within,
    /// Numbers.
    Number(Order),
    /// Moments.
    Time(Order),
}

/// How one value must stand to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As much.
    Equal,
    /// Less.
    Less,
    /// Not more.
    LessOrEqual,
    /// More.
    Greater,
    /// Not less.
    GreaterOrEqual,
}

impl Order {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "equals" => Self::Equal,
            "lessthan" => Self::Less,
            "lessthanequals" => Self::LessOrEqual,
            "greaterthan" => Self::Greater,
            "greaterthanequals" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    fn fits(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// How an operator reads a key of many values, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// There is one value at most.
    One,
    /// One of them must hold.
    Any,
    /// Each of them must.
    All,
}

/// An operator such as `ForAnyValue:StringNotLikeIfExists`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operator {
    pub(super) comparison: Comparison,
    pub(super) is_negated: bool,
    may_be_absent: bool,
    pub(super) quantity: Quantity,
}

impl Operator {
    /// Reads one; `None` where there is no such.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let (quantity, word) = match word.split_once(':') {
            Some(("foranyvalue", word)) => (Quantity::Any, word),
            Some(("forallvalues", word)) => (Quantity::All, word),
            Some(_) => return None,
            None => (Quantity::One, word.as_str()),
        };
        let may_be_absent = word.ends_with("ifexists");
        let word = word.trim_end_matches("ifexists");
        let (comparison, is_negated) = Comparison::of(word)?;
        Some(Self { comparison, is_negated, may_be_absent, quantity })
    }

    /// What it says of a value that the request has not.
    pub(super) fn of_absent(self) -> Truth {
        match self.quantity {
            Quantity::All => Truth::Yes,
            Quantity::Any => self.may_be_absent.into(),
            Quantity::One => (self.is_negated || self.may_be_absent).into(),
        }
    }
}

impl Comparison {
    fn of(word: &str) -> Option<(Self, bool)> {
        Some(match word {
            "stringequals" => (Self::Equal, false),
            "stringnotequals" => (Self::Equal, true),
            "stringequalsignorecase" => (Self::EqualInAnyCase, false),
            "stringnotequalsignorecase" => (Self::EqualInAnyCase, true),
            "stringlike" => (Self::Like, false),
            "stringnotlike" => (Self::Like, true),
            "arnequals" | "arnlike" => (Self::Name, false),
            "arnnotequals" | "arnnotlike" => (Self::Name, true),
            "bool" => (Self::Flag, false),
            "binaryequals" => (Self::Bytes, false),
            "ipaddress" => (Self::Within, false),
            "notipaddress" => (Self::Within, true),
            "numericnotequals" => (Self::Number(Order::Equal), true),
            "datenotequals" => (Self::Time(Order::Equal), true),
            _ => match (word.strip_prefix("numeric"), word.strip_prefix("date")) {
                (Some(order), _) => (Self::Number(Order::of_word(order)?), false),
                (_, Some(order)) => (Self::Time(Order::of_word(order)?), false),
                (None, None) => return None,
            },
        })
    }

    /// Whether a value of the request is as `wanted` has it.
    pub(super) fn holds(self, value: &str, wanted: &Pattern) -> Truth {
        let both = |known: Option<bool>| known.map_or(Truth::Unknown, Truth::from);
        let text = wanted.text();
        match self {
            Self::Equal => (value == text).into(),
            Self::EqualInAnyCase => (value.to_lowercase() == text.to_lowercase()).into(),
            Self::Like => wanted.matches(value).into(),
            Self::Name => covers_name(wanted, value).into(),
            Self::Flag => value.eq_ignore_ascii_case(&text).into(),
            Self::Bytes => (STANDARD.encode(value) == text).into(),
            Self::Within => both(
                Network::parse(&text)
                    .zip(value.parse::<IpAddr>().ok())
                    .map(|(network, address)| network.contains(address)),
            ),
            Self::Number(order) => both(
                value
                    .parse::<f64>()
                    .ok()
                    .zip(text.parse().ok())
                    .and_then(|(one, two)| one.partial_cmp(&two))
                    .map(|ordering| order.fits(ordering)),
            ),
            Self::Time(order) => {
                both(moment(value).zip(moment(&text)).map(|(one, two)| order.fits(one.cmp(&two))))
            }
        }
    }

    /// The same of a value of which only the beginning is known.
    pub(super) fn holds_of_beginning(self, beginning: &str, wanted: &Pattern) -> Truth {
        let fixed = match self {
            Self::Like => wanted.beginning(),
            _ => wanted.text(),
        };
        match self {
            Self::Like if wanted.is_beginning_alone() && beginning.starts_with(&fixed) => {
                Truth::Yes
            }
            Self::Like | Self::Equal
                if !beginning.starts_with(&fixed) && !fixed.starts_with(beginning) =>
            {
                Truth::No
            }
            _ => Truth::Unknown,
        }
    }
}

/// A moment: seconds since 1970, or a date with or without its time (W3C, "Date and Time Formats"). A year alone
/// is taken as seconds, which it looks like.
fn moment(text: &str) -> Option<Timestamp> {
    let seconds = || Timestamp::from_second(text.parse().ok()?).ok();
    let day = |day: &str| format!("{text}{day}T00:00:00Z").parse().ok();
    text.parse().ok().or_else(seconds).or_else(|| day("")).or_else(|| day("-01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_every_spelling() {
        for (text, expected) in [
            ("2026-01-01T00:00:00Z", Some(1_767_225_600)),
            ("2026-01-01T08:00+08:00", Some(1_767_225_600)),
            ("1767225600", Some(1_767_225_600)),
            ("2026-01-01", Some(1_767_225_600)),
            ("2026-01", Some(1_767_225_600)),
            ("soon", None),
        ] {
            assert_eq!(moment(text).map(Timestamp::as_second), expected, "{text}");
        }
    }
}
