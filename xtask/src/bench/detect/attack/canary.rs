//! A key that may do nothing was planted; somebody found it and tries it.

use super::{Kind, Leak, Leaked};
use crate::bench::detect::event::NONE;
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "canary key used", leaked: Leaked::Never, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    let team = raid.team;
    let canary = raid.world.add_key(&mut raid.random, team, "canary");
    raid.hand.key = canary;
    raid.keys = vec![canary];
    raid.leak = Some(Leak { key: canary, at: 0.0, source: "canary" });
    // Many only ask who they are.
    for _ in 0..raid.random.whole(1, 4) {
        raid.ask(Call::Identity, NONE);
        raid.wait(5.0);
        raid.denied(Call::ListBuckets, NONE);
        raid.wait(30.0);
    }
}
