//! A key that is made in the middle of the log: it has no history at all, and is none the worse for that.

use super::traveller::session;
use super::{Archetype, backend};
use crate::bench::detect::life::{Life, Shape};
use crate::bench::detect::world::network::Kind;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "new_key", share: 50, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let latest = life.days().saturating_sub(1);
    let born = life.random.whole(2, latest.max(2));
    if life.random.chance(0.6) {
        let days = born..life.days();
        return backend::serve(life, days);
    }
    life.equip_person();
    let (office, home) = (life.world.teams[life.team].office, life.person_line(Kind::Home));
    let shape = Shape::Office { starts_hour: life.starts_hour() };
    for day in born..life.days() {
        life.take_version(day);
        for at in life.moments(day, 2.0, shape) {
            life.hand.source = if life.random.chance(0.6) { office } else { home };
            session(life, at);
        }
    }
}
