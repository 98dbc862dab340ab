//! Variables of policies (`${aws:username}`): what of the request stands in their place.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags". A text without its variable fits nothing.

use super::facts::{Fact, Facts};
use super::pattern::Pattern;

/// Signs that would mean something else where they stand alone: `${*}` is the character.
const PLAIN: [&str; 3] = ["*", "?", "$"];

/// A text of a policy, its variables replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// It says this.
    As(Pattern),
    /// The request has not what it names.
    Absent,
    /// Nobody noted what it names.
    Unknown,
}

/// A text with its variables replaced by what is known of the request.
pub(super) fn filled(text: &str, facts: &Facts<'_>) -> Filled {
    let mut pattern = Pattern::default();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((variable, after)) = behind.split_once('}') else { break };
        pattern.push(before);
        if PLAIN.contains(&variable) {
            pattern.push_plain(variable);
        } else {
            let (key, default) = parts(variable);
            match (facts.of(key), default) {
                (Fact::Is(value), _) | (Fact::Absent, Some(value)) => pattern.push_plain(value),
                (Fact::Absent, None) => return Filled::Absent,
                _ => return Filled::Unknown,
            }
        }
        rest = after;
    }
    pattern.push(rest);
    Filled::As(pattern)
}

/// The key of `aws:userid, 'anonymous'`, and what stands for it where the request has none.
fn parts(variable: &str) -> (&str, Option<&str>) {
    let Some((key, default)) = variable.split_once(',') else { return (variable, None) };
    let default = default.trim();
    let quoted = default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    (key.trim(), quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_what_the_request_has_and_its_signs_for_themselves() {
        let facts = Facts::complete().with("username", Fact::Is("a*")).with("vpc", Fact::Unknown);
        let fits = |text: &str, value: &str| match filled(text, &facts) {
            Filled::As(pattern) => pattern.matches(value),
            Filled::Absent | Filled::Unknown => false,
        };
        assert!(fits("home/${aws:username}/*", "home/a*/x"));
        assert!(!fits("home/${aws:username}/*", "home/ab/x"));
        assert!(fits("${*}${?}${$}?", "*?$x") && !fits("${*}", "x"));
        assert!(fits("${aws:userid, 'anonymous'}", "anonymous"));
        assert!(fits("${aws:username, 'anonymous'}", "a*"));
        assert!(fits("${open", "${open"));
        assert_eq!(filled("${aws:userid}", &facts), Filled::Absent);
        assert_eq!(filled("${aws:vpc}", &facts), Filled::Unknown);
    }
}
