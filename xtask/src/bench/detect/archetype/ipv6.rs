//! A person whose line has IPv6 with privacy addresses: another host part every day, the same network for weeks.

use super::Archetype;
use super::traveller::session;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::Source;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "ipv6", share: 25, cloud: None, live };

/// /32 networks of providers of homes: Deutsche Telekom, Comcast, China Telecom, BT.
const PROVIDERS: [u64; 4] =
    [0x2003_00c0_0000_0000, 0x2601_0280_0000_0000, 0x240e_0380_0000_0000, 0x2a00_23c0_0000_0000];

fn live(life: &mut Life<'_>) {
    life.equip_person();
    let mean = life.random.lognormal(2.0, 0.8);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let provider = life.random.pick(&PROVIDERS).unwrap_or(PROVIDERS[0]);
    let mut network = provider | life.random.below(1 << 32);
    for day in 0..life.days() {
        life.take_version(day);
        if life.random.chance(0.04) {
            network = provider | life.random.below(1 << 32);
        }
        let mut host = life.random.next();
        for at in life.moments(day, mean, shape) {
            if life.random.chance(0.1) {
                host = life.random.next();
            }
            life.hand.source = Source::V6(network, host);
            session(life, at);
        }
    }
}
