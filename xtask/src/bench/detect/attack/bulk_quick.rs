//! The thief takes what he can, at once.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;

pub(super) const KIND: Kind =
    Kind { name: "bulk download, quick", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let pause = raid.random.lognormal(0.15, 0.8);
    for _ in 0..raid.random.whole(1, 3) {
        let bucket = raid.bucket();
        let count = raid.random.count(700.0, 0.9).min(4000);
        raid.download(bucket, count, pause);
    }
}
