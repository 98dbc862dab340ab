//! An administrator at the console and the command line: sessions' keys, many kinds of calls, few of each.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::Cloud;
use crate::bench::detect::world::client::{Machine, Tool};
use crate::bench::detect::world::network::Kind;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "console", share: 50, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machine = Machine::draw(&mut life.random);
    let is_browser = life.random.chance(0.5);
    let tool = match (life.cloud(), is_browser) {
        (Cloud::Aws, true) => Tool::AwsConsole,
        (Cloud::Aws, false) => Tool::AwsCli,
        (Cloud::Aliyun, true) => Tool::AliyunConsole,
        (Cloud::Aliyun, false) => Tool::AliyunPython,
    };
    life.equip(tool, machine);
    let office = life.world.teams[life.team].office;
    let mut home = life.person_line(Kind::Home);
    let mean = life.random.lognormal(1.2, 0.6);
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    let account = life.hand.key;
    for day in 0..life.days() {
        life.take_version(day);
        if life.random.chance(0.1) {
            home = super::traveller::renewed(life, home);
        }
        for at in life.moments(day, mean, shape) {
            life.hand.source = if life.random.chance(0.7) { office } else { home };
            // Every sign-in at the console has a key of its own.
            if is_browser {
                let (team, user) = (life.team, life.world.key(account).account.clone());
                life.hand.key =
                    life.world.add_session(&mut life.random, team, ARCHETYPE.name, None, &user);
            }
            administer(life, at);
        }
    }
}

/// What an administrator does in a sitting.
fn administer(life: &mut Life<'_>, start: f64) {
    let mut at = start;
    let bucket = life.any_bucket();
    for _ in 0..life.random.count(18.0, 0.8).min(200) {
        at += life.random.pause(6.0);
        match life.random.fraction() {
            part if part < 0.45 => {
                let call = life.random.pick(&Call::LOOKS).unwrap_or(Call::Instances);
                life.ask(at, call, NONE);
            }
            part if part < 0.75 => {
                let call = life.random.pick(&Call::BUCKET_LOOKS).unwrap_or(Call::GetAcl);
                life.ask(at, call, bucket);
            }
            part if part < 0.85 => life.ask(at, Call::List, bucket),
            part if part < 0.90 => life.ask(at, Call::ListBuckets, NONE),
            part if part < 0.93 => life.denied(at, Call::GetPolicyText, NONE, NONE),
            part if part < 0.98 => {
                let object = life.random.popular(life.world.bucket(bucket).objects);
                life.call(at, Call::Get, bucket, object);
            }
            _ => change(life, at, bucket),
        }
    }
}

/// A change of the kind that administrators make: a policy, a user, a new key for somebody.
fn change(life: &mut Life<'_>, at: f64, bucket: u32) {
    let of_bucket = [Call::PutPolicy, Call::DeletePolicy, Call::PutLifecycle, Call::PutLogging];
    let of_account =
        [Call::CreateUser, Call::AttachPolicy, Call::TagRole, Call::UpdateKey, Call::LoginProfile];
    if life.random.chance(0.5) {
        let call = life.random.pick(&of_bucket).unwrap_or(Call::PutPolicy);
        life.ask(at, call, bucket);
    } else {
        let call = life.random.pick(&of_account).unwrap_or(Call::TagRole);
        life.ask(at, call, NONE);
    }
}
