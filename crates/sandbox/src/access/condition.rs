//! Conditions of policy statements: what a request must be like for the statement to speak of it.
//!
//! A condition about something that is not known of the request is not met, whatever its operator
//! (RAM documentation, "Policy elements: Condition"). That a request comes from no private network is known:
//! a negation of `acs:SourceVpc` tells the internet (OSS documentation, "0030-00000008"). Operators and keys that the practice cloud does
//! not have are refused when the policy is stored, or never met: nothing is silently taken as true.

use std::net::IpAddr;

use serde_json::Value;

use super::network::Network;
use super::pattern::covers;
use super::policy::{PolicyError, texts};

/// What is known of a request beside its caller, action and resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    /// `acs:SourceIp`.
    pub(crate) source_ip: IpAddr,
    /// `acs:SecureTransport`.
    pub(crate) secure_transport: bool,
    /// `acs:UserAgent`.
    pub(crate) user_agent: Option<&'a str>,
    /// `oss:Prefix` of a listing; `Some("")` where a listing names none.
    pub(crate) prefix: Option<&'a str>,
}

impl From<IpAddr> for Circumstances<'_> {
    fn from(source_ip: IpAddr) -> Self {
        Self { source_ip, secure_transport: false, user_agent: None, prefix: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    IpAddress,
    NotIpAddress,
    Bool,
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "StringEquals" => Self::StringEquals,
            "StringNotEquals" => Self::StringNotEquals,
            "StringEqualsIgnoreCase" => Self::StringEqualsIgnoreCase,
            "StringNotEqualsIgnoreCase" => Self::StringNotEqualsIgnoreCase,
            "StringLike" => Self::StringLike,
            "StringNotLike" => Self::StringNotLike,
            "IpAddress" => Self::IpAddress,
            "NotIpAddress" => Self::NotIpAddress,
            "Bool" => Self::Bool,
            _ => return None,
        })
    }
}

/// What the request's value is compared with.
#[derive(Debug, Clone)]
enum Values {
    Texts(Vec<String>),
    Networks(Vec<Network>),
    Flags(Vec<bool>),
}

/// One operator on one key: met when any of the values fits (for the `Not` ones: when none does).
#[derive(Debug, Clone)]
pub(super) struct Condition {
    operator: Operator,
    /// Lower case: `acs:sourceip`.
    key: String,
    values: Values,
}

impl Condition {
    /// Reads the `Condition` element of a statement: all of what it returns must be met.
    pub(super) fn parse_all(element: &Value) -> Result<Vec<Self>, PolicyError> {
        let block = element.as_object().ok_or(PolicyError::shape("Condition", "an object"))?;
        let mut conditions = Vec::new();
        for (word, keys) in block {
            let operator = Operator::parse(word)
                .ok_or_else(|| PolicyError::UnknownOperator { operator: word.clone() })?;
            let keys = keys.as_object().ok_or(PolicyError::shape("Condition", "objects"))?;
            for (key, values) in keys {
                conditions.push(Self::parse(operator, key, values)?);
            }
        }
        Ok(conditions)
    }

    fn parse(operator: Operator, key: &str, values: &Value) -> Result<Self, PolicyError> {
        let texts = texts("Condition", values)?;
        let values = match operator {
            Operator::IpAddress | Operator::NotIpAddress => {
                let networks: Result<Vec<_>, _> =
                    texts.iter().map(|text| Network::parse(text)).collect();
                Values::Networks(networks?)
            }
            Operator::Bool => {
                let flags: Result<Vec<_>, _> = texts.iter().map(|text| flag(text)).collect();
                Values::Flags(flags?)
            }
            _ => Values::Texts(texts),
        };
        Ok(Self { operator, key: key.to_ascii_lowercase(), values })
    }

    /// Whether the request is as the condition wants it.
    pub(super) fn is_met(&self, circumstances: &Circumstances<'_>) -> bool {
        match (self.key.as_str(), &self.values) {
            ("acs:sourceip", Values::Networks(networks)) => {
                let within =
                    networks.iter().any(|network| network.contains(circumstances.source_ip));
                within == (self.operator == Operator::IpAddress)
            }
            ("acs:sourceip", Values::Texts(texts)) => {
                self.compare(texts, &circumstances.source_ip.to_string())
            }
            ("acs:securetransport", Values::Flags(flags)) => {
                flags.contains(&circumstances.secure_transport)
            }
            ("acs:sourcevpc", Values::Texts(_)) => self.is_negation(),
            ("acs:useragent", Values::Texts(texts)) => {
                circumstances.user_agent.is_some_and(|value| self.compare(texts, value))
            }
            ("oss:prefix", Values::Texts(texts)) => {
                circumstances.prefix.is_some_and(|value| self.compare(texts, value))
            }
            _ => false,
        }
    }

    fn compare(&self, texts: &[String], value: &str) -> bool {
        let any = |fits: &dyn Fn(&String) -> bool| texts.iter().any(fits) != self.is_negation();
        match self.operator {
            Operator::StringEquals | Operator::StringNotEquals => any(&|text| text == value),
            Operator::StringEqualsIgnoreCase | Operator::StringNotEqualsIgnoreCase => {
                any(&|text| text.to_lowercase() == value.to_lowercase())
            }
            Operator::StringLike | Operator::StringNotLike => any(&|text| covers(text, value)),
            Operator::IpAddress | Operator::NotIpAddress | Operator::Bool => false,
        }
    }

    fn is_negation(&self) -> bool {
        matches!(
            self.operator,
            Operator::StringNotEquals
                | Operator::StringNotEqualsIgnoreCase
                | Operator::StringNotLike
        )
    }

    /// Whether it is about this key, in lower case.
    pub(super) fn is_about(&self, key: &str) -> bool {
        self.key == key
    }

    /// Whether it admits some addresses, networks or keys only, so that a grant to everybody is no public one (OSS
    /// documentation, "Block public access").
    pub(super) fn is_fixed(&self) -> bool {
        match &self.values {
            Values::Networks(networks) => {
                self.operator == Operator::IpAddress
                    && self.key == "acs:sourceip"
                    && !networks.iter().any(|network| network.is_everybody())
            }
            Values::Texts(texts) => {
                matches!(self.operator, Operator::StringEquals | Operator::StringLike)
                    && matches!(
                        self.key.as_str(),
                        "acs:sourcevpc" | "acs:sourcevpcid" | "acs:accessid"
                    )
                    && !texts.iter().any(|text| text.contains('*'))
            }
            Values::Flags(_) => false,
        }
    }
}

fn flag(text: &str) -> Result<bool, PolicyError> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(PolicyError::BadValue { value: text.to_owned(), wanted: "`true` or `false`" }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Circumstances, Condition};

    fn met(element: &serde_json::Value, circumstances: &Circumstances<'_>) -> bool {
        Condition::parse_all(element).unwrap().iter().all(|one| one.is_met(circumstances))
    }

    fn from(address: &str) -> Circumstances<'static> {
        Circumstances::from(address.parse::<std::net::IpAddr>().unwrap())
    }

    #[test]
    fn an_address_lies_within_its_networks_in_either_spelling() {
        let within = json!({"IpAddress": {"acs:SourceIp": ["203.0.113.2", "192.0.2.0/24"]}});
        let without = json!({"NotIpAddress": {"acs:SourceIp": ["203.0.113.2", "192.0.2.0/24"]}});
        for (address, expected) in [
            ("203.0.113.2", true),
            ("203.0.113.3", false),
            ("192.0.2.255", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.3.0", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(met(&within, &from(address)), expected, "{address}");
            assert_eq!(met(&without, &from(address)), !expected, "{address}");
        }
        let v6 = json!({"IpAddress": {"acs:SourceIp": "2001:db8::/32"}});
        assert!(met(&v6, &from("2001:db8:ffff::1")));
        assert!(!met(&v6, &from("2001:db9::1")));
        let all = json!({"IpAddress": {"acs:SourceIp": ["0.0.0.0/0", "::/0"]}});
        assert!(met(&all, &from("198.51.100.7")) && met(&all, &from("2001:db8::1")));
    }

    #[test]
    fn what_is_not_known_of_a_request_is_never_met() {
        let here = from("203.0.113.2");
        assert!(!met(&json!({"StringEquals": {"acs:SourceVpc": "vpc-1"}}), &here));
        assert!(met(&json!({"StringNotEquals": {"acs:SourceVpc": "vpc-1"}}), &here));
        assert!(!met(&json!({"StringNotLike": {"oss:Prefix": "a*"}}), &here));
    }

    #[test]
    fn every_operator_reads_its_key() {
        let mut here = from("203.0.113.2");
        here.user_agent = Some("aliyun-sdk-python/2.19");
        here.prefix = Some("dir/");
        assert!(met(&json!({"StringLike": {"acs:UserAgent": "aliyun-*"}}), &here));
        assert!(!met(&json!({"StringNotLike": {"acs:UserAgent": ["x", "aliyun-*"]}}), &here));
        assert!(met(&json!({"StringEquals": {"oss:Prefix": ["", "dir/"]}}), &here));
        assert!(met(&json!({"StringNotEquals": {"oss:Prefix": "other/"}}), &here));
        assert!(met(&json!({"Bool": {"acs:SecureTransport": "false"}}), &here));
        assert!(!met(&json!({"Bool": {"acs:SecureTransport": [true]}}), &here));
    }

    #[test]
    fn all_of_a_block_must_be_met() {
        let block = json!({
            "IpAddress": {"acs:SourceIp": "203.0.113.0/24"},
            "Bool": {"acs:SecureTransport": "true"},
        });
        assert!(!met(&block, &from("203.0.113.2")));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for element in [
            json!([]),
            json!({"IpAddress": "203.0.113.2"}),
            json!({"DateLessThan": {"acs:CurrentTime": "2026-01-02T03:04:05Z"}}),
            json!({"IpAddress": {"acs:SourceIp": "203.0.113.2/33"}}),
            json!({"IpAddress": {"acs:SourceIp": "somewhere"}}),
            json!({"Bool": {"acs:SecureTransport": "perhaps"}}),
        ] {
            assert!(Condition::parse_all(&element).is_err(), "{element}");
        }
    }
}
