//! A client with a wrong setting: asks for what is not there, tries again in bursts, mixes in refusals.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "misconfigured", share: 25, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machines = life.machines(3);
    let bucket = life.any_bucket();
    let elsewhere = life.random.whole(0, u32::try_from(life.world.buckets.len()).unwrap_or(1) - 1);
    let mean = life.random.lognormal(12.0, 0.8);
    let bursts = life.random.between(0.1, 1.0);
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, mean, Shape::Diurnal { peak_hour: 9.0 }) {
            life.hand.source = life.random.pick(&machines).unwrap_or(life.hand.source);
            let objects = life.objects(bucket);
            let object = life.random.popular(objects);
            if life.random.chance(0.5) {
                life.call(at, Call::Get, bucket, object);
            } else {
                let event = life.hand.call(life.world, at, Call::Get, bucket, object).missing();
                life.events.push(event);
            }
        }
        if life.random.chance(bursts) {
            let mut at = (f64::from(day) + life.random.fraction()) * 86_400.0;
            for _ in 0..life.random.count(40.0, 0.9) {
                at += life.random.pause(2.0);
                life.denied(at, Call::List, elsewhere, super::super::event::NONE);
            }
        }
    }
}
