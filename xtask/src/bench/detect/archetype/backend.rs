//! A service: reads, writes and looks up objects with its users, around a peak hour, from its machines.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::network::Kind;
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
    let mean = life.random.lognormal(26.0, 1.2).min(2500.0);
    let shape = Shape::Diurnal { peak_hour: life.random.between(0.0, 24.0) };
    let writes = life.random.between(0.02, 0.5);
    // Marketing, a launch, a bad day: now and then all of it is several times as much.
    let busy = life.random.between(0.01, 0.06);
    // A key in two services, and a key that its developers also use by hand: bad habits, and common ones.
    let second = life.random.chance(0.1).then(|| life.other_client());
    let by_hand = if life.random.chance(0.2) { life.random.between(0.01, 0.15) } else { 0.0 };
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
            let first = life.hand.agent;
            if life.random.chance(0.3) {
                life.hand.agent = second.unwrap_or(first);
            }
            life.call(at, call, bucket, object);
            life.hand.agent = first;
        }
        if life.random.chance(by_hand) {
            debug(life, day, &buckets);
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

/// A developer looks into something with the service's key, from the office or from home.
fn debug(life: &mut Life<'_>, day: u32, buckets: &[u32]) {
    let hour = life.starts_hour() + life.random.between(0.0, 10.0);
    let own = life.hand;
    life.hand.agent = life.person_client();
    life.hand.source = if life.random.chance(0.7) {
        life.world.teams[life.team].office
    } else {
        life.person_line(Kind::Home)
    };
    let mut at = f64::from(day) * DAY + hour * 3600.0;
    let Some(bucket) = life.random.pick(buckets) else { return };
    life.ask(at, Call::List, bucket);
    for _ in 0..life.random.count(4.0, 0.9) {
        at += life.random.pause(40.0);
        let object = life.random.popular(life.world.bucket(bucket).objects);
        let call = if life.random.chance(0.3) { Call::Head } else { Call::Get };
        life.call(at, call, bucket, object);
    }
    life.hand = own;
}
