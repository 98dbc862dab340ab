//! The thief has copied the owner's program too: the same client, from elsewhere.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;

pub(super) const KIND: Kind =
    Kind { name: "with the owner's client", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    let used = raid.victim.agents.len();
    raid.hand.agent = raid.victim.agents.get(used / 4).copied().unwrap_or(raid.hand.agent);
    if raid.random.chance(0.5) {
        raid.look_around();
    }
    let bucket = raid.bucket();
    let count = raid.random.count(300.0, 0.8).min(2500);
    raid.download(bucket, count, 0.5);
}
