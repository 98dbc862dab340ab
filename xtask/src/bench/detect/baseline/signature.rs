//! Rules that name a call: logging stopped, a bucket opened, a key made for another user.
//!
//! Source: panther-analysis, `AWS.CloudTrail.Stopped`, `AWS.S3.SecurityControlDisabling`,
//! `AWS.CloudTrail.ResourceMadePublic`, `AWS.IAM.Backdoor.User.Keys`, `AWS.IAM.CreateUser`, `AWS.S3.SuspendVersioning`,
//! `AWS.STS.GetCallerIdentity.TruffleHog` has no counterpart here. The score is the severity that they give.

use super::Baseline;
use crate::bench::detect::event::Outcome;
use crate::bench::detect::judge::Alarm;
use crate::bench::detect::scene::Scene;
use crate::bench::detect::world::operation::Call;

fn severity(call: Call) -> Option<f64> {
    match call {
        Call::DeleteTrail | Call::StopLogging => Some(3.0),
        Call::DeletePublicBlock | Call::PutAcl | Call::PutObjectAcl => Some(2.5),
        Call::CreateKey => Some(2.0),
        Call::PutVersioning | Call::CreateUser | Call::LoginProfile => Some(1.5),
        Call::AttachPolicy | Call::PutPolicy | Call::DeletePolicy | Call::PutLogging => Some(1.0),
        _ => None,
    }
}

pub(super) fn rules(scene: &Scene) -> Baseline {
    let alarms = scene.events.iter().filter(|event| event.outcome == Outcome::Done);
    let alarms = alarms.filter_map(|event| {
        let score = severity(event.call)?;
        Some(Alarm { at: event.at, key: event.key, score, attack: event.attack })
    });
    Baseline { name: "Panther: named calls", alarms: alarms.collect(), has_score: true }
}
