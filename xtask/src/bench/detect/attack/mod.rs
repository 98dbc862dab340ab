//! Kinds of attacks: one file a kind, written by what the thief does and why, each with parameters of its own.

mod before_leak_known;
mod bulk_quick;
mod bulk_staged;
mod canary;
mod child_key;
mod public_bucket;
mod ransom;
mod recon;
mod role_session;
mod rotating;
mod same_client;
mod same_network;
mod sleeper;
mod slow_insider;
mod stop_logging;
mod tor;
mod weakened;

use super::event::Event;
use super::raid::{Raid, Victim, choose};
use super::world::{DAY, World};
use crate::bench::random::Random;

/// Whether a kind happens with keys that are known to have leaked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaked {
    Never,
    /// Every other time.
    Both,
}

/// A kind of attack.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) leaked: Leaked,
    /// Whose key it is used on, by archetype; empty where anybody's.
    pub(super) victims: &'static [&'static str],
    /// Everything that the thief does.
    pub(super) act: fn(&mut Raid<'_>),
}

/// Every kind.
pub(super) const KINDS: [Kind; 17] = [
    before_leak_known::KIND,
    bulk_quick::KIND,
    bulk_staged::KIND,
    canary::KIND,
    child_key::KIND,
    public_bucket::KIND,
    ransom::KIND,
    recon::KIND,
    role_session::KIND,
    rotating::KIND,
    same_client::KIND,
    same_network::KIND,
    sleeper::KIND,
    slow_insider::KIND,
    stop_logging::KIND,
    tor::KIND,
    weakened::KIND,
];

/// A leak of a key, as the detector is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leak {
    pub(super) key: u32,
    /// Seconds since the log began.
    pub(super) at: f64,
    pub(super) source: &'static str,
}

/// One attack.
#[derive(Debug, Clone)]
pub(super) struct Attack {
    pub(super) kind: &'static str,
    pub(super) archetype: &'static str,
    pub(super) is_leaked: bool,
    /// The victim first, then what was made with it.
    pub(super) keys: Vec<u32>,
}

/// Days at the beginning on which nothing happens: every detector learns.
pub(super) const QUIET_DAYS: u32 = 7;

/// Makes so many attacks of each kind, each on a key of its own. Their events are added.
pub(super) fn attack_all(
    world: &mut World,
    events: &mut Vec<Event>,
    seed: u64,
    each: u32,
) -> (Vec<Attack>, Vec<Leak>) {
    let mut victims = Victim::all(world, events);
    let (mut attacks, mut leaks) = (Vec::new(), Vec::new());
    for instance in 0..each {
        for (kind, place) in KINDS.iter().zip(0_u64..) {
            let random = Random::part(seed ^ 0xA77, place * 1000 + u64::from(instance));
            let number = u16::try_from(attacks.len() + 1).unwrap_or(u16::MAX);
            let chosen = choose(world, kind, &mut victims, random);
            let Some((victim, start, random)) = chosen else { continue };
            let is_leaked = match kind.leaked {
                Leaked::Never => false,
                Leaked::Both => instance % 2 == 0,
            };
            let archetype = world.key(victim.key).archetype;
            let mut raid = Raid::begin(world, random, victim, start, number);
            if is_leaked {
                raid.leak();
            }
            (kind.act)(&mut raid);
            let end = f64::from(raid.world.days) * DAY;
            leaks.extend(raid.leak);
            let keys = raid.keys.clone();
            events.extend(raid.events.iter().filter(|event| f64::from(event.at) < end));
            attacks.push(Attack { kind: kind.name, archetype, is_leaked, keys });
        }
    }
    (attacks, leaks)
}

/// Keys that leaked and that nobody but the owner uses: most leaks are found before a thief finds them.
pub(super) fn harmless_leaks(world: &World, attacks: &[Attack], seed: u64) -> Vec<Leak> {
    let mut random = Random::part(seed, 9);
    let mut leaks = Vec::new();
    for key in (0_u32..).take(world.keys.len()) {
        let is_attacked = attacks.iter().any(|attack| attack.keys.contains(&key));
        let is_long_lived =
            world.key(key).parent.is_none() && !world.key(key).id.starts_with("ASIA");
        if is_attacked || !is_long_lived {
            continue;
        }
        let source = match random.fraction() {
            part if part < 0.015 => "private_plaintext",
            part if part < 0.019 => "code_host",
            part if part < 0.022 => "public",
            part if part < 0.024 => "threat_feed",
            _ => continue,
        };
        let at = random.between(0.0, f64::from(world.days) * DAY);
        leaks.push(Leak { key, at, source });
    }
    leaks
}
