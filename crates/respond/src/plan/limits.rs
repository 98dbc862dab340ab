//! From where a key may be used: the addresses of its good past, and the providers' own languages for that.
//!
//! Sources: IMS API reference, `SetAccessKeyPolicy`; RAM documentation, "Policy elements"; IAM user guide,
//! "Deny access based on the source IP" and "Revoking IAM role temporary security credentials"; OSS documentation,
//! "Bucket Policy" and "0030-00000008".

use core::net::IpAddr;

use claviger_model::{KeyUsage, Provider, StepKind, UserKey};
use serde_json::{Value, json};

use crate::policy::{Network, Policy};
use crate::what_if::Drafted;

/// Stands in a document for the moment of the confirmation, which a draft does not know yet.
pub const CONFIRMED_AT: &str = "${confirmed_at}";

/// What the names of Claviger's statements begin with, in a policy that others write in too.
const OUR_SID: &str = "ClavigerNetwork";

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
    Network::parse(text).is_some()
}

/// The addresses and networks that a step lets pass; `None` where it says nothing of addresses.
#[must_use]
pub fn admitted(kind: &StepKind) -> Option<Vec<String>> {
    match kind {
        StepKind::RestrictKey { addresses, .. } => Some(addresses.clone()),
        StepKind::SetUserPolicy { document, .. } => {
            let document: Value = serde_json::from_str(document).ok()?;
            let statements = document["Statement"].as_array()?;
            let mut conditions =
                statements.iter().filter_map(|one| one["Condition"]["NotIpAddress"].as_object());
            let list = conditions.next()?.values().next()?.as_array()?;
            Some(list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect())
        }
        _ => None,
    }
}

/// What a step would refuse, as a policy that can be judged; `None` where it refuses by none.
#[must_use]
pub fn drafted(provider: Provider, kind: &StepKind) -> Option<Drafted> {
    let (document, bucket) = match kind {
        StepKind::RestrictKey { addresses, .. } => (&deny_document(provider, addresses, &[]), None),
        StepKind::SetUserPolicy { document, .. } => (document, None),
        StepKind::DenyInBucket { bucket, document, .. } => (document, Some(bucket.name.clone())),
        _ => return None,
    };
    Some(Drafted { policy: Policy::read(document), provider, bucket, is_alone: false })
}

/// Whether one of these addresses and networks holds an address.
#[must_use]
pub fn admits(networks: &[String], source: &str) -> bool {
    let Ok(source) = source.parse::<IpAddr>() else { return false };
    let mut read = networks.iter().filter_map(|text| Network::parse(text));
    read.any(|network| network.contains(source))
}

/// Whether an address is one of a private network, by which a provider sees calls from inside it.
fn is_private(text: &str) -> bool {
    Network::parse(text).is_some_and(Network::is_private)
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

/// A policy of a user that denies what comes from anywhere but these addresses (none: from nowhere else is
/// spoken of), and the reading of everything whose `bucket/name` begins like one of the prefixes.
#[must_use]
pub fn deny_document(provider: Provider, addresses: &[String], prefixes: &[String]) -> String {
    let mut statements = Vec::new();
    if !addresses.is_empty() {
        let condition = elsewhere(provider, addresses);
        match provider {
            Provider::Minio => statements.extend(minio_statements("Deny", &condition)),
            _ => statements.push(json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
                "Condition": condition })),
        }
    }
    statements.extend(unread(provider, prefixes));
    policy(provider, statements)
}

/// The policy that one access key of MinIO gets: what it had, or all that its user may do, and that from these
/// addresses alone. A restriction of Claviger's that stood there is replaced. MinIO takes 2 KiB of a policy, newer
/// servers 4 KiB.
#[must_use]
pub fn own_policy_document(stands: Option<&str>, addresses: &[String]) -> String {
    let stands: Value = stands.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let is_theirs = |one: &&Value| !one["Sid"].as_str().is_some_and(|sid| sid.starts_with(OUR_SID));
    let listed = stands["Statement"].as_array().into_iter().flatten();
    let mut statements: Vec<Value> = listed.filter(is_theirs).cloned().collect();
    let ours = match statements.is_empty() {
        true => minio_statements("Allow", &json!({ "IpAddress": { "aws:SourceIp": addresses } })),
        false => minio_statements("Deny", &elsewhere(Provider::Minio, addresses)),
    };
    for (number, mut statement) in ours.into_iter().enumerate() {
        statement["Sid"] = json!(format!("{OUR_SID}{number}"));
        statements.push(statement);
    }
    policy(Provider::Minio, statements)
}

/// Everything, in the statements that MinIO takes: the actions of one service in each, and a resource for S3's alone
/// (minio/pkg `policy/statement.go`).
fn minio_statements(effect: &str, condition: &Value) -> Vec<Value> {
    let services = ["s3:*", "admin:*", "kms:*"]
        .map(|action| json!({ "Effect": effect, "Action": [action], "Condition": condition }));
    let mut statements = Vec::from(services);
    statements[0]["Resource"] = json!(["arn:aws:s3:::*"]);
    statements
}

/// Whether a key is the pair that a user of MinIO is by itself: it goes by the user's name.
#[must_use]
pub fn is_own_pair(key: &UserKey) -> bool {
    key.access_key_id.as_str() == key.user_name
}

/// The same as statements of a bucket's policy about one user, for whom `principal` stands there. Prefixes
/// are whole, `bucket/prefix`. OSS takes a condition on addresses only beside one on private networks (error
/// 0030-00000008), since the same address may be in many of those: the internet is told from them.
#[must_use]
pub fn bucket_deny_document(
    provider: Provider,
    (bucket, principal): (&str, &str),
    addresses: &[String],
    prefixes: &[String],
) -> String {
    let is_aliyun = provider == Provider::Aliyun;
    let head = resource_head(provider);
    let (action, whom) = match is_aliyun {
        true => ("oss:*", json!([principal])),
        false => ("s3:*", json!({ "AWS": [principal] })),
    };
    let conditions = match (addresses.is_empty(), is_aliyun) {
        (true, _) => Vec::new(),
        (false, true) => elsewhere_by_network(addresses),
        (false, false) => vec![elsewhere(provider, addresses)],
    };
    let resources = [format!("{head}{bucket}"), format!("{head}{bucket}/*")];
    let from_elsewhere = conditions.into_iter().map(|condition| {
        json!({ "Effect": "Deny", "Action": [action], "Resource": resources,
            "Condition": condition })
    });
    let mut statements: Vec<Value> = from_elsewhere.chain(unread(provider, prefixes)).collect();
    for statement in &mut statements {
        statement["Principal"] = whom.clone();
    }
    policy(provider, statements)
}

/// What a user's policy says of requests from anywhere but these addresses.
fn elsewhere(provider: Provider, addresses: &[String]) -> Value {
    let key = if provider == Provider::Aliyun { "acs:SourceIp" } else { "aws:SourceIp" };
    let mut condition = json!({ "NotIpAddress": { key: addresses } });
    if provider == Provider::Aws {
        // What AWS itself does on the user's behalf comes from its own addresses.
        condition["Bool"] = json!({ "aws:ViaAWSService": "false" });
    }
    condition
}

/// The same for OSS: from the internet but for the public addresses, and from private networks but for the
/// private ones.
fn elsewhere_by_network(addresses: &[String]) -> Vec<Value> {
    let (private, public): (Vec<&String>, Vec<&String>) =
        addresses.iter().partition(|address| is_private(address));
    let of = |operator: &str, addresses: &[&String]| {
        let mut condition = json!({ operator: { "acs:SourceVpc": ["vpc-*"] } });
        if !addresses.is_empty() {
            condition["NotIpAddress"] = json!({ "acs:SourceIp": addresses });
        }
        condition
    };
    vec![of("StringNotLike", &public), of("StringLike", &private)]
}

/// The statement that denies reading what begins like one of the prefixes; none without prefixes.
fn unread(provider: Provider, prefixes: &[String]) -> Option<Value> {
    let service = if provider == Provider::Aliyun { "oss" } else { "s3" };
    let head = resource_head(provider);
    let mut actions = vec!["GetObject", "GetObjectVersion"];
    if provider != Provider::Minio {
        actions.push("GetObjectAcl");
    }
    let actions: Vec<String> = actions.iter().map(|name| format!("{service}:{name}")).collect();
    let resources: Vec<String> = prefixes.iter().map(|prefix| format!("{head}{prefix}*")).collect();
    let statement = json!({ "Effect": "Deny", "Action": actions, "Resource": resources });
    (!prefixes.is_empty()).then_some(statement)
}

fn resource_head(provider: Provider) -> &'static str {
    if provider == Provider::Aliyun { "acs:oss:*:*:" } else { "arn:aws:s3:::" }
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
