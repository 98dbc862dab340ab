//! The origin pull of a delivery network: popular objects, from many nodes of a few networks.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::{Kind, Source};
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "cdn", share: 20, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let prefixes: Vec<Source> =
        (0..life.random.whole(3, 20)).map(|_| life.line(Kind::Business)).collect();
    let bucket = life.any_bucket();
    let mean = life.random.lognormal(90.0, 1.0).min(2500.0);
    let shape = Shape::Diurnal { peak_hour: (life.starts_hour() + 10.0) % 24.0 };
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, mean, shape) {
            let node = life.random.pick(&prefixes).unwrap_or(life.hand.source);
            life.hand.source = node.neighbour(&mut life.random);
            let objects = life.objects(bucket);
            let object = life.random.popular(objects);
            life.call(at, Call::Get, bucket, object);
        }
    }
}
