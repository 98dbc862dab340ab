//! `new_source`: the key is used from somewhere it was never used from before.
//!
//! Novelty is judged by the key's own habit of novelty: to a runner with a new address each day a
//! new address is worth nothing. It backs off from the address to its prefix, network and country.
//! A source that was good before speaks against, and so does one that other keys use.

use super::{Family, Sensor, Sight};
use crate::habit::Standing;
use crate::profile::Trait;
use crate::source::{Kind, Source};
use crate::words;

pub(super) const SENSOR: Sensor =
    Sensor { name: "new_source", family: Family::Source, weigh, words: sentence };

/// How likely a stranger comes from an unknown place, by the innermost place that is known.
const SAME_PREFIX: f64 = 0.03;
const SAME_NETWORK: f64 = 0.12;
const SAME_COUNTRY: f64 = 0.35;
const ELSEWHERE: f64 = 0.8;
/// Nobody outside has an address of a private network.
const PRIVATE: f64 = 0.1;

/// Of new prefixes at least so many are of another network or country, too.
const WIDER: f64 = 0.15;

/// Strongest evidence either way, in nats.
const FOR_MAX: f64 = 5.5;
const AGAINST_MAX: f64 = 2.4;
/// A thief with a leaked key comes from where the owner is less often than an insider.
const AGAINST_LEAKED_MAX: f64 = 4.5;

/// What the source is to the key.
enum Place {
    /// Nothing can be said.
    Untold,
    /// The provider itself called.
    Service,
    /// Its own, on so many days.
    Own { days: u16 },
    /// The key was never seen before.
    Blank,
    /// A new value of a trait within what is known, with the chance of one and a stranger's.
    New { of: Trait, chance: f64, stranger: f64 },
}

fn place(sight: &Sight<'_>) -> Place {
    match sight.traits.source.kind {
        Kind::Service => return Place::Service,
        Kind::Unknown => return Place::Untold,
        Kind::Address | Kind::Private => {}
    }
    // What came on the key's first day is no habit yet.
    let is_young = sight.profile.days == 0 && sight.exposure.is_none();
    if is_young {
        return Place::Blank;
    }
    if let Some(Standing::Known { days }) = sight.standing(Trait::Address) {
        return Place::Own { days };
    }
    if sight.profile.known(Trait::Address, sight.leaked.unwrap_or(u16::MAX)) == 0 {
        return Place::Blank;
    }
    let is_known = |of| matches!(sight.standing(of), Some(Standing::Known { .. }));
    let new = |of, stranger| Place::New { of, chance: sight.chance_of_new(of), stranger };
    if is_known(Trait::Prefix) {
        return new(Trait::Address, SAME_PREFIX);
    }
    if sight.traits.source.kind == Kind::Private {
        return new(Trait::Prefix, PRIVATE);
    }
    if is_known(Trait::Network) {
        return new(Trait::Prefix, SAME_NETWORK);
    }
    if is_known(Trait::Country) {
        return new(Trait::Network, SAME_COUNTRY);
    }
    let told = |of: &Trait| sight.standing(*of).is_some();
    let widest = [Trait::Country, Trait::Network].into_iter().find(told).unwrap_or(Trait::Prefix);
    let chance = sight.chance_of_new(widest).max(WIDER * sight.chance_of_new(Trait::Prefix));
    Place::New { of: widest, chance, stranger: ELSEWHERE }
}

/// The most that a new source may say where other keys come from there, too. A thief may hold
/// several keys, so that of a leaked one only what was there for a day argues against him.
pub(super) fn bound(sight: &Sight<'_>) -> f64 {
    let address = sight.others(Trait::Address, sight.traits.source.address);
    let prefix = sight.others(Trait::Prefix, sight.traits.source.prefix);
    if address.days >= 2 {
        return 0.5;
    }
    if prefix.days >= 2 && prefix.count >= 2 {
        return 1.0;
    }
    if sight.exposure.is_none() && address.count >= 3 { 1.5 } else { FOR_MAX }
}

fn weigh(sight: &Sight<'_>) -> f64 {
    match place(sight) {
        Place::Untold => 0.0,
        Place::Service => -1.0,
        // Of a key that is used from everywhere.
        Place::Own { days: 0 } => 0.0,
        Place::Own { days } => {
            let most = if sight.exposure.is_some() { AGAINST_LEAKED_MAX } else { AGAINST_MAX };
            -(1.5 + 0.8 * f64::from(days).ln()).min(most)
        }
        Place::Blank if sight.exposure.is_some() => {
            // The longer the owner left the key alone, the less likely she begins just now.
            let nats = (ELSEWHERE * (1.0 + sight.watched_days)).ln();
            nats.clamp(0.0, 3.0).min(bound(sight))
        }
        Place::Blank => 0.7_f64.min(bound(sight)),
        Place::New { chance, stranger, .. } => {
            let age = sight.newness(Trait::Address).unwrap_or(1.0);
            let nats = (stranger / chance).ln().clamp(-1.0, FOR_MAX).min(bound(sight));
            if nats > 0.0 { nats * age } else { nats }
        }
    }
}

fn sentence(sight: &Sight<'_>) -> String {
    let ip = Source::name(sight.event.source_ip.as_deref(), sight.places);
    let before = if sight.exposure.is_some() { "before the leak" } else { "before" };
    match place(sight) {
        Place::Untold => String::new(),
        Place::Service => format!("{ip} is the provider's own service"),
        Place::Own { days } => {
            let days = words::counted(u64::from(days), "day", "days");
            format!("{ip} is the key's own source, seen on {days}")
        }
        Place::Blank => format!(
            "{ip} is new, and the key was not seen at all in the {} watched before",
            words::span(crate::sketch::whole(sight.watched_days * 86_400.0)),
        ),
        Place::New { of, chance, .. } => {
            let prefix = sight.traits.source.prefix_name().unwrap_or_else(|| ip.clone());
            let what = match of {
                Trait::Address => format!("{ip} was not seen {before}, only its prefix {prefix}"),
                Trait::Network if sight.places.is_empty() => {
                    let block = sight.traits.source.block_name().unwrap_or_else(|| prefix.clone());
                    format!("{ip} and the block {block} around it were not seen {before}")
                }
                Trait::Network => format!("{ip} and its network were not seen {before}"),
                Trait::Country => {
                    format!("{ip}, its network and its country were not seen {before}")
                }
                _ => format!("{ip} and its prefix {prefix} were not seen {before}"),
            };
            let unknown = if sight.places.is_empty() {
                "; no data of networks and countries is installed"
            } else {
                ""
            };
            format!(
                "{what}; {}; a new one comes on {:.1} % of its days{unknown}",
                sight.habit(Trait::Address, "source address", "source addresses"),
                100.0 * chance,
            )
        }
    }
}
