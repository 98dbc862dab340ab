//! The thief comes first; that the key had leaked is only found out days later.

use super::{Kind, Leak, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::DAY;

pub(super) const KIND: Kind =
    Kind { name: "before the leak was known", leaked: Leaked::Never, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let sittings = raid.random.whole(1, 4);
    for _ in 0..sittings {
        let bucket = raid.bucket();
        let count = raid.random.count(220.0, 0.9).min(2500);
        raid.download(bucket, count, 0.8);
        raid.now += raid.random.between(0.1, 1.0) * DAY;
    }
    let at = raid.start + raid.random.between(0.5, 5.0) * DAY;
    let at = at.min(f64::from(raid.world.days) * DAY - 1.0);
    let source = raid.random.word(&["public", "code_host", "threat_feed"]);
    raid.leak = Some(Leak { key: raid.victim.key, at, source });
}
