//! A key of accounting: asleep for weeks, then a day or two of many reads.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "month_end", share: 45, cloud: None, live };

fn live(life: &mut Life<'_>) {
    if life.random.chance(0.5) {
        life.equip_person();
        life.hand.source = life.world.teams[life.team].office;
    }
    let period = life.random.pick(&[7, 14, 28]).unwrap_or(28);
    let first = life.random.whole(0, 2);
    let length = life.random.whole(1, 2);
    let mean = life.random.lognormal(80.0, 0.9);
    let buckets = life.some_buckets(2);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let awake = |day: &u32| day.saturating_sub(first) % period < length && *day >= first;
    for day in (0..life.days()).filter(awake) {
        life.take_version(day);
        for at in life.moments(day, mean, shape) {
            let Some(bucket) = life.random.pick(&buckets) else { continue };
            let objects = life.objects(bucket);
            let object = life.random.whole(0, objects - 1);
            let call = if life.random.chance(0.1) { Call::List } else { Call::Get };
            life.call(at, call, bucket, object);
        }
    }
}
