//! A service whose key is replaced: the successor of the same user goes on where the old one stopped.

use super::{Archetype, backend};
use crate::bench::detect::life::Life;

pub(super) const ARCHETYPE: Archetype = Archetype { name: "rotated", share: 40, cloud: None, live };

fn live(life: &mut Life<'_>) {
    let latest = life.days().saturating_sub(2);
    let day = life.random.whole(4, latest.max(4));
    let overlap = life.random.whole(0, 2);
    // The same life with the same habits, cut in two.
    let habits = life.random.clone();
    backend::serve(life, 0..day + overlap);
    let old = life.hand.key;
    let account = life.world.key(old).account.clone();
    life.hand.key = life.world.add_key(&mut life.random, life.team, ARCHETYPE.name);
    life.world.keys[life.hand.key as usize].account = account;
    let after = life.random.clone();
    life.random = habits;
    let all = life.events.len();
    backend::serve(life, 0..life.days());
    life.random = after;
    // What the successor would have done before it was made is left out.
    let made_at = day * 86_400;
    let mut place = 0;
    life.events.retain(|event| {
        place += 1;
        place <= all || event.at >= made_at
    });
}
