//! A bucket's policy, as far as it bears on a stranger. A statement that cannot be understood opens nothing
//! and, where it refuses, closes nothing: what it says is not known.

use serde_json::Value;

/// Longest quotation of a statement.
const QUOTE_CHARS_MAX: usize = 400;

/// Networks of at least so many addresses are the whole world: AWS draws the line there, too.
const WORLD_PREFIX_MAX: u8 = 8;

/// Conditions on what the stranger chooses: whatever they ask for can be had.
const CHOSEN: [&str; 6] = [
    "aws:securetransport",
    "aws:useragent",
    "aws:referer",
    "acs:securetransport",
    "acs:useragent",
    "acs:referer",
];

/// The policy of a bucket.
pub(super) struct Policy {
    statements: Vec<Value>,
}

/// What a statement says to a stranger, whatever it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

impl Policy {
    /// Reads a policy; one that is no JSON has no statements.
    pub(super) fn read(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap_or_default();
        let statements = match document.get("Statement") {
            Some(Value::Array(all)) => all.clone(),
            Some(one @ Value::Object(_)) => vec![one.clone()],
            _ => Vec::new(),
        };
        Self { statements }
    }

    /// The statement that refuses it to a stranger.
    pub(super) fn denial(&self, action: &str, resource: &str) -> Option<String> {
        self.first(Effect::Deny, action, resource)
    }

    /// The statement that allows it to a stranger.
    pub(super) fn permission(&self, action: &str, resource: &str) -> Option<String> {
        self.first(Effect::Allow, action, resource)
    }

    /// Whether it allows a stranger anything at all.
    pub(super) fn opens_anything(&self) -> bool {
        self.statements.iter().any(|statement| is_for_stranger(statement, Effect::Allow))
    }

    fn first(&self, effect: Effect, action: &str, resource: &str) -> Option<String> {
        let about = |statement: &&Value| {
            is_for_stranger(statement, effect)
                && named(statement, "Action", "NotAction", |pattern| {
                    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
                })
                && named(statement, "Resource", "NotResource", |pattern| {
                    matches(path_of(pattern), resource)
                })
        };
        self.statements.iter().find(about).map(|statement| {
            let text = statement.to_string();
            match text.char_indices().nth(QUOTE_CHARS_MAX) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        })
    }
}

/// Whether a statement has this effect on a stranger, whatever it is about.
fn is_for_stranger(statement: &Value, effect: Effect) -> bool {
    let word = match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let same_effect = statement["Effect"].as_str() == Some(word);
    // A stranger is nobody that a policy names.
    let means = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => principals(principal).any(|name| name == "*"),
        (None, Some(others)) => !principals(others).any(|name| name == "*"),
        (None, None) => false,
    };
    same_effect && means && conditions_hold(statement.get("Condition"), effect)
}

fn principals(value: &Value) -> impl Iterator<Item = &str> {
    let all: Vec<&Value> = match value {
        Value::Object(kinds) => {
            let kinds = kinds.iter().filter(|(kind, _)| matches!(kind.as_str(), "AWS" | "RAM"));
            kinds.flat_map(|(_, names)| texts(names)).collect()
        }
        other => texts(other),
    };
    all.into_iter().filter_map(Value::as_str)
}

/// One text, or many.
fn texts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

/// Whether one of the patterns of a field fits, or none of those of its opposite.
fn named(statement: &Value, field: &str, opposite: &str, fits: impl Fn(&str) -> bool) -> bool {
    let any = |value: &Value| texts(value).into_iter().filter_map(Value::as_str).any(&fits);
    match (statement.get(field), statement.get(opposite)) {
        (Some(value), _) => any(value),
        (None, Some(value)) => !any(value),
        (None, None) => false,
    }
}

/// Bucket and object of a resource's name: `arn:aws:s3:::bucket/*`, `acs:oss:*:123:bucket/*`.
fn path_of(pattern: &str) -> &str {
    let fields = match pattern.split(':').next() {
        Some("arn") => 6,
        Some("acs") => 5,
        _ => 1,
    };
    pattern.splitn(fields, ':').last().unwrap_or(pattern)
}

/// Whether a text fits a pattern of `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
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

/// Whether the conditions let a statement bear on a stranger. What the stranger chooses is chosen to the
/// stranger's good: it meets what allows, and avoids what refuses.
fn conditions_hold(conditions: Option<&Value>, effect: Effect) -> bool {
    let Some(Value::Object(operators)) = conditions else { return true };
    operators.iter().all(|(operator, keys)| {
        let Value::Object(keys) = keys else { return false };
        keys.iter().all(|(key, values)| {
            let key = key.to_ascii_lowercase();
            if CHOSEN.contains(&key.as_str()) {
                return effect == Effect::Allow;
            }
            let operator = operator.to_ascii_lowercase();
            match key.as_str() {
                "aws:sourceip" | "acs:sourceip" => is_from(&operator, values),
                // Of an absent value only a negation holds, or what says that it may be absent.
                _ => match operator.as_str() {
                    "null" => texts(values).iter().any(|value| is_true(value)),
                    operator => operator.contains("not") || operator.ends_with("ifexists"),
                },
            }
        })
    })
}

/// Whether an address somewhere in the world meets a condition on addresses.
fn is_from(operator: &str, values: &Value) -> bool {
    let prefix = |network: &str| -> u8 {
        network.split_once('/').and_then(|(_, bits)| bits.parse().ok()).unwrap_or(u8::MAX)
    };
    let world = texts(values)
        .into_iter()
        .filter_map(Value::as_str)
        .any(|network| prefix(network) <= WORLD_PREFIX_MAX);
    match operator {
        "ipaddress" | "ipaddressifexists" => world,
        "notipaddress" | "notipaddressifexists" => !world,
        _ => false,
    }
}

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true)
        || value.as_str().is_some_and(|word| word.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(statement: &str) -> bool {
        let policy = Policy::read(&format!("{{\"Statement\":[{statement}]}}"));
        policy.permission("s3:GetObject", "b/docs/a.txt").is_some()
    }

    #[test]
    fn principals_actions_and_resources_are_read_in_all_their_spellings() {
        for (principal, expected) in [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"*"}"#, true),
            (r#""Principal":["*"]"#, true),
            (r#""Principal":{"AWS":["arn:aws:iam::1:root","*"]}"#, true),
            (r#""Principal":{"AWS":"arn:aws:iam::1:root"}"#, false),
            (r#""Principal":{"Service":"*"}"#, false),
            (r#""NotPrincipal":{"AWS":"arn:aws:iam::1:root"}"#, true),
        ] {
            let statement = format!(
                r#"{{"Effect":"Allow",{principal},"Action":["s3:get*"],"Resource":"arn:aws:s3:::b/docs/?.txt"}}"#
            );
            assert_eq!(allows(&statement), expected, "{principal}");
        }
        let oss = Policy::read(
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Principal":["*"],"Action":["oss:Get*"],"Resource":["acs:oss:*:123:b/*"]}]}"#,
        );
        assert!(oss.permission("oss:GetObject", "b/x").is_some());
        assert!(oss.permission("oss:GetObject", "c/x").is_none());
        assert!(oss.permission("oss:PutObject", "b/x").is_none());
    }

    #[test]
    fn conditions_count_as_a_stranger_meets_them() {
        for (condition, expected) in [
            (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, false),
            (r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}"#, true),
            (r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            (r#"{"StringLike":{"aws:Referer":"https://site.example/*"}}"#, true),
            (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#"{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}"#, true),
        ] {
            let statement = format!(
                r#"{{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{condition}}}"#
            );
            assert_eq!(allows(&statement), expected, "{condition}");
        }
    }

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
}
