//! A service that moves to another cloud or region: on one day all its sources change, and nothing else.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::{Kind, Source};
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "moved", share: 25, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let before = life.machines(4);
    let kind = life.random.pick(&[Kind::Aws, Kind::Aliyun, Kind::OtherCloud, Kind::Hosting]);
    let kind = kind.unwrap_or(Kind::OtherCloud);
    let first = life.line(kind);
    let after: Vec<Source> =
        (0..life.random.whole(1, 4)).map(|_| first.neighbour(&mut life.random)).collect();
    let latest = life.days().saturating_sub(3);
    let day_of_move = life.random.whole(5, latest.max(5));
    // Some move at once, some over days.
    let takes = life.random.pick(&[0, 0, 2, 5]).unwrap_or(0);
    let buckets = life.some_buckets(2);
    let mean = life.random.lognormal(45.0, 1.0).min(1500.0);
    let shape = Shape::Diurnal { peak_hour: life.random.between(0.0, 24.0) };
    for day in 0..life.days() {
        life.take_version(day);
        let moved = match day {
            day if day < day_of_move => 0.0,
            day if day >= day_of_move + takes => 1.0,
            _ => f64::from(day + 1 - day_of_move) / f64::from(takes + 1),
        };
        for at in life.moments(day, mean, shape) {
            let from = if life.random.chance(moved) { &after } else { &before };
            life.hand.source = life.random.pick(from).unwrap_or(life.hand.source);
            let Some(bucket) = life.random.pick(&buckets) else { continue };
            let objects = life.objects(bucket);
            let object = life.random.popular(objects);
            let call = if life.random.chance(0.25) { Call::Put } else { Call::Get };
            life.call(at, call, bucket, object);
        }
    }
}
