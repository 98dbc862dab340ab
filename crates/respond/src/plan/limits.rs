//! From where a key may be used: the addresses of its good past, and the providers' own languages for that.
//!
//! Sources: IMS API reference, `SetAccessKeyPolicy`; RAM documentation, "Policy elements"; IAM user guide,
//! "Deny access based on the source IP" and "Revoking IAM role temporary security credentials".

use core::net::IpAddr;

use claviger_model::{KeyUsage, Provider};
use serde_json::{Value, json};

/// Stands in a document for the moment of the confirmation, which a draft does not know yet.
pub const CONFIRMED_AT: &str = "${confirmed_at}";

/// Addresses a document holds: policies have at most 2,048 (IAM) or 6,144 (RAM) characters.
const ADDRESSES_MAX: usize = 50;

/// The addresses from which the key was used before the leak and let in, busiest first.
#[must_use]
pub fn good_addresses(usage: &KeyUsage) -> Vec<String> {
    usage
        .sources
        .iter()
        .filter(|source| source.before_leak && source.allowed > 0 && is_network(&source.source_ip))
        .map(|source| source.source_ip.clone())
        .take(ADDRESSES_MAX)
        .collect()
}

/// Whether a text is an address or a network, such as `198.51.100.0/24`.
#[must_use]
pub fn is_network(text: &str) -> bool {
    network(text).is_some()
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.unwrap_or(bits);
    (prefix <= bits).then_some((address, prefix))
}

/// Whether one of these addresses and networks holds an address.
pub(super) fn admits(networks: &[String], source: &str) -> bool {
    let Ok(source) = source.parse::<IpAddr>() else { return false };
    networks.iter().filter_map(|text| network(text)).any(|(address, prefix)| {
        match (address, source) {
            (IpAddr::V4(network), IpAddr::V4(source)) => {
                let shift = u32::from(32 - prefix.min(32));
                network.to_bits().checked_shr(shift) == source.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(source)) => {
                let shift = u32::from(128 - prefix.min(128));
                network.to_bits().checked_shr(shift) == source.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    })
}

/// Whether an address is one of a private network, by which a provider sees calls from inside it.
fn is_private(text: &str) -> bool {
    match network(text) {
        Some((IpAddr::V4(address), _)) => address.is_private(),
        Some((IpAddr::V6(address), _)) => address.is_unique_local(),
        None => false,
    }
}

/// IMS's restriction of one key to these addresses.
#[must_use]
pub fn restriction_document(addresses: &[String]) -> String {
    let (private, public): (Vec<&String>, Vec<&String>) =
        addresses.iter().partition(|address| is_private(address));
    let mut statements = Vec::new();
    if !public.is_empty() {
        statements.push(json!({ "Type": "ClassicWhiteList", "IPList": public }));
    }
    if !private.is_empty() {
        let value = "AllowAllVPC";
        statements.push(json!({ "Type": "VPCWhiteList", "Value": value, "IPList": private }));
    }
    json!({ "Version": 1, "Status": "Active", "Statements": statements }).to_string()
}

/// A policy that denies what comes from anywhere but these addresses (none: from nowhere else is
/// spoken of), and the reading of everything whose `bucket/name` begins like one of the prefixes.
#[must_use]
pub fn deny_document(provider: Provider, addresses: &[String], prefixes: &[String]) -> String {
    let is_aliyun = provider == Provider::Aliyun;
    let mut statements = Vec::new();
    if !addresses.is_empty() {
        let key = if is_aliyun { "acs:SourceIp" } else { "aws:SourceIp" };
        let mut condition = json!({ "NotIpAddress": { key: addresses } });
        if !is_aliyun {
            // What AWS itself does on the user's behalf comes from its own addresses.
            condition["Bool"] = json!({ "aws:ViaAWSService": "false" });
        }
        statements.push(json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": condition }));
    }
    if !prefixes.is_empty() {
        let (actions, head) = match is_aliyun {
            true => {
                (vec!["oss:GetObject", "oss:GetObjectVersion", "oss:GetObjectAcl"], "acs:oss:*:*:")
            }
            false => {
                (vec!["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectAcl"], "arn:aws:s3:::")
            }
        };
        let resources: Vec<String> =
            prefixes.iter().map(|prefix| format!("{head}{prefix}*")).collect();
        statements.push(json!({ "Effect": "Deny", "Action": actions, "Resource": resources }));
    }
    policy(provider, statements)
}

/// A policy that ends every session that was made before the confirmation.
#[must_use]
pub fn revoke_document(provider: Provider) -> String {
    let statement = json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": { "DateLessThan": { "aws:TokenIssueTime": CONFIRMED_AT } } });
    policy(provider, vec![statement])
}

fn policy(provider: Provider, statements: Vec<Value>) -> String {
    let version = if provider == Provider::Aliyun { "1" } else { "2012-10-17" };
    json!({ "Version": version, "Statement": statements }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_admits_what_lies_in_it_and_nothing_else() {
        let networks: Vec<String> =
            ["198.51.100.0/24", "203.0.113.7", "2001:db8::/32", "0.0.0.0/0x"]
                .map(str::to_owned)
                .to_vec();
        for (source, expected) in [
            ("198.51.100.255", true),
            ("198.51.101.0", false),
            ("203.0.113.7", true),
            ("203.0.113.8", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("vpc", false),
        ] {
            assert_eq!(admits(&networks, source), expected, "{source}");
        }
        assert!(admits(&["0.0.0.0/0".to_owned()], "8.8.8.8"));
        assert!(is_network("0.0.0.0/0") && !is_network("1.2.3.4/33") && !is_network("host"));
    }

    #[test]
    fn private_addresses_are_admitted_as_those_of_a_private_network() {
        let addresses = ["203.0.113.7".to_owned(), "10.0.0.4".to_owned()];
        assert_eq!(
            restriction_document(&addresses),
            r#"{"Statements":[{"IPList":["203.0.113.7"],"Type":"ClassicWhiteList"},{"IPList":["10.0.0.4"],"Type":"VPCWhiteList","Value":"AllowAllVPC"}],"Status":"Active","Version":1}"#
        );
    }
}
