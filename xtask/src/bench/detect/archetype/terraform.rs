//! Automation of the control plane: every run asks for everything that it manages, and changes some of it.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::{Machine, Tool};
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "terraform", share: 30, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let tool = if life.cloud() == Cloud::Aws { Tool::AwsTerraform } else { Tool::OssTerraform };
    let machine = Machine::draw(&mut life.random);
    life.equip(tool, machine);
    let hosted = life.random.chance(0.5);
    let fixed = life.world.teams[life.team].office;
    let buckets = life.some_buckets(5);
    let resources = life.random.count(30.0, 0.7).min(200);
    let runs = life.random.lognormal(1.2, 0.8);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    for day in 0..life.days() {
        life.take_version(day);
        for start in life.moments(day, runs, shape) {
            life.hand.source = if hosted { life.line(Kind::OtherCloud) } else { fixed };
            run(life, start, &buckets, resources);
        }
    }
}

fn run(life: &mut Life<'_>, start: f64, buckets: &[u32], resources: u32) {
    let mut at = start;
    life.ask(at, Call::Identity, NONE);
    for bucket in buckets {
        for call in Call::BUCKET_LOOKS {
            at += life.random.pause(0.2);
            life.ask(at, call, *bucket);
        }
    }
    for _ in 0..resources {
        at += life.random.pause(0.2);
        let looks = [
            Call::Alarms,
            Call::GetRole,
            Call::GetPolicyText,
            Call::Instances,
            Call::SecurityGroups,
            Call::Networks,
        ];
        let call = life.random.pick(&looks).unwrap_or(Call::GetRole);
        life.ask(at, call, NONE);
    }
    if life.random.chance(0.3) {
        let writes = [
            Call::PutPolicy,
            Call::CreateBucket,
            Call::PutVersioning,
            Call::PutEncryption,
            Call::PutLifecycle,
            Call::PutLogging,
        ];
        for _ in 0..life.random.whole(1, 4) {
            at += life.random.pause(2.0);
            let call = life.random.pick(&writes).unwrap_or(Call::PutPolicy);
            let bucket = life.random.pick(buckets).unwrap_or(0);
            life.ask(at, call, bucket);
        }
        if life.random.chance(0.2) {
            life.ask(at + 1.0, Call::TagRole, NONE);
            life.ask(at + 2.0, Call::AttachPolicy, NONE);
        }
    }
}
