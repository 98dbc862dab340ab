//! Who is told, and what counts as the same occasion.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use claviger_model::{
    AccessEvent, AlertConfiguration, AlertConfigurationId, AlertKind, AssetId, KeyStatus, Level,
    RiskEvent, RiskType,
};
use jiff::Timestamp;

/// When a risk event and its key last turned, as the timeline tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turns {
    /// When what was found or seen opened the closed event again.
    pub reopened_at: Option<Timestamp>,
    /// When the key was first seen closed, of its present closing; `None` while it is open, or where it
    /// was closed before anybody looked.
    pub key_closed_at: Option<Timestamp>,
}

impl Turns {
    /// Whether an access came after the key was seen closed. Logs tell whole seconds: an access in the
    /// second of the closing may have come before it.
    #[must_use]
    pub fn is_after_closing(&self, access: &AccessEvent) -> bool {
        self.key_closed_at.is_none_or(|closed_at| access.time > closed_at)
    }
}

/// The configurations that ask for events of this type and level about one of these assets, in their
/// order.
#[must_use]
pub fn recipients(
    configurations: &[AlertConfiguration],
    risk_type: RiskType,
    level: Level,
    assets: &[AssetId],
) -> Vec<AlertConfigurationId> {
    configurations
        .iter()
        .filter(|configuration| {
            configuration.enabled
                && configuration.level_min <= level
                && (configuration.risk_types.is_empty()
                    || configuration.risk_types.contains(&risk_type))
                && (configuration.rules.assets.is_empty()
                    || configuration.rules.assets.iter().any(|asset| assets.contains(asset)))
        })
        .map(|configuration| configuration.id.clone())
        .collect()
}

/// The configurations that are told of what is about the installation and no event: those of this level that
/// choose no events by type or place, in their order; where there is none, every one, since somebody must know.
#[must_use]
pub fn recipients_of_installation(
    configurations: &[AlertConfiguration],
    level: Level,
) -> Vec<AlertConfigurationId> {
    let enabled = || configurations.iter().filter(|one| one.enabled);
    let general = |one: &&AlertConfiguration| {
        one.level_min <= level && one.risk_types.is_empty() && one.rules.assets.is_empty()
    };
    let found: Vec<_> = enabled().filter(general).map(|one| one.id.clone()).collect();
    if found.is_empty() { enabled().map(|one| one.id.clone()).collect() } else { found }
}

/// What the message is about, as one word for ever: the same occasion of the same event is told once
/// to each configuration, however often the job that tells it runs.
///
/// - A leak is told once an event, and once more each time the event is opened again.
/// - Use is told once an event and source group: the first use of each group since the leak, and since
///   the event was opened again. Use that was carried out although the key had been closed is an
///   occasion of its own.
/// - An alarm is told once a time of the access that raised it.
///
/// `None`: nothing is to be told, because the access that the kind needs is missing, or because the
/// kind is no event's (a test has its own identity at each press).
#[must_use]
pub fn occasion(
    kind: AlertKind,
    event: &RiskEvent,
    turns: &Turns,
    latest: Option<&AccessEvent>,
) -> Option<String> {
    match kind {
        AlertKind::LeakFound => Some(match turns.reopened_at {
            None => "leak".to_owned(),
            Some(at) => format!("leak again at {at}"),
        }),
        AlertKind::LeakedKeyUsed => {
            let access = latest?;
            let group = access.source_ip.as_deref().map_or("unknown".to_owned(), source_group);
            let closed = !matches!(event.key_state.status, KeyStatus::Active | KeyStatus::Unknown);
            let mut occasion = format!("use from {group}");
            if closed && access.succeeded() && turns.is_after_closing(access) {
                let status = event.key_state.status.as_str();
                occasion.push_str(&format!(" although {status}"));
            }
            if let Some(at) = turns.reopened_at.filter(|at| access.time >= *at) {
                occasion.push_str(&format!(" since {at}"));
            }
            Some(occasion)
        }
        AlertKind::Alarm => Some(format!("alarm at {}", latest?.time)),
        AlertKind::ResponseAnnounced
        | AlertKind::HandlingFailed
        | AlertKind::Escalation
        | AlertKind::Digest
        | AlertKind::DeliveryFailed
        | AlertKind::Capacity
        | AlertKind::Acknowledged
        | AlertKind::Resolved
        | AlertKind::Code
        | AlertKind::Test => None,
    }
}

/// The network that an address stands for: its /24, or /48 for IPv6, so that one visitor who changes
/// addresses is one source. What is no address stands for itself.
#[must_use]
pub fn source_group(source: &str) -> String {
    match source.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
        Err(_) => source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_source() {
        let groups = [
            ("203.0.113.7", "203.0.113.0/24"),
            ("203.0.113.255", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
            ("2001:db8:7:1::5", "2001:db8:7::/48"),
            ("Internal", "Internal"),
            ("", ""),
        ];
        for (source, group) in groups {
            assert_eq!(source_group(source), group, "{source}");
        }
    }
}
