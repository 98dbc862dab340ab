//! A data scientist: long pauses, then whole data sets at once, from office, home and hosted notebooks.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::{Machine, Tool};
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "notebook", share: 60, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let tool = if life.cloud() == Cloud::Aws { Tool::Boto } else { Tool::OssPython };
    let machine = Machine::draw(&mut life.random);
    life.equip(tool, machine);
    let office = life.world.teams[life.team].office;
    let home = life.person_line(Kind::Home);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let sessions = life.random.lognormal(0.7, 0.6);
    let typical = life.random.lognormal(25.0, 0.9);
    let hosted = life.random.between(0.0, 0.4);
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, sessions, shape) {
            life.hand.source = match life.random.fraction() {
                part if part < hosted => life.line(Kind::OtherCloud),
                part if part < hosted + 0.4 => home,
                _ => office,
            };
            explore(life, at, typical);
        }
    }
}

fn explore(life: &mut Life<'_>, start: f64, typical: f64) {
    let bucket = life.any_bucket();
    life.ask(start, Call::List, bucket);
    let count = life.random.count(typical, 1.3).min(3000).min(life.objects(bucket));
    let first = life.random.whole(0, life.objects(bucket) - count);
    let objects: Vec<u32> = (first..first + count).collect();
    let end = life.read(start + 2.0, bucket, &objects, 0.8);
    if life.random.chance(0.4) {
        life.call(end + 600.0, Call::Put, bucket, first);
    }
}
