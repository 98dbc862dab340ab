//! Elastic's rules of new terms: a value that a key did not show in the days before.
//!
//! Source: Elastic Security, "Create a new terms rule": the combination of the fields was not seen within the history
//! window; its ready-made rules for AWS take 10 to 14 days. A rule says yes or no. Several rules at once are scored
//! by how many of them speak within an hour, as Elastic sums the risk of an entity.

use std::collections::HashMap;

use super::Baseline;
use crate::bench::detect::event::Event;
use crate::bench::detect::judge::Alarm;
use crate::bench::detect::scene::Scene;
use crate::bench::detect::world::network::NETWORKS;

/// History window of 14 days.
const WINDOW: u32 = 14 * 86_400;

type Term = fn(&Event) -> u64;

/// The rules, each on key × one field.
const RULES: [(&str, Term); 5] = [
    ("Elastic: first seen source address", |event| hash(&event.source)),
    ("Elastic: new user agent", |event| u64::from(event.agent)),
    ("Elastic: new operation", |event| hash(&event.call)),
    ("Elastic: new network", |event| match event.source.network() {
        Some(network) => network as u64,
        None => hash(&event.source.prefix()),
    }),
    ("Elastic: new country", |event| {
        hash(&event.source.network().map(|network| NETWORKS[network].country))
    }),
];

/// A number for a value, the same in every run.
pub(super) fn hash(value: &impl core::hash::Hash) -> u64 {
    use core::hash::Hasher;
    #[expect(deprecated, reason = "the one hasher of the library whose numbers are fixed")]
    let mut hasher = core::hash::SipHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Each rule, and all of them together.
pub(super) fn all(scene: &Scene) -> Vec<Baseline> {
    let mut rules: Vec<Baseline> =
        RULES.iter().map(|(name, term)| rule(scene, name, *term)).collect();
    let together = together(&rules);
    rules.push(together);
    rules
}

fn rule(scene: &Scene, name: &'static str, term: Term) -> Baseline {
    let mut seen: HashMap<(u32, u64), u32> = HashMap::new();
    let mut alarms = Vec::new();
    for event in &scene.events {
        let last = seen.insert((event.key, term(event)), event.at);
        if last.is_none_or(|last| event.at - last > WINDOW) {
            alarms.push(Alarm { at: event.at, key: event.key, score: 1.0, attack: event.attack });
        }
    }
    Baseline { name, alarms, has_score: false }
}

fn together(rules: &[Baseline]) -> Baseline {
    const HOUR: u32 = 3600;
    let mut all: Vec<(usize, Alarm)> = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        all.extend(rule.alarms.iter().map(|alarm| (number, *alarm)));
    }
    all.sort_by_key(|(number, alarm)| (alarm.at, alarm.key, *number));
    let mut spoke: HashMap<u32, [Option<u32>; RULES.len()]> = HashMap::new();
    let alarms = all.into_iter().map(|(number, alarm)| {
        let spoke = spoke.entry(alarm.key).or_default();
        spoke[number] = Some(alarm.at);
        let recent = spoke.iter().flatten().filter(|at| alarm.at - **at <= HOUR);
        Alarm { score: f64::from(u32::try_from(recent.count()).unwrap_or(0)), ..alarm }
    });
    Baseline { name: "Elastic: new terms, all five", alarms: alarms.collect(), has_score: true }
}
