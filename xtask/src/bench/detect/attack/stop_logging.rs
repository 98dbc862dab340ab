//! First the log is switched off where it can be, then the work begins.

use super::{Kind, Leaked};
use crate::bench::detect::event::NONE;
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "logging stopped", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    raid.ask(Call::Trails, NONE);
    raid.wait(8.0);
    raid.ask(Call::TrailStatus, NONE);
    raid.wait(20.0);
    match raid.random.below(3) {
        0 => raid.ask(Call::DeleteTrail, NONE),
        1 => raid.denied(Call::StopLogging, NONE),
        _ => raid.ask(Call::StopLogging, NONE),
    }
    let bucket = raid.bucket();
    raid.wait(10.0);
    raid.ask(Call::PutLogging, bucket);
    raid.wait(30.0);
    let count = raid.random.count(120.0, 0.8).min(1500);
    raid.download(bucket, count, 0.8);
}
