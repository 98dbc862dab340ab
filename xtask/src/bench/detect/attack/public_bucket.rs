//! A bucket is opened to everybody, so that no key is needed any more.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "bucket made public", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    for _ in 0..raid.random.whole(1, 3) {
        let bucket = raid.bucket();
        raid.ask(Call::GetPublicBlock, bucket);
        raid.wait(5.0);
        raid.ask(Call::DeletePublicBlock, bucket);
        raid.wait(5.0);
        if raid.random.chance(0.5) {
            raid.ask(Call::PutPolicy, bucket);
        } else {
            raid.ask(Call::PutAcl, bucket);
        }
        raid.wait(10.0);
        for object in 0..raid.random.whole(0, 20) {
            raid.wait(1.0);
            let object = object.min(raid.objects(bucket) - 1);
            raid.call(Call::PutObjectAcl, bucket, object);
        }
    }
}
