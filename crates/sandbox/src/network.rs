//! From where a key may be used: the network restriction of one key, or of the whole account
//! (RAM documentation, "Network access control policies of AccessKey pairs").
//!
//! A white list of addresses. Here every request comes over the Internet: lists of private networks
//! are read and kept, and admit nobody.

use std::net::IpAddr;

use serde_json::Value;

use crate::access::{Network, PolicyError};

/// Statements a restriction may have (RAM documentation, "Limits").
const STATEMENTS_MAX: usize = 8;

/// A restriction.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct NetworkRestriction {
    /// As it was given.
    text: String,
    /// Whether it is in force.
    active: bool,
    /// Addresses of the Internet that it admits.
    admitted: Vec<Network>,
}

impl NetworkRestriction {
    /// The document as it was given.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is in force.
    pub(crate) fn is_active(&self) -> bool {
        self.active
    }

    /// Whether a request from this address may use the key.
    pub(crate) fn admits(&self, source_ip: IpAddr) -> bool {
        !self.active || self.admitted.iter().any(|network| network.contains(source_ip))
    }
}

impl TryFrom<String> for NetworkRestriction {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Self, PolicyError> {
        let document: Value = serde_json::from_str(&text)
            .map_err(|error| PolicyError::NotJson { why: error.to_string() })?;
        // The number 1 here, unlike the text "1" of every other policy.
        if document.get("Version").and_then(Value::as_u64) != Some(1) {
            return Err(PolicyError::Shape { element: "Version", wanted: "the number 1" });
        }
        let active = match document.get("Status").and_then(Value::as_str) {
            Some("Active") => true,
            Some("Inactive") => false,
            _ => {
                let wanted = "\"Active\" or \"Inactive\"";
                return Err(PolicyError::Shape { element: "Status", wanted });
            }
        };
        let statements = document.get("Statements").and_then(Value::as_array);
        let statements = statements.filter(|list| list.len() <= STATEMENTS_MAX);
        let wanted = "a list of at most 8 statements";
        let statements = statements.ok_or(PolicyError::Shape { element: "Statements", wanted })?;
        let mut admitted = Vec::new();
        for statement in statements {
            let networks = networks(statement)?;
            match statement.get("Type").and_then(Value::as_str) {
                Some("ClassicWhiteList") => admitted.extend(networks),
                Some("VPCWhiteList") if statement.get("Value").is_some_and(Value::is_string) => {}
                Some("VPCWhiteList") => return Err(PolicyError::Missing { element: "Value" }),
                _ => {
                    let wanted = "\"ClassicWhiteList\" or \"VPCWhiteList\"";
                    return Err(PolicyError::Shape { element: "Type", wanted });
                }
            }
        }
        Ok(Self { text, active, admitted })
    }
}

impl From<NetworkRestriction> for String {
    fn from(restriction: NetworkRestriction) -> Self {
        restriction.text
    }
}

fn networks(statement: &Value) -> Result<Vec<Network>, PolicyError> {
    let wrong = PolicyError::Shape { element: "IPList", wanted: "a list of addresses" };
    let list = statement.get("IPList").and_then(Value::as_array).ok_or(wrong.clone())?;
    list.iter().map(|one| Network::parse(one.as_str().ok_or(wrong.clone())?)).collect()
}

#[cfg(test)]
mod tests {
    use super::NetworkRestriction;

    fn read(text: &str) -> Result<NetworkRestriction, String> {
        NetworkRestriction::try_from(text.to_owned()).map_err(|error| error.to_string())
    }

    fn admits(text: &str, address: &str) -> bool {
        read(text).unwrap().admits(address.parse().unwrap())
    }

    #[test]
    fn a_white_list_admits_what_it_names_and_nobody_else() {
        let list = r#"{"Version":1,"Status":"Active","Statements":[
            {"Type":"ClassicWhiteList","IPList":["203.0.113.1","2001:db8::1","198.51.100.0/24"]},
            {"Type":"VPCWhiteList","Value":"vpc-madeup","IPList":["172.16.0.0/16"]}]}"#;
        for (address, expected) in [
            ("203.0.113.1", true),
            ("203.0.113.2", false),
            ("2001:db8::1", true),
            ("198.51.100.200", true),
            ("172.16.0.1", false),
        ] {
            assert_eq!(admits(list, address), expected, "{address}");
        }
        assert!(!admits(r#"{"Version":1,"Status":"Active","Statements":[]}"#, "203.0.113.1"));
    }

    #[test]
    fn a_restriction_that_is_switched_off_admits_everybody() {
        let off = r#"{"Version":1,"Status":"Inactive","Statements":[]}"#;
        assert!(admits(off, "203.0.113.1") && !read(off).unwrap().is_active());
    }

    #[test]
    fn what_is_no_restriction_is_refused_and_says_why() {
        for (text, why) in [
            ("{", "the policy document is no JSON"),
            (r#"{"Version":"1","Status":"Active","Statements":[]}"#, "Version must be the number"),
            (r#"{"Version":1,"Status":"On","Statements":[]}"#, "Status must be"),
            (r#"{"Version":1,"Status":"Active","Statements":null}"#, "Statements must be a list"),
            (
                r#"{"Version":1,"Status":"Active","Statements":[{"Type":"ClassicWhiteList"}]}"#,
                "IPList must be",
            ),
            (
                r#"{"Version":1,"Status":"Active","Statements":[{"Type":"X","IPList":[]}]}"#,
                "Type must be",
            ),
            (
                r#"{"Version":1,"Status":"Active","Statements":[{"Type":"VPCWhiteList","IPList":[]}]}"#,
                "Value is missing",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }
}
