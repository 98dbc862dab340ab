//! Data is destroyed or encrypted anew with a key of the thief's, and a note is left.

use super::{Kind, Leaked};
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind = Kind { name: "ransom", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let bucket = raid.bucket();
    raid.ask(Call::GetVersioning, bucket);
    if raid.random.chance(0.6) {
        raid.ask(Call::PutVersioning, bucket);
    }
    raid.ask(Call::List, bucket);
    let count = raid.random.count(400.0, 0.8).min(raid.objects(bucket)).min(3000);
    let way = raid.random.below(3);
    for object in 0..count {
        raid.wait(0.3);
        match way {
            // Taken, then deleted.
            0 => {
                raid.call(Call::Get, bucket, object);
                raid.call(Call::Delete, bucket, object);
            }
            // Copied in place with a key that only the thief has.
            1 => raid.call(Call::Copy, bucket, object),
            _ if object % 200 == 0 => raid.ask(Call::DeleteMany, bucket),
            _ => {}
        }
    }
    if raid.random.chance(0.5) {
        raid.ask(Call::PutLifecycle, bucket);
    }
    raid.call(Call::Put, bucket, 0);
}
