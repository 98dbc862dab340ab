//! The stolen key assumes a role that it may, after some that it may not, and the session's key does the rest.

use super::{Kind, Leaked};
use crate::bench::detect::event::NONE;
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind =
    Kind { name: "role session", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    raid.ask(Call::ListRoles, NONE);
    for _ in 0..raid.random.whole(0, 5) {
        raid.wait(3.0);
        raid.denied(Call::AssumeRole, NONE);
    }
    raid.wait(5.0);
    let role = raid.random.word(&["admin", "data-platform", "ops", "readonly-all"]);
    let session = raid.make_key(Call::AssumeRole, &format!("{role}/session-1"));
    raid.hand.key = session;
    raid.wait(20.0);
    for _ in 0..raid.random.whole(0, 8) {
        raid.wait(2.0);
        let call = raid.random.pick(&Call::LOOKS).unwrap_or(Call::GetUser);
        raid.ask(call, NONE);
    }
    if raid.random.chance(0.3) {
        raid.denied(Call::RunInstances, NONE);
        raid.wait(10.0);
    }
    let bucket = raid.bucket();
    let count = raid.random.count(250.0, 0.8).min(2000);
    raid.download(bucket, count, 0.5);
}
