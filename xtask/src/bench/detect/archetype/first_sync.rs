//! A key that did little, until a whole bucket is synchronized for the first time: a migration, a new replica.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "first_sync", share: 20, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machines = life.machines(2);
    life.hand.source = machines.first().copied().unwrap_or(life.hand.source);
    let latest = life.days().saturating_sub(2);
    let day_of_sync = life.random.whole(3, latest.max(3));
    let bucket = life.any_bucket();
    let objects = life.objects(bucket);
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, 4.0, Shape::Flat) {
            let object = life.random.popular(objects);
            life.call(at, Call::Get, bucket, object);
        }
        if day == day_of_sync {
            let start = f64::from(day) * DAY + life.random.between(0.0, 80_000.0);
            if life.random.chance(0.4) {
                life.ask(start, Call::ListBuckets, NONE);
            }
            (0..objects.min(4000) / 1000 + 1)
                .for_each(|_| life.ask(start + 1.0, Call::List, bucket));
            let all: Vec<u32> = (0..objects.min(4000)).collect();
            let pause = life.random.lognormal(0.4, 0.8);
            life.read(start + 3.0, bucket, &all, pause);
        }
    }
}
