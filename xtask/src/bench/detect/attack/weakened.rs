//! Refused at first; then the policy is changed, and the same is allowed.

use super::{Kind, Leaked};
use crate::bench::detect::event::NONE;
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "policy weakened, then read", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let bucket = raid.bucket();
    for _ in 0..raid.random.whole(1, 6) {
        raid.wait(3.0);
        raid.denied(Call::List, bucket);
    }
    raid.wait(60.0);
    raid.ask(Call::GetPolicy, bucket);
    raid.wait(30.0);
    if raid.random.chance(0.5) {
        raid.ask(Call::PutPolicy, bucket);
    } else {
        raid.ask(Call::AttachPolicy, NONE);
    }
    raid.wait(20.0);
    let count = raid.random.count(200.0, 0.8).min(2000);
    raid.download(bucket, count, 0.6);
}
