//! The thief sits on a machine of the owner's: same address or the one beside it, but a client of his own.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;

pub(super) const KIND: Kind =
    Kind { name: "from the owner's network", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    let own = raid.random.pick(&raid.victim.sources).unwrap_or(raid.hand.source);
    let beside = raid.random.chance(0.5);
    raid.hand.source = if beside { own.neighbour(&mut raid.random) } else { own };
    raid.look_around();
    for _ in 0..raid.random.whole(1, 2) {
        let bucket = raid.bucket();
        let count = raid.random.count(500.0, 0.8).min(3000);
        raid.download(bucket, count, 0.4);
    }
}
