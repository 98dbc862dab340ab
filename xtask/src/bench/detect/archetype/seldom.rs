//! A key in a script that somebody starts now and then: a handful of requests a week, or none.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "seldom", share: 60, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let by_hand = life.random.chance(0.6);
    if by_hand {
        life.equip_person();
    }
    let sources = match by_hand {
        true => vec![life.world.teams[life.team].office, life.person_line(Kind::Home)],
        false => life.machines(2),
    };
    let rate = life.random.between(0.05, 0.5);
    let bucket = life.any_bucket();
    let objects = life.objects(bucket);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    for day in 0..life.days() {
        life.take_version(day);
        for start in life.moments(day, rate, shape) {
            life.hand.source = life.random.pick(&sources).unwrap_or(life.hand.source);
            let mut at = start;
            life.ask(at, Call::List, bucket);
            for _ in 0..life.random.count(4.0, 0.9) {
                at += life.random.pause(5.0);
                let object = life.random.popular(objects);
                let call = if life.random.chance(0.3) { Call::Put } else { Call::Get };
                life.call(at, call, bucket, object);
            }
        }
    }
}
