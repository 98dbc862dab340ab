//! Every request or two comes from another address: rented lines of homes and servers around the world.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::network::Kind as Line;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "rotating addresses", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    let lines =
        if raid.random.chance(0.5) { [Line::Home, Line::Mobile] } else { [Line::Hosting; 2] };
    raid.look_around();
    let bucket = raid.bucket();
    raid.ask(Call::List, bucket);
    let pause = raid.random.lognormal(4.0, 1.0);
    for _ in 0..raid.random.count(350.0, 0.7) {
        raid.wait(pause);
        if raid.random.chance(0.6) {
            let line = raid.random.pick(&lines).unwrap_or(Line::Home);
            raid.hand.source = raid.line(line);
        }
        let object = raid.random.whole(0, raid.objects(bucket) - 1);
        raid.call(Call::Get, bucket, object);
    }
}
