//! Kinds of owners: one file a kind, each with parameters of its own for every key. Together they are the
//! traffic in which an attack has to be seen.

mod analytics;
mod auditor;
mod backend;
mod backup;
mod cdn;
mod ci;
mod cleanup;
mod console;
mod denied_service;
mod first_sync;
mod ipv6;
mod misconfigured;
mod mobile;
mod month_end;
mod moved;
mod new_key;
mod notebook;
mod one_off;
mod rotated;
mod seldom;
mod session;
mod shipper;
mod terraform;
mod traveller;

use super::event::Event;
use super::life::Life;
use super::world::{Cloud, World};
use crate::bench::random::Random;

/// A kind of owner.
pub(super) struct Archetype {
    /// Its name in labels and figures.
    pub(super) name: &'static str,
    /// How many of a thousand keys are of it.
    pub(super) share: u32,
    /// The only cloud that it is found in.
    pub(super) cloud: Option<Cloud>,
    /// Everything that the owner does.
    pub(super) live: fn(&mut Life<'_>),
}

/// Every kind.
pub(super) const ARCHETYPES: [Archetype; 24] = [
    analytics::ARCHETYPE,
    auditor::ARCHETYPE,
    backend::ARCHETYPE,
    backup::ARCHETYPE,
    cdn::ARCHETYPE,
    ci::ARCHETYPE,
    cleanup::ARCHETYPE,
    console::ARCHETYPE,
    denied_service::ARCHETYPE,
    first_sync::ARCHETYPE,
    ipv6::ARCHETYPE,
    misconfigured::ARCHETYPE,
    mobile::ARCHETYPE,
    month_end::ARCHETYPE,
    moved::ARCHETYPE,
    new_key::ARCHETYPE,
    notebook::ARCHETYPE,
    one_off::ARCHETYPE,
    rotated::ARCHETYPE,
    seldom::ARCHETYPE,
    session::ARCHETYPE,
    shipper::ARCHETYPE,
    terraform::ARCHETYPE,
    traveller::ARCHETYPE,
];

/// Lets so many owners live, each with a stream of its own, and gives what they did, key by key.
pub(super) fn live_all(world: &mut World, seed: u64, keys: usize) -> Vec<Event> {
    let total: u32 = ARCHETYPES.iter().map(|archetype| archetype.share).sum();
    let mut events = Vec::new();
    for number in 0..keys {
        let mut random = Random::part(seed, 1000 + number as u64);
        // Spread evenly, so that a small company has every kind too.
        let place = u32::try_from(number * 619 % 1000).unwrap_or(0) * total / 1000;
        let mut passed = 0;
        let archetype = ARCHETYPES.iter().find(|archetype| {
            passed += archetype.share;
            place < passed
        });
        let Some(archetype) = archetype else { continue };
        let fits =
            |team: &usize| archetype.cloud.is_none_or(|cloud| world.teams[*team].cloud == cloud);
        let teams: Vec<usize> = (0..world.teams.len()).filter(fits).collect();
        let Some(team) = random.pick(&teams) else { continue };
        let mut life = Life::begin(world, random, team, archetype.name);
        (archetype.live)(&mut life);
        events.append(&mut life.events);
    }
    events
}
