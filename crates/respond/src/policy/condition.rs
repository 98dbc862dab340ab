//! Conditions of statements: what a request must be like for the statement to speak of it.
//!
//! Sources: IAM user guide, "Condition operators" and "Conditions with multiple context keys or values"; RAM
//! documentation, "Conditional operators". Of a value that a request has not, only a negation holds, `Null`,
//! and what says that it may be absent; OSS tells the internet by it (`StringNotLike` of `acs:SourceVpc`).

use core::cmp::Ordering;
use core::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::facts::{Fact, Facts};
use super::network::Network;
use super::pattern::{covers_name, matches};
use super::truth::Truth;
use super::{Effect, texts};

/// An operator without its negation and what stands before and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    EqualInAnyCase,
    Like,
    Name,
    Flag,
    Within,
    Number(Order),
    Time(Order),
}

/// How one value must stand to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
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
enum Quantity {
    One,
    Any,
    All,
}

/// An operator such as `ForAnyValue:StringNotLikeIfExists`.
struct Operator {
    comparison: Comparison,
    is_negated: bool,
    may_be_absent: bool,
    quantity: Quantity,
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
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
    fn of_absent(&self) -> Truth {
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
    fn holds(self, value: &str, wanted: &str) -> Truth {
        let both = |known: Option<bool>| known.map_or(Truth::Unknown, Truth::from);
        match self {
            Self::Equal => (value == wanted).into(),
            Self::EqualInAnyCase => (value.to_lowercase() == wanted.to_lowercase()).into(),
            Self::Like => matches(wanted, value).into(),
            Self::Name => covers_name(wanted, value).into(),
            Self::Flag => value.eq_ignore_ascii_case(wanted).into(),
            Self::Within => both(
                Network::parse(wanted)
                    .zip(value.parse::<IpAddr>().ok())
                    .map(|(network, address)| network.contains(address)),
            ),
            Self::Number(order) => both(
                value
                    .parse::<f64>()
                    .ok()
                    .zip(wanted.parse().ok())
                    .and_then(|(one, two)| one.partial_cmp(&two))
                    .map(|ordering| order.fits(ordering)),
            ),
            Self::Time(order) => {
                both(moment(value).zip(moment(wanted)).map(|(one, two)| order.fits(one.cmp(&two))))
            }
        }
    }

    /// The same of a value of which only the beginning is known.
    fn holds_of_beginning(self, beginning: &str, wanted: &str) -> Truth {
        let fixed = wanted.split(['*', '?']).next().unwrap_or_default();
        let whole = wanted.strip_suffix('*').is_some_and(|head| head == fixed);
        match self {
            Self::Like if whole && beginning.starts_with(fixed) => Truth::Yes,
            Self::Like | Self::Equal
                if !beginning.starts_with(fixed) && !fixed.starts_with(beginning) =>
            {
                Truth::No
            }
            _ => Truth::Unknown,
        }
    }
}

/// A moment, in RFC 3339 or as seconds since 1970.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::from_second(text.parse().ok()?).ok())
}

/// Whether every condition of a statement is met. What is chosen by who asks, is chosen to that one's good.
pub(super) fn met(conditions: Option<&Value>, facts: &Facts<'_>, effect: Effect) -> Truth {
    let Some(conditions) = conditions else { return Truth::Yes };
    let Value::Object(operators) = conditions else { return Truth::Unknown };
    let mut all = Truth::Yes;
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else { return Truth::Unknown };
        for (key, values) in keys {
            all = all.and(one(operator, facts.of(key), &wanted(values), facts, effect));
        }
    }
    all
}

fn wanted(values: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    texts(values).into_iter().map(text).collect()
}

fn one(
    operator: &str,
    fact: Fact<'_>,
    wanted: &[String],
    facts: &Facts<'_>,
    effect: Effect,
) -> Truth {
    if fact == Fact::Chosen {
        return (effect == Effect::Allow).into();
    }
    if operator.eq_ignore_ascii_case("null") {
        return null(fact, wanted);
    }
    let Some(operator) = Operator::parse(operator) else { return Truth::Unknown };
    let any = |holds: &dyn Fn(&str) -> Truth| {
        let one_of_them = |all: Truth, wanted: &String| match variables(wanted, facts) {
            Some(wanted) => all.or(holds(&wanted)),
            None => all.or(Truth::Unknown),
        };
        wanted.iter().fold(Truth::No, one_of_them)
    };
    let holds = match fact {
        Fact::Absent => return operator.of_absent(),
        Fact::Unknown | Fact::Chosen => return Truth::Unknown,
        Fact::Is(value) => any(&|wanted| operator.comparison.holds(value, wanted)),
        Fact::Begins(value) => any(&|wanted| operator.comparison.holds_of_beginning(value, wanted)),
        Fact::Anywhere if operator.comparison == Comparison::Within => {
            any(&|wanted| Network::parse(wanted).is_some_and(Network::is_world).into())
        }
        Fact::Anywhere => return Truth::Unknown,
    };
    if operator.is_negated { !holds } else { holds }
}

/// `Null`: whether the value is wanted to be absent, and is.
fn null(fact: Fact<'_>, wanted: &[String]) -> Truth {
    let is_absent = match fact {
        Fact::Absent => Truth::Yes,
        Fact::Unknown => Truth::Unknown,
        Fact::Is(_) | Fact::Begins(_) | Fact::Anywhere | Fact::Chosen => Truth::No,
    };
    let holds = |wanted: &String| match wanted.to_ascii_lowercase().as_str() {
        "true" => is_absent,
        "false" => !is_absent,
        _ => Truth::Unknown,
    };
    wanted.iter().map(holds).fold(Truth::No, Truth::or)
}

/// A text with its variables (`${aws:username}`) replaced; `None` where one of them is not known.
pub(super) fn variables(text: &str, facts: &Facts<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, variable)) = rest.split_once("${") {
        let (key, after) = variable.split_once('}')?;
        let Fact::Is(value) = facts.of(key) else { return None };
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, facts: &Facts<'_>, expected: Truth) {
        let read: Value = serde_json::from_str(condition).unwrap();
        assert_eq!(met(Some(&read), facts, Effect::Deny), expected, "{condition}");
    }

    fn from(address: &str) -> Facts<'_> {
        Facts::of_logged(Some(address), Some("aws-cli/2.27"))
    }

    #[test]
    fn every_operator_compares_as_its_name_says() {
        let facts = from("203.0.113.7")
            .with("username", Fact::Is("ada"))
            .with("s3:max-keys", Fact::Is("10"))
            .with("currenttime", Fact::Is("2026-01-02T03:04:05Z"))
            .with("principalarn", Fact::Is("arn:aws:iam::123456789012:user/ada"));
        for (condition, expected) in [
            (r#"{"StringEquals":{"aws:username":["eve","ada"]}}"#, Truth::Yes),
            (r#"{"StringNotEquals":{"aws:username":["eve","ada"]}}"#, Truth::No),
            (r#"{"StringEquals":{"AWS:UserName":"ADA"}}"#, Truth::No),
            (r#"{"StringEqualsIgnoreCase":{"aws:username":"ADA"}}"#, Truth::Yes),
            (r#"{"StringLike":{"aws:UserAgent":"aws-cli/*"}}"#, Truth::Yes),
            (r#"{"StringNotLike":{"aws:UserAgent":["x","aws-cli/*"]}}"#, Truth::No),
            (r#"{"NumericLessThanEquals":{"s3:max-keys":10}}"#, Truth::Yes),
            (r#"{"NumericLessThan":{"s3:max-keys":"10"}}"#, Truth::No),
            (r#"{"NumericEquals":{"s3:max-keys":"ten"}}"#, Truth::Unknown),
            (r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}"#, Truth::Yes),
            (r#"{"DateLessThan":{"aws:CurrentTime":"1767225600"}}"#, Truth::No),
            (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}"#, Truth::Yes),
            (r#"{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}"#, Truth::Yes),
            (r#"{"Bool":{"aws:ViaAWSService":false}}"#, Truth::Yes),
            (r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}"#, Truth::Yes),
            (r#"{"NotIpAddress":{"aws:SourceIp":["203.0.113.7"]}}"#, Truth::No),
            (r#"{"StringEquals":{"aws:PrincipalArn":"${aws:PrincipalArn}"}}"#, Truth::Yes),
            (r#"{"BinaryEquals":{"aws:username":"YWRh"}}"#, Truth::Unknown),
        ] {
            check(condition, &facts, expected);
        }
    }

    #[test]
    fn of_what_a_request_has_not_a_negation_holds_and_what_may_be_absent() {
        let facts = from("203.0.113.7").with("sourcevpce", Fact::Absent);
        for (condition, expected) in [
            (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, Truth::No),
            (r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#, Truth::Yes),
            (r#"{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}"#, Truth::Yes),
            (r#"{"ForAllValues:StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, Truth::Yes),
            (r#"{"ForAnyValue:StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#, Truth::No),
            (r#"{"Null":{"aws:SourceVpce":"true"}}"#, Truth::Yes),
            (r#"{"Null":{"aws:SourceVpce":"false"}}"#, Truth::No),
            (r#"{"Null":{"aws:SourceIp":"true"}}"#, Truth::No),
        ] {
            check(condition, &facts, expected);
        }
    }

    #[test]
    fn what_nobody_noted_is_neither_met_nor_missed_unless_another_condition_is_missed() {
        let facts = from("203.0.113.7");
        check(r#"{"Bool":{"aws:SecureTransport":"true"}}"#, &facts, Truth::Unknown);
        check(
            r#"{"Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
            &facts,
            Truth::No,
        );
        let nowhere = Facts::of_logged(Some("Internal"), None);
        check(r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, &nowhere, Truth::Unknown);
    }

    #[test]
    fn a_private_address_is_of_some_private_network_and_a_public_one_of_none() {
        for (address, within, one) in
            [("10.1.2.3", Truth::Yes, Truth::Unknown), ("203.0.113.7", Truth::No, Truth::No)]
        {
            check(r#"{"StringLike":{"acs:SourceVpc":"vpc-*"}}"#, &from(address), within);
            check(r#"{"StringNotLike":{"acs:SourceVpc":["vpc-*"]}}"#, &from(address), !within);
            check(r#"{"StringEquals":{"acs:SourceVpc":"vpc-1"}}"#, &from(address), one);
        }
    }
}
