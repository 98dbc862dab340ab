//! A key that nobody used for a week or more wakes in a stranger's hand.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;

pub(super) const KIND: Kind = Kind {
    name: "sleeper wakes",
    leaked: Leaked::Both,
    victims: &["month_end", "seldom", "rotated", "cleanup"],
    act,
};

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let bucket = raid.bucket();
    let count = raid.random.count(60.0, 0.8).min(1000);
    raid.download(bucket, count, 1.5);
}
