//! Conditions of statements: what a request must be like for the statement to speak of it.
//!
//! Sources: IAM user guide, "Condition operators" and "Conditions with multiple context keys or values"; RAM
//! documentation, "Conditional operators". Of a value that a request has not, only a negation holds, `Null`,
//! and what says that it may be absent; OSS tells the internet by it (`StringNotLike` of `acs:SourceVpc`).

use serde_json::Value;

use super::facts::{Fact, Facts};
use super::network::Network;
use super::operator::{Comparison, Operator, Quantity};
use super::pattern::Pattern;
use super::truth::Truth;
use super::variable::{Filled, filled};
use super::{Effect, texts};

/// In what a condition is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// What is known of the request.
    pub(super) facts: &'a Facts<'a>,
    /// What the statement does.
    pub(super) effect: Effect,
    /// Whether `${…}` is a variable.
    pub(super) has_variables: bool,
}

impl Reading<'_> {
    /// A text of the policy, as it is meant for this request.
    pub(super) fn filled(self, text: &str) -> Filled {
        match self.has_variables {
            true => filled(text, self.facts),
            false => Filled::As(Pattern::of(text)),
        }
    }

    /// Whether a text fits. One whose variable the request has not fits nothing, and what a negation makes of
    /// that is not told.
    pub(super) fn fits(
        self,
        text: &str,
        is_negated: bool,
        holds: impl Fn(&Pattern) -> Truth,
    ) -> Truth {
        match self.filled(text) {
            Filled::As(pattern) => holds(&pattern),
            Filled::Absent if !is_negated => Truth::No,
            Filled::Absent | Filled::Unknown => Truth::Unknown,
        }
    }
}

/// Whether every condition of a statement is met. What is chosen by who asks, is chosen to that one's good.
pub(super) fn met(conditions: Option<&Value>, reading: Reading<'_>) -> Truth {
    let Some(conditions) = conditions else { return Truth::Yes };
    let Value::Object(operators) = conditions else { return Truth::Unknown };
    let mut all = Truth::Yes;
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else { return Truth::Unknown };
        for (key, values) in keys {
            all = all.and(one(operator, reading.facts.of(key), &wanted(values), reading));
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

fn one(operator: &str, fact: Fact<'_>, wanted: &[String], reading: Reading<'_>) -> Truth {
    if fact == Fact::Chosen {
        return (reading.effect == Effect::Allow).into();
    }
    if operator.eq_ignore_ascii_case("null") {
        return null(fact, wanted);
    }
    let Some(operator) = Operator::parse(operator) else { return Truth::Unknown };
    let is_negated = operator.is_negated;
    let any = |holds: &dyn Fn(&Pattern) -> Truth| {
        let fits = |wanted: &String| reading.fits(wanted, is_negated, holds);
        let any = wanted.iter().map(fits).fold(Truth::No, Truth::or);
        if is_negated { !any } else { any }
    };
    let of = |value: &str| any(&|wanted| operator.comparison.holds(value, wanted));
    match fact {
        Fact::Absent => operator.of_absent(),
        Fact::Unknown | Fact::Chosen => Truth::Unknown,
        Fact::Is("") if operator.quantity != Quantity::One => operator.of_absent(),
        Fact::Is(value) => of(value),
        Fact::Many(values) => many(operator, values, of),
        Fact::Begins(value) => any(&|wanted| operator.comparison.holds_of_beginning(value, wanted)),
        Fact::Anywhere if operator.comparison == Comparison::Within => {
            any(&|wanted| Network::parse(&wanted.text()).is_some_and(Network::is_world).into())
        }
        Fact::Anywhere => Truth::Unknown,
    }
}

/// What an operator says of many values; one that is made for a single value says nothing of them.
fn many(operator: Operator, values: &[&str], of: impl Fn(&str) -> Truth) -> Truth {
    let each = values.iter().map(|value| of(value));
    match (operator.quantity, values) {
        (_, []) => operator.of_absent(),
        (Quantity::All, _) => each.fold(Truth::Yes, Truth::and),
        (Quantity::Any, _) => each.fold(Truth::No, Truth::or),
        (Quantity::One, [value]) => of(value),
        (Quantity::One, _) => Truth::Unknown,
    }
}

/// `Null`: whether the value is wanted to be absent, and is.
fn null(fact: Fact<'_>, wanted: &[String]) -> Truth {
    let is_absent = match fact {
        Fact::Absent | Fact::Many([]) => Truth::Yes,
        Fact::Unknown => Truth::Unknown,
        Fact::Is(_) | Fact::Many(_) | Fact::Begins(_) | Fact::Anywhere | Fact::Chosen => Truth::No,
    };
    let holds = |wanted: &String| match wanted.to_ascii_lowercase().as_str() {
        "true" => is_absent,
        "false" => !is_absent,
        _ => Truth::Unknown,
    };
    wanted.iter().map(holds).fold(Truth::No, Truth::or)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, facts: &Facts<'_>, expected: Truth) {
        let read: Value = serde_json::from_str(condition).unwrap();
        let reading = Reading { facts, effect: Effect::Deny, has_variables: true };
        assert_eq!(met(Some(&read), reading), expected, "{condition}");
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
            (r#"{"BinaryEquals":{"aws:username":"YWRh"}}"#, Truth::Yes),
            (r#"{"StringResembles":{"aws:username":"ada"}}"#, Truth::Unknown),
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
