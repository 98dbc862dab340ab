//! A build runner: hosted machines with new addresses every day, short jobs in office hours.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::{Machine, Tool};
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "ci", share: 80, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let tool = if life.cloud() == Cloud::Aws { Tool::AwsCli } else { Tool::OssUtil };
    let jobs = life.random.lognormal(4.0, 0.8);
    let bucket = life.any_bucket();
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let artefacts = life.random.count(8.0, 0.8);
    let mut machine = Machine::draw(&mut life.random);
    life.equip(tool, machine);
    for day in 0..life.days() {
        life.take_version(day);
        for start in life.moments(day, jobs, shape) {
            // Images of the runner change every week or two.
            if life.random.chance(0.02) {
                machine = Machine::draw(&mut life.random);
                life.equip(tool, machine);
            }
            life.hand.source = life.line(Kind::OtherCloud);
            job(life, start, bucket, artefacts);
        }
    }
}

fn job(life: &mut Life<'_>, start: f64, bucket: u32, artefacts: u32) {
    let mut at = start;
    let objects = life.objects(bucket);
    if life.random.chance(0.6) {
        life.ask(at, Call::Identity, super::super::event::NONE);
    }
    life.ask(at + 0.5, Call::HeadBucket, bucket);
    life.ask(at + 1.0, Call::List, bucket);
    for _ in 0..life.random.poisson(f64::from(artefacts)) {
        at += life.random.pause(3.0);
        let object = life.random.popular(objects);
        let call = if life.random.chance(0.5) { Call::Put } else { Call::Get };
        life.call(at, call, bucket, object);
    }
}
