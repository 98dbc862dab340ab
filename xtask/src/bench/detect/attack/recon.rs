//! Only a look: who am I, what may I, what is there. No data is taken yet.

use super::{Kind, Leaked};
use crate::bench::detect::event::NONE;
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "reconnaissance", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let refused = raid.random.between(0.2, 0.9);
    for _ in 0..raid.random.whole(12, 60) {
        raid.wait(2.0);
        let call = raid.random.pick(&Call::LOOKS).unwrap_or(Call::GetUser);
        if raid.random.chance(refused) { raid.denied(call, NONE) } else { raid.ask(call, NONE) }
    }
    for _ in 0..raid.random.whole(1, 6) {
        let bucket = raid.bucket();
        for _ in 0..raid.random.whole(1, 5) {
            raid.wait(1.5);
            let call = raid.random.pick(&Call::BUCKET_LOOKS).unwrap_or(Call::GetAcl);
            raid.ask(call, bucket);
        }
    }
}
