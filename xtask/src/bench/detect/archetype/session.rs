//! A service that works with keys of sessions: a long-lived key assumes a role every few hours, or a machine has
//! one, and every session's key is new.

use super::Archetype;
use crate::bench::detect::event::NONE;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "session", share: 30, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let machines = life.machines(3);
    let parent = life.hand.key;
    let by_machine = life.random.chance(0.4);
    let hours = life.random.pick(&[1.0, 6.0, 12.0, 12.0]).unwrap_or(6.0);
    let role = format!("{}-worker/{:x}", life.world.teams[life.team].name, parent);
    let bucket = life.any_bucket();
    let mean = life.random.lognormal(30.0, 0.9).min(800.0);
    let shape = Shape::Diurnal { peak_hour: life.random.between(0.0, 24.0) };
    let mut renewed_at = f64::NEG_INFINITY;
    let mut session = parent;
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, mean, shape) {
            life.hand.source = life.random.pick(&machines).unwrap_or(life.hand.source);
            if at - renewed_at > hours * 3600.0 {
                session = renew(life, at, parent, by_machine, &role);
                renewed_at = at;
            }
            life.hand.key = session;
            let objects = life.objects(bucket);
            let object = life.random.popular(objects);
            let call = if life.random.chance(0.3) { Call::Put } else { Call::Get };
            life.call(at + 1.0, call, bucket, object);
        }
    }
    // The long-lived key does something of its own now and then.
    life.hand.key = parent;
    for week in 0..life.days() / 7 {
        let at = (f64::from(week) * 7.0 + life.random.between(0.0, 7.0)) * DAY;
        life.ask(at, Call::Identity, NONE);
    }
}

fn renew(life: &mut Life<'_>, at: f64, parent: u32, by_machine: bool, role: &str) -> u32 {
    let named = (!by_machine).then_some(parent);
    let session = life.world.add_session(&mut life.random, life.team, ARCHETYPE.name, named, role);
    if let Some(parent) = named {
        life.hand.key = parent;
        let mut event = life.hand.call(life.world, at, Call::AssumeRole, NONE, NONE);
        event.made = session;
        life.events.push(event);
    }
    session
}
