//! A clean-up: deletes what is old, or writes it anew with another class or encryption, by the hundred.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::Life;
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "cleanup", share: 20, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machines = life.machines(1);
    life.hand.source = machines.first().copied().unwrap_or(life.hand.source);
    let buckets = life.some_buckets(3);
    let every = life.random.whole(1, 7);
    let mean = life.random.lognormal(80.0, 1.0);
    let hour = life.random.between(0.0, 24.0);
    let rewrites = life.random.chance(0.3);
    for day in (0..life.days()).filter(|day| day % every == 0) {
        life.take_version(day);
        let mut at = f64::from(day) * DAY + hour * 3600.0 + life.random.pause(200.0);
        for bucket in buckets.clone() {
            life.ask(at, Call::List, bucket);
            let objects = life.objects(bucket);
            for _ in 0..life.random.poisson(mean) {
                at += life.random.pause(0.7);
                let object = life.random.whole(0, objects - 1);
                match rewrites {
                    true => life.call(at, Call::Copy, bucket, object),
                    false if life.random.chance(0.05) => life.ask(at, Call::DeleteMany, bucket),
                    false => life.call(at, Call::Delete, bucket, object),
                }
            }
        }
    }
    if life.random.chance(0.3) {
        life.ask(DAY * 3.4, Call::Identity, NONE);
    }
}
