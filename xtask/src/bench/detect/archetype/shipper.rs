//! A shipper of logs: writes day and night, and hardly ever reads.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::Tool;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "shipper", share: 90, cloud: None, live };

fn live(life: &mut Life<'_>) {
    if life.cloud() == Cloud::Aws && life.random.chance(0.5) {
        let machine = life.world.teams[life.team].machine;
        life.equip(Tool::FluentBit, machine);
    }
    let machines = life.machines(12);
    let bucket = life.any_bucket();
    let mean = life.random.lognormal(24.0, 1.0).min(1500.0);
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, mean, Shape::Flat) {
            life.hand.source = life.random.pick(&machines).unwrap_or(life.hand.source);
            let objects = life.objects(bucket);
            let object = life.random.whole(0, objects - 1);
            if life.random.chance(0.1) {
                life.ask(at, Call::BeginUpload, bucket);
                life.call(at + 1.0, Call::UploadPart, bucket, object);
                life.call(at + 3.0, Call::EndUpload, bucket, object);
            } else {
                life.call(at, Call::Put, bucket, object);
            }
        }
    }
}
