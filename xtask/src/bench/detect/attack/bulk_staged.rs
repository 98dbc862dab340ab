//! A look on the first day, a few trials on the next, and everything when nobody seemed to mind.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::DAY;

pub(super) const KIND: Kind =
    Kind { name: "bulk download, staged", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let bucket = raid.bucket();
    raid.now += raid.random.between(0.3, 1.5) * DAY;
    if raid.random.chance(0.5) {
        raid.hand.source = raid.hand.source.neighbour(&mut raid.random);
    }
    let trials = raid.random.whole(2, 12);
    raid.download(bucket, trials, 20.0);
    raid.now += raid.random.between(0.3, 1.5) * DAY;
    let count = raid.random.count(900.0, 0.8).min(4000);
    let pause = raid.random.lognormal(0.3, 0.8);
    raid.download(bucket, count, pause);
}
