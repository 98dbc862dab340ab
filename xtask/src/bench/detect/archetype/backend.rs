//! A service: reads, writes and looks up objects with its users, around a peak hour, from its machines.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "backend", share: 190, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let days = 0..life.days();
    serve(life, days);
}

/// The service over some days.
pub(super) fn serve(life: &mut Life<'_>, days: core::ops::Range<u32>) {
    let mut machines = life.machines(6);
    let buckets = life.some_buckets(3);
    let mean = life.random.lognormal(40.0, 1.2).min(3000.0);
    let shape = Shape::Diurnal { peak_hour: life.random.between(0.0, 24.0) };
    let writes = life.random.between(0.02, 0.5);
    // Marketing, a launch, a bad day: now and then all of it is several times as much.
    let busy = life.random.between(0.01, 0.06);
    let secrets = life.random.chance(0.25);
    // A feature that comes in the middle brings a bucket and calls that were never made before.
    let feature = life.random.chance(0.15).then(|| life.random.whole(6, 28));
    for day in days {
        life.take_version(day);
        let times = if life.random.chance(busy) { life.random.between(2.0, 8.0) } else { 1.0 };
        for at in life.moments(day, mean * times, shape) {
            life.hand.source = life.random.pick(&machines).unwrap_or(life.hand.source);
            let Some(mut bucket) = life.random.pick(&buckets) else { continue };
            if feature.is_some_and(|feature| day >= feature) && life.random.chance(0.2) {
                bucket = life.world.teams[life.team].buckets[0];
            }
            let objects = life.objects(bucket);
            let object = life.random.popular(objects);
            let call = match life.random.fraction() {
                part if part < writes => Call::Put,
                part if part < writes + 0.05 => Call::List,
                part if part < writes + 0.15 => Call::Head,
                _ => Call::Get,
            };
            life.call(at, call, bucket, object);
        }
        // What starts anew asks for its secrets.
        if secrets && life.random.chance(0.3) {
            let at = (f64::from(day) + life.random.fraction()) * DAY;
            life.ask(at, Call::GetSecret, NONE);
        }
        // Machines come and go a few times a month.
        if life.random.chance(0.04) {
            let place = life.random.index(machines.len());
            machines[place] = life.replaced(machines[place]);
        }
    }
}
