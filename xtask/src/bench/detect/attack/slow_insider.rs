//! Somebody of the company reads with another's key, from a line of the company, a little a day.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::DAY;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "low and slow insider", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    let office = raid.world.teams[raid.team].office;
    raid.hand.source = office;
    let bucket = raid.bucket();
    let a_day = raid.random.lognormal(35.0, 0.5);
    let (days, start) = (raid.random.whole(4, 9), raid.start);
    for day in 0..days {
        raid.now = start + f64::from(day) * DAY + raid.random.between(0.0, 6.0 * 3600.0);
        raid.ask(Call::List, bucket);
        for _ in 0..raid.random.poisson(a_day) {
            raid.wait(240.0);
            let object = raid.random.whole(0, raid.objects(bucket) - 1);
            raid.call(Call::Get, bucket, object);
        }
    }
}
