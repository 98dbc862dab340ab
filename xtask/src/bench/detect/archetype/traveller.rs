//! A person who works from an office, from home and, for some days, from another country.

use super::Archetype;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::{Kind, Source};
use crate::bench::detect::world::operation::Call;

pub(super) const ARCHETYPE: Archetype =
    Archetype { name: "traveller", share: 50, cloud: None, live };

fn live(life: &mut Life<'_>) {
    life.equip_person();
    let office = life.world.teams[life.team].office;
    let mut home = life.person_line(Kind::Home);
    let trip = life.random.whole(0, life.days());
    let trip_days = life.random.whole(2, 9);
    let mean = life.random.lognormal(2.0, 0.7);
    let mut shape = Shape::Office { starts_hour: life.starts_hour() };
    for day in 0..life.days() {
        life.take_version(day);
        // Lines of homes are given a new address every week or so.
        if life.random.chance(0.12) {
            home = renewed(life, home);
        }
        let away = (trip..trip + trip_days).contains(&day);
        if day == trip {
            shape = Shape::Office { starts_hour: life.random.between(0.0, 24.0) };
        }
        if day == trip + trip_days {
            shape = Shape::Office { starts_hour: life.starts_hour() };
        }
        let hotel = life.line(Kind::Home);
        for at in life.moments(day, mean, shape) {
            let here = if life.random.chance(0.6) { office } else { home };
            life.hand.source = if away { hotel } else { here };
            session(life, at);
        }
    }
}

/// The next address of a line: mostly of the same provider.
pub(super) fn renewed(life: &mut Life<'_>, line: Source) -> Source {
    match line.network().map(|number| &crate::bench::detect::world::network::NETWORKS[number]) {
        Some(network) if life.random.chance(0.9) => network.address(&mut life.random),
        _ => life.person_line(Kind::Home),
    }
}

/// A person looks at some objects.
pub(super) fn session(life: &mut Life<'_>, start: f64) {
    let mut at = start;
    if life.random.chance(0.15) {
        life.ask(at, Call::ListBuckets, super::super::event::NONE);
    }
    let bucket = life.any_bucket();
    let objects = life.objects(bucket);
    for _ in 0..life.random.count(5.0, 1.0) {
        at += life.random.pause(25.0);
        let object = life.random.popular(objects);
        match life.random.fraction() {
            part if part < 0.3 => life.ask(at, Call::List, bucket),
            part if part < 0.4 => life.call(at, Call::Put, bucket, object),
            part if part < 0.45 => life.call(at, Call::Head, bucket, object),
            _ => life.call(at, Call::Get, bucket, object),
        }
    }
}
