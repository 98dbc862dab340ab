//! `new_source`: the key is used from somewhere it was never used from before.
//!
//! "Before" means before the leak, or a day ago for a key without one. Novelty is judged by the
//! key's own habit of novelty: to a runner with a new address each day a new address is worth
//! nothing. It backs off from the address to its network. A source that was good before speaks
//! against.

use super::{Family, Sensor, Sight};
use crate::source::Kind;
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "new_source", family: Family::Source, weigh, words: sentence };

/// How often keys in general show a new address, and a new network, on a day.
const PEERS_NEW_ADDRESS: f64 = 0.3;
const PEERS_NEW_NETWORK: f64 = 0.15;

/// How likely a stranger comes from an unknown network, and from a known one by chance.
const STRANGER_ELSEWHERE: f64 = 0.9;
const STRANGER_NEARBY: f64 = 0.03;

/// Strongest evidence either way, in nats.
const FOR_MAX: f64 = 6.0;
const AGAINST_MAX: f64 = 3.5;

/// What the source is to the key.
enum Standing {
    /// Nothing can be said.
    Untold,
    /// The provider itself called.
    Service,
    /// Its own, on so many days.
    Own { days: u16 },
    /// The key was never seen before the leak.
    NeverSeen,
    /// A new address in a known network, with the chance of one.
    Nearby { chance: f64 },
    /// A new network, with the chance of one.
    Elsewhere { chance: f64 },
}

fn standing(sight: &Sight<'_>) -> Standing {
    let (profile, source, cutoff) = (sight.profile, sight.source, sight.cutoff);
    match source.kind {
        Kind::Service => return Standing::Service,
        Kind::Unknown => return Standing::Untold,
        Kind::Address => {}
    }
    if let Some(slot) = profile.addresses.known(source.address, cutoff) {
        return Standing::Own { days: slot.days };
    }
    if profile.addresses.count(cutoff) == 0 {
        return if sight.exposure.is_some() { Standing::NeverSeen } else { Standing::Untold };
    }
    if profile.networks.known(source.network, cutoff).is_some() {
        let chance = profile.addresses.chance_of_new(profile.days, cutoff, PEERS_NEW_ADDRESS);
        return Standing::Nearby { chance };
    }
    let chance = profile.networks.chance_of_new(profile.days, cutoff, PEERS_NEW_NETWORK);
    Standing::Elsewhere { chance }
}

fn weigh(sight: &Sight<'_>) -> f64 {
    match standing(sight) {
        Standing::Untold => 0.0,
        Standing::Service => -1.0,
        Standing::Own { days } => -(2.0 + 0.5 * f64::from(days.max(1)).ln()).min(AGAINST_MAX),
        // The longer the owner left the key alone, the less likely she begins just now.
        Standing::NeverSeen => {
            (STRANGER_ELSEWHERE * (1.0 + sight.watched_days)).ln().clamp(0.0, FOR_MAX)
        }
        Standing::Nearby { chance } => (STRANGER_NEARBY / chance).ln().clamp(-1.0, FOR_MAX),
        Standing::Elsewhere { chance } => (STRANGER_ELSEWHERE / chance).ln().clamp(0.0, FOR_MAX),
    }
}

fn sentence(sight: &Sight<'_>) -> String {
    let ip = words::quoted(sight.event.source_ip.as_deref().unwrap_or("-"));
    let before = if sight.exposure.is_some() { "before the leak" } else { "more than a day ago" };
    let habit = || {
        format!(
            "{before} the key came from {} in {} on {}",
            words::counted(sight.profile.addresses.count(sight.cutoff), "address", "addresses"),
            words::counted(sight.profile.networks.count(sight.cutoff), "network", "networks"),
            words::counted(u64::from(sight.profile.days.max(1)), "day", "days"),
        )
    };
    match standing(sight) {
        Standing::Untold => String::new(),
        Standing::Service => format!("{ip} is the provider's own service"),
        Standing::Own { days } => {
            let days = words::counted(u64::from(days), "day", "days");
            format!("{ip} is the key's own source: seen on {days}, first {before}")
        }
        Standing::NeverSeen => format!(
            "{ip} is new, and the key was not seen at all in the {} watched before the leak",
            words::span(crate::sketch::whole(sight.watched_days * 86_400.0)),
        ),
        Standing::Nearby { chance } => format!(
            "{ip} was not seen {before}, only its network {}; {}; a new address comes on \
             {:.1} % of its days",
            words::quoted(&sight.source.network_name),
            habit(),
            100.0 * chance,
        ),
        Standing::Elsewhere { chance } => format!(
            "{ip} and its network {} were not seen {before}; {}; a new network comes on \
             {:.1} % of its days",
            words::quoted(&sight.source.network_name),
            habit(),
            100.0 * chance,
        ),
    }
}
