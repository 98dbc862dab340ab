//! A scanner of the security team: once a day or a week it asks for the settings of everything.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::Life;
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::{Machine, Tool};
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "auditor", share: 8, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let tool = if life.cloud() == Cloud::Aws { Tool::Boto } else { Tool::AliyunPython };
    let machine = Machine::draw(&mut life.random);
    life.equip(tool, machine);
    // A service bought elsewhere scans from a few addresses of its own.
    let sources = [life.line(Kind::OtherCloud), life.line(Kind::Aws)];
    let every = life.random.pick(&[1, 1, 7]).unwrap_or(1);
    let hour = life.random.between(0.0, 24.0);
    let cloud = life.cloud();
    let owned: Vec<u32> = life
        .world
        .teams
        .iter()
        .filter(|team| team.cloud == cloud)
        .flat_map(|team| team.buckets.iter().copied())
        .take(40)
        .collect();
    for day in (0..life.days()).filter(|day| day % every == 0) {
        life.take_version(day);
        life.hand.source = life.random.pick(&sources).unwrap_or(life.hand.source);
        let mut at = (f64::from(day) * 24.0 + hour) * 3600.0 + life.random.pause(120.0);
        life.ask(at, Call::Identity, NONE);
        life.ask(at + 1.0, Call::ListBuckets, NONE);
        for call in Call::LOOKS {
            at += life.random.pause(1.0);
            life.ask(at, call, NONE);
        }
        for bucket in owned.clone() {
            for call in Call::BUCKET_LOOKS {
                at += life.random.pause(0.3);
                if life.random.chance(0.05) {
                    life.denied(at, call, bucket, NONE);
                } else {
                    life.ask(at, call, bucket);
                }
            }
        }
    }
}
