//! A service without a right that it needs: refused by the thousand, day after day, and nobody minds.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "denied_service", share: 7, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machines = life.machines(3);
    let bucket = life.any_bucket();
    let mean = life.random.lognormal(450.0, 0.6);
    let begins = if life.random.chance(0.5) { 0 } else { life.random.whole(1, 20) };
    let metric = life.random.chance(0.4);
    for day in 0..life.days() {
        life.take_version(day);
        let mean = if day < begins { mean / 40.0 } else { mean };
        for at in life.moments(day, mean, Shape::Flat) {
            life.hand.source = life.random.pick(&machines).unwrap_or(life.hand.source);
            let objects = life.objects(bucket);
            let object = life.random.whole(0, objects - 1);
            match (day >= begins && life.random.chance(0.98), metric) {
                (true, true) => life.denied(at, Call::PutMetric, NONE, NONE),
                (true, false) => life.denied(at, Call::Put, bucket, object),
                (false, _) => life.call(at, Call::Put, bucket, object),
            }
        }
    }
}
