//! Through Tor, the circuit changing every few minutes.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::network::Kind as Line;

pub(super) const KIND: Kind = Kind { name: "through Tor", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.hand.source = raid.line(Line::Tor);
    raid.look_around();
    for _ in 0..raid.random.whole(1, 4) {
        raid.hand.source = raid.line(Line::Tor);
        let bucket = raid.bucket();
        let count = raid.random.count(40.0, 0.8).min(600);
        raid.download(bucket, count, 2.0);
    }
}
