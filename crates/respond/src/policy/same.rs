//! Whether two policies say the same. A provider that reads a policy tells it in its own hand: a text as a list of
//! one, lists in another order, an address with the length of its network.

use serde_json::{Map, Value};

use super::Network;

/// Whether two documents say the same, however they are written. Texts that are no JSON are compared as they are.
#[must_use]
pub fn says_the_same(one: &str, other: &str) -> bool {
    let read =
        |text: &str| serde_json::from_str::<Value>(text).ok().map(|value| plain(None, value));
    one == other || read(one).is_some_and(|value| Some(value) == read(other))
}

/// A value in one hand: `name` is the element that it stands under.
fn plain(name: Option<&str>, value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let named = |(name, value): (String, Value)| {
                let value = plain(Some(&name), value);
                (name, value)
            };
            Value::Object(object.into_iter().map(named).collect::<Map<_, _>>())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.into_iter().map(|one| plain(None, one)).collect();
            // In a policy the order of a list says nothing.
            list.sort_by_cached_key(Value::to_string);
            list.dedup();
            Value::Array(list)
        }
        Value::String(text) => {
            let text = Value::String(network(text));
            // `Version` and `Effect` are never lists.
            match name {
                Some(name) if !["Version", "Effect", "Sid"].contains(&name) => {
                    Value::Array(vec![text])
                }
                _ => text,
            }
        }
        value => value,
    }
}

/// An address as the network that it is: `203.0.113.7` is `203.0.113.7/32`.
fn network(text: String) -> String {
    match Network::parse(&text) {
        Some(network) => network.to_string(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, expected: bool) {
        assert_eq!(says_the_same(one, other), expected, "{one} {other}");
    }

    #[test]
    fn the_hand_does_not_matter_and_the_words_do() {
        let policy = |action: &str, address: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":{action},
                "Resource":["a","b"],"Condition":{{"NotIpAddress":{{"aws:SourceIp":{address}}}}}}}]}}"#
            )
        };
        let written = policy(r#""s3:*""#, r#"["203.0.113.7","198.51.100.0/24"]"#);
        let told = policy(r#"["s3:*"]"#, r#"["198.51.100.0/24","203.0.113.7/32"]"#);
        check(&written, &told, true);
        check(&written, &told.replace(r#"["a","b"]"#, r#"["b","a"]"#), true);
        check(&written, &told.replace("203.0.113.7", "203.0.113.8"), false);
        check(&written, &told.replace("Deny", "Allow"), false);
        check(&written, &told.replace(r#""a","#, ""), false);
        check(&written, "", false);
        check("none", "none", true);
    }
}
