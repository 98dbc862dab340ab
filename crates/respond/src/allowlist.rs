//! What the allowlist hides: evidence that counts no more, and use that nobody is told of.
//!
//! A secret that stands where anybody may read it is used by anybody: such evidence is hidden, and use of
//! such a key is silenced, only by an entry that says so twice ([`AllowlistEntry::also_public`]). Use of a
//! canary is never silenced.

use core::net::IpAddr;

use claviger_model::{
    AccessEvent, AllowlistEntry, AllowlistScope as Scope, Evidence, IntelligenceSource,
};
use jiff::Timestamp;

/// Why a value does not fit its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEntry {
    /// Nothing was named.
    #[error("the entry names nothing")]
    Empty,
    /// No network.
    #[error("that is no network")]
    Network,
    /// No source of evidence.
    #[error("that is no source of evidence")]
    Source,
    /// A pattern that fits everything.
    #[error("that fits everything")]
    Everything,
}

impl InvalidEntry {
    /// The way out.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Empty => "say what is allowed",
            Self::Network => "write it as `203.0.113.0/24`",
            Self::Source => "use `github`, `private_plaintext_storage`, …",
            Self::Everything => "name at least a part of it",
        }
    }
}

/// Whether a value fits its scope.
///
/// # Errors
/// It does not, and why.
pub fn check(scope: Scope, value: &str) -> Result<(), InvalidEntry> {
    let plain = value.trim();
    match scope {
        _ if plain.is_empty() => Err(InvalidEntry::Empty),
        Scope::Network => match network(plain) {
            None => Err(InvalidEntry::Network),
            Some((_, 0)) => Err(InvalidEntry::Everything),
            Some(_) => Ok(()),
        },
        Scope::Source => IntelligenceSource::from_word(plain).map(drop).ok_or(InvalidEntry::Source),
        Scope::File if plain.chars().all(|sign| "*?/.".contains(sign)) => {
            Err(InvalidEntry::Everything)
        }
        _ => Ok(()),
    }
}

/// Whether evidence of this source makes a secret public.
#[must_use]
pub fn is_public(source: IntelligenceSource) -> bool {
    match source {
        IntelligenceSource::Github
        | IntelligenceSource::PublicPlaintextStorage
        | IntelligenceSource::ThreatIntelligence
        | IntelligenceSource::Canary => true,
        IntelligenceSource::Repository
        | IntelligenceSource::PrivatePlaintextStorage
        | IntelligenceSource::SelfManagedIntelligence => false,
    }
}

/// Whether an entry is about a piece of evidence, whatever else holds.
#[must_use]
pub fn is_about(entry: &AllowlistEntry, evidence: &Evidence) -> bool {
    let value = entry.value.trim();
    let whose = entry.access_key_id.is_none() || entry.access_key_id == evidence.access_key_id;
    let uri = evidence.location.uri.as_str();
    let link = evidence.link.as_deref().unwrap_or(uri);
    let code = evidence.code.as_ref();
    let file = code.and_then(|code| code.file.as_deref());
    whose
        && match entry.scope {
            Scope::Place => uri == value,
            Scope::File => [evidence.object.as_deref(), file, Some(uri), Some(link)]
                .into_iter()
                .flatten()
                .any(|name| fits(value, name)),
            Scope::Repository => {
                let home = value.trim_end_matches('/');
                code.is_some_and(|code| code.is_in(value))
                    || [uri, link].iter().any(|place| {
                        place.strip_prefix(home).is_some_and(|rest| {
                            rest.is_empty() || rest.starts_with(['/', '#', '?', '@'])
                        })
                    })
            }
            Scope::User => {
                user_of(link).is_some_and(|user| user == value)
                    || code.is_some_and(|code| code.is_by(value))
                    || evidence.why.iter().any(|words| words == value)
            }
            Scope::Source => evidence.source.as_str() == value,
            Scope::Key => evidence.access_key_id.as_ref().is_some_and(|key| key.as_str() == value),
            Scope::Network | Scope::Client => false,
        }
}

/// Whether an entry hides a piece of evidence now.
#[must_use]
pub fn hides(entry: &AllowlistEntry, evidence: &Evidence, now: Timestamp) -> bool {
    is_in_force(entry, now)
        && (entry.also_public || !is_public(evidence.source))
        && evidence.source != IntelligenceSource::Canary
        && is_about(entry, evidence)
}

/// Whether an entry silences a use of a key now; `leaked_by` are the sources of its evidence.
#[must_use]
pub fn silences(
    entry: &AllowlistEntry,
    access: &AccessEvent,
    leaked_by: &[IntelligenceSource],
    now: Timestamp,
) -> bool {
    let whose = entry.access_key_id.is_none() || entry.access_key_id == access.access_key_id;
    let public = leaked_by.iter().any(|source| is_public(*source));
    is_in_force(entry, now)
        && whose
        && (entry.also_public || !public)
        && !leaked_by.contains(&IntelligenceSource::Canary)
        && match entry.scope {
            Scope::Network => access.source_ip.as_deref().is_some_and(|ip| is_in(&entry.value, ip)),
            Scope::Client => access.user_agent.as_deref().is_some_and(|agent| {
                agent.to_ascii_lowercase().starts_with(&entry.value.trim().to_ascii_lowercase())
            }),
            _ => false,
        }
}

fn is_in_force(entry: &AllowlistEntry, now: Timestamp) -> bool {
    entry.expires_at.is_none_or(|at| now < at)
}

/// The user in an address of a code host.
fn user_of(link: &str) -> Option<&str> {
    link.strip_prefix("https://github.com/")?.split('/').next()
}

/// Address and length of the prefix of a network; one address is a network of its own.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(most);
    (bits <= most).then_some((address, bits))
}

fn is_in(value: &str, ip: &str) -> bool {
    let Some((base, bits)) = network(value.trim()) else { return false };
    let Ok(address) = ip.parse::<IpAddr>() else { return false };
    match (base, address.to_canonical()) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

/// Whether a name fits a pattern in which `*` stands for anything; a pattern without a folder is about the
/// last part of a name.
fn fits(pattern: &str, name: &str) -> bool {
    let name = match pattern.contains('/') {
        true => name,
        false => name.rsplit('/').next().unwrap_or(name),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use claviger_model::{AccessKeyId, EventId, EvidenceId, EvidenceState, Location, RiskEventId};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "LTAI5tFAKEFAKEFAKEFAKE01";

    fn entry(scope: Scope, value: &str) -> AllowlistEntry {
        AllowlistEntry {
            id: "alw_1".to_owned(),
            scope,
            value: value.to_owned(),
            access_key_id: None,
            reason: "a test".to_owned(),
            owner: "anna".to_owned(),
            by: "anna".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            also_public: false,
            silenced: 0,
            silenced_at: None,
        }
    }

    fn found(source: IntelligenceSource) -> Evidence {
        let link = "https://github.com/ann/tools/blob/main/ci/deploy.sh";
        Evidence {
            id: EvidenceId::derived(&["1"]),
            risk_event_id: RiskEventId::derived(&["1"]),
            access_key_id: AccessKeyId::parse(KEY).ok(),
            source,
            state: EvidenceState::Found,
            location: Location {
                uri: link.to_owned(),
                path: Vec::new(),
                line: 1,
                column: 1,
                start: 0,
                end: 1,
            },
            connection_id: None,
            asset_id: None,
            bucket: None,
            object: None,
            code: None,
            link: Some(link.to_owned()),
            fingerprint: None,
            masked: None,
            confidence: 1.0,
            why: vec!["bob".to_owned()],
            readable_since: None,
            found_at: Timestamp::UNIX_EPOCH,
            seen_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn access(source_ip: &str) -> AccessEvent {
        AccessEvent {
            time: Timestamp::UNIX_EPOCH,
            access_key_id: AccessKeyId::parse(KEY).ok(),
            account: None,
            source_ip: Some(source_ip.to_owned()),
            user_agent: Some("AWS-cli/2.15".to_owned()),
            operation: "GetObject".to_owned(),
            bucket: None,
            object: None,
            status: Some(200),
            error: None,
            bytes_out: None,
            bytes_in: None,
            request_id: None,
            event_id: EventId("1".to_owned()),
        }
    }

    #[test]
    fn each_scope_is_about_what_it_names_and_nothing_else() {
        let evidence = found(IntelligenceSource::SelfManagedIntelligence);
        let place = evidence.location.uri.clone();
        for (scope, value, expected) in [
            (Scope::Place, place.as_str(), true),
            (Scope::Place, "https://github.com/ann/tools", false),
            (Scope::File, "deploy.sh", true),
            (Scope::File, "*.sh", true),
            (Scope::File, "*/ci/*", true),
            (Scope::File, "deploy", false),
            (Scope::Repository, "https://github.com/ann/tools", true),
            (Scope::Repository, "https://github.com/ann/tool", false),
            (Scope::User, "ann", true),
            (Scope::User, "bob", true),
            (Scope::User, "an", false),
            (Scope::Source, "self_managed_intelligence", true),
            (Scope::Source, "github", false),
            (Scope::Key, KEY, true),
            (Scope::Key, "LTAI5tFAKEFAKEFAKEFAKE02", false),
            (Scope::Network, "0.0.0.0/1", false),
        ] {
            assert_eq!(is_about(&entry(scope, value), &evidence), expected, "{scope:?} {value}");
        }
    }

    #[test]
    fn use_from_a_network_or_by_a_client_is_silenced() {
        let quiet = |entry: &AllowlistEntry, ip: &str| {
            silences(entry, &access(ip), &[], Timestamp::UNIX_EPOCH)
        };
        let network = entry(Scope::Network, "203.0.113.0/24");
        assert!(quiet(&network, "203.0.113.7") && quiet(&network, "::ffff:203.0.113.9"));
        assert!(!quiet(&network, "203.0.114.7") && !quiet(&network, "Internal"));
        assert!(quiet(&entry(Scope::Client, "aws-CLI/"), "Internal"));
        assert!(!quiet(&entry(Scope::Client, "ossutil"), "203.0.113.7"));
    }

    #[test]
    fn use_of_a_key_whose_secret_is_public_is_silenced_only_where_it_is_said_twice() {
        let mut network = entry(Scope::Network, "203.0.113.7");
        let (access, now) = (access("203.0.113.7"), Timestamp::UNIX_EPOCH);
        for source in IntelligenceSource::ALL {
            let quiet = silences(&network, &access, &[source], now);
            assert_eq!(quiet, !is_public(source), "{source:?}");
        }
        network.also_public = true;
        assert!(silences(&network, &access, &[IntelligenceSource::Github], now));
        assert!(!silences(&network, &access, &[IntelligenceSource::Canary], now));
    }

    #[test]
    fn public_evidence_is_hidden_only_where_it_is_said_twice() {
        let mut key = entry(Scope::Key, KEY);
        let github = found(IntelligenceSource::Github);
        assert!(!hides(&key, &github, Timestamp::UNIX_EPOCH));
        key.also_public = true;
        assert!(hides(&key, &github, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn an_entry_ends_with_its_last_instant() {
        let mut key = entry(Scope::Key, KEY);
        key.expires_at = Some(Timestamp::UNIX_EPOCH);
        let evidence = found(IntelligenceSource::PrivatePlaintextStorage);
        assert!(hides(&key, &evidence, Timestamp::MIN));
        assert!(!hides(&key, &evidence, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn what_fits_everything_is_refused() {
        for (scope, value) in [
            (Scope::Network, "0.0.0.0/0"),
            (Scope::Network, "::/0"),
            (Scope::Network, "here"),
            (Scope::File, "*"),
            (Scope::File, "*/*"),
            (Scope::Source, "anywhere"),
            (Scope::Client, " "),
        ] {
            assert!(check(scope, value).is_err(), "{scope:?} {value}");
        }
        assert_eq!(check(Scope::Network, "2001:db8::/32"), Ok(()));
    }

    proptest! {
        #[test]
        fn a_name_fits_itself_and_every_pattern_with_a_part_cut_out(
            name in "[a-z/.]{1,20}", from in 0_usize..20, length in 0_usize..20,
        ) {
            let from = from.min(name.len());
            let end = (from + length).min(name.len());
            let pattern = format!("{}*{}", &name[..from], &name[end..]);
            prop_assert!(!name.contains('/') || pattern.contains('/') || pattern == "*"
                || fits(&pattern, name.rsplit('/').next().unwrap_or_default())
                || !fits(&pattern, &name));
            if pattern.contains('/') == name.contains('/') {
                prop_assert!(fits(&pattern, &name), "{pattern} {name}");
                prop_assert!(fits(&name, &name));
            }
        }
    }
}
