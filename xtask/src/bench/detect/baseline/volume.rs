//! Rules of volume in the manner of Panther's: so many events of a sort within a period.
//!
//! Source: panther-analysis, rules with `Threshold` and `DedupPeriodMinutes` over CloudTrail and S3 access logs. The
//! score is how many times the threshold of the loudest rule was reached, so that all can be turned at once.

use super::{Baseline, hourly::counts};
use crate::bench::detect::event::{Event, Outcome};
use crate::bench::detect::judge::Alarm;
use crate::bench::detect::scene::Scene;
use crate::bench::detect::world::operation::Call;

type Rule = (f64, fn(&Event) -> bool);

/// Threshold an hour, and what is counted.
const RULES: [Rule; 5] = [
    // Access refused while looking around.
    (15.0, |event| event.outcome == Outcome::Denied),
    // Discovery: read-only calls about the account.
    (30.0, |event| event.call.is_read() && !event.call.is_data()),
    // Objects read.
    (100.0, |event| event.call == Call::Get),
    // Objects deleted or copied over.
    (50.0, |event| matches!(event.call, Call::Delete | Call::DeleteMany | Call::Copy)),
    // Errors of objects that are not there: guessing of names.
    (50.0, |event| event.outcome == Outcome::Missing),
];

pub(super) fn rules(scene: &Scene) -> Baseline {
    let mut alarms: Vec<Alarm> = Vec::new();
    for (threshold, is_counted) in RULES {
        let loud = counts(scene, threshold - 1.0, is_counted);
        alarms.extend(loud.iter().map(|alarm| Alarm { score: alarm.score / threshold, ..*alarm }));
    }
    alarms.sort_by_key(|alarm| alarm.at);
    Baseline { name: "Panther: volume", alarms, has_score: true }
}
