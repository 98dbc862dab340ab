//! A person on telephones' networks and shared lines: another address nearly every session.

use super::Archetype;
use super::traveller::session;
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::Kind;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "mobile", share: 40, cloud: None, live };

fn live(life: &mut Life<'_>) {
    life.equip_person();
    let mean = life.random.lognormal(1.5, 0.7);
    let office = life.world.teams[life.team].office;
    let in_office = life.random.between(0.0, 0.6);
    let shape = Shape::Diurnal { peak_hour: (life.starts_hour() + 5.0) % 24.0 };
    for day in 0..life.days() {
        life.take_version(day);
        for at in life.moments(day, mean, shape) {
            life.hand.source =
                if life.random.chance(in_office) { office } else { life.person_line(Kind::Mobile) };
            session(life, at);
        }
    }
}
