//! An ordinary person, who one day does something out of the ordinary for a good reason: exports a customer's
//! data from home, looks into an incident at night, empties an old bucket.

use super::Archetype;
use super::traveller::session;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "one_off", share: 20, cloud: None, live };

fn live(life: &mut Life<'_>) {
    life.equip_person();
    let (office, home) = (life.world.teams[life.team].office, life.person_line(Kind::Home));
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let mean = life.random.lognormal(1.5, 0.6);
    let latest = life.days().saturating_sub(1);
    let special = life.random.whole(4, latest.max(4));
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, mean, shape) {
            life.hand.source = if life.random.chance(0.7) { office } else { home };
            session(life, at);
        }
        if day == special {
            let at = (f64::from(day) + life.random.fraction()) * DAY;
            life.hand.source = if life.random.chance(0.5) { office } else { home };
            out_of_the_ordinary(life, at);
        }
    }
}

fn out_of_the_ordinary(life: &mut Life<'_>, start: f64) {
    let bucket = life.any_bucket();
    life.ask(start, Call::ListBuckets, NONE);
    life.ask(start + 20.0, Call::List, bucket);
    let objects = life.objects(bucket);
    let count = life.random.count(150.0, 0.9).min(objects).min(2000);
    match life.random.below(3) {
        0 => {
            let all: Vec<u32> = (0..count).collect();
            life.read(start + 60.0, bucket, &all, 1.0);
        }
        1 => {
            let mut at = start + 60.0;
            for object in 0..count {
                at += life.random.pause(0.5);
                life.call(at, Call::Delete, bucket, object);
            }
        }
        _ => {
            let mut at = start + 60.0;
            for _ in 0..count.min(120) {
                at += life.random.pause(12.0);
                let call = life.random.pick(&Call::LOOKS).unwrap_or(Call::Trails);
                life.ask(at, call, NONE);
            }
        }
    }
}
