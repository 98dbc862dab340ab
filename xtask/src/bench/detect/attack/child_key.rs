//! A user and a key are made with the stolen one, and used on from elsewhere: the back door stays when the
//! stolen key is cut.

use super::{Kind, Leaked};
use crate::bench::detect::event::NONE;
use crate::bench::detect::raid::Raid;
use crate::bench::detect::world::network::Kind as Line;
use crate::bench::detect::world::operation::Call;

pub(super) const KIND: Kind = Kind { name: "child key", leaked: Leaked::Both, victims: &[], act };

fn act(raid: &mut Raid<'_>) {
    raid.look_around();
    let name = raid.random.word(&["support", "svc-monitor", "aws-audit", "deploy2", "backup-user"]);
    raid.ask(Call::CreateUser, NONE);
    raid.wait(3.0);
    raid.ask(Call::AttachPolicy, NONE);
    raid.wait(3.0);
    let child = raid.make_key(Call::CreateKey, name);
    raid.now += raid.random.lognormal(3600.0, 1.2);
    raid.hand.key = child;
    if raid.random.chance(0.6) {
        raid.hand.source = raid.line(Line::Hosting);
    }
    raid.look_around();
    let bucket = raid.bucket();
    let count = raid.random.count(250.0, 0.8).min(2000);
    raid.download(bucket, count, 0.6);
}
