//! What a provider says about a person.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who somebody is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// What the provider knows the person by, for good; never given to another (OpenID Connect Core, 2).
    pub subject: String,
    /// What the person calls themselves there, best first: `preferred_username`, `email`. Either may change,
    /// and prove nothing.
    pub names: Vec<String>,
    /// The groups or roles there; `None` where nothing was said about them.
    pub roles: Option<Vec<String>>,
}

/// Every claim that the standard does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Claims(Map<String, Value>);

impl AdditionalClaims for Claims {}

impl Claims {
    /// The words of a claim: of that very name, else found step by step along the dots.
    pub(crate) fn words(&self, path: &str) -> Option<Vec<String>> {
        let mut found = self.0.get(path);
        if found.is_none() {
            let mut steps = path.split('.');
            found = self.0.get(steps.next()?);
            found = steps.try_fold(found?, |value, step| value.get(step));
        }
        match found? {
            Value::String(word) => Some(vec![word.clone()]),
            Value::Array(words) => {
                Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_claim_are_found_by_name_and_by_path() {
        let claims = serde_json::json!({
            "groups": ["soc", 7, "sec-leads"],
            "role": "admin",
            "realm_access": { "roles": ["keeper"] },
            "https://example.com/roles": ["far"],
            "nothing": null,
        });
        let claims: Claims = serde_json::from_value(claims).unwrap();
        let check = |path: &str, expected: Option<&[&str]>| {
            let expected = expected.map(|words| words.iter().map(ToString::to_string).collect());
            assert_eq!(claims.words(path), expected, "{path}");
        };
        check("groups", Some(&["soc", "sec-leads"]));
        check("role", Some(&["admin"]));
        check("realm_access.roles", Some(&["keeper"]));
        check("https://example.com/roles", Some(&["far"]));
        check("nothing", None);
        check("realm_access.groups", None);
        check("role.deeper", None);
        check("", None);
    }
}
