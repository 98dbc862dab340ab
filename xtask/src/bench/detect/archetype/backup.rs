//! A backup: every night it lists its buckets and reads what is new, at times everything.

use super::Archetype;
use crate::bench::detect::life::Life;
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "backup", share: 50, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machines = life.machines(1);
    life.hand.source = machines.first().copied().unwrap_or(life.hand.source);
    let buckets = life.some_buckets(5);
    let hour = life.random.between(16.0, 28.0);
    let each = life.random.lognormal(60.0, 0.9).min(2_000.0);
    let grows = life.random.between(1.0, 1.02);
    let full_every = life.random.whole(5, 9);
    for day in 0..life.days() {
        life.take_version(day);
        // A night is left out when something else broke.
        if life.random.chance(0.03) {
            continue;
        }
        let full = if day % full_every == 0 { 4.0 } else { 1.0 };
        let late = life.random.pause(300.0);
        let mut at = f64::from(day) * DAY + hour * 3600.0 + late;
        for bucket in buckets.clone() {
            let mean = each * full * grows.powf(f64::from(day)) / buckets.len() as f64;
            let count = life.random.poisson(mean).min(life.objects(bucket));
            (0..count / 1000 + 1).for_each(|_| life.ask(at, Call::List, bucket));
            let first =
                life.random.whole(0, life.objects(bucket) - count.min(life.objects(bucket)));
            let objects: Vec<u32> = (first..first + count).collect();
            at = life.read(at + 1.0, bucket, &objects, 0.4);
        }
    }
}
