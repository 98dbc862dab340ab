//! More than 100 GET an hour: the rule of thumb.

use std::collections::HashMap;

use super::Baseline;
use crate::bench::detect::event::Event;
use crate::bench::detect::judge::Alarm;
use crate::bench::detect::scene::Scene;
use crate::bench::detect::world::operation::Call;

/// How many of some events a key has within an hour back from each. An alarm is offered whenever the count has
/// grown by a tenth, so that any threshold can be chosen afterwards.
pub(super) fn counts(scene: &Scene, least: f64, is_counted: impl Fn(&Event) -> bool) -> Vec<Alarm> {
    const HOUR: u32 = 3600;
    let mut recent: HashMap<u32, std::collections::VecDeque<u32>> = HashMap::new();
    let mut offered: HashMap<u32, (u32, f64)> = HashMap::new();
    let mut alarms = Vec::new();
    for event in scene.events.iter().filter(|event| is_counted(event)) {
        let times = recent.entry(event.key).or_default();
        times.push_back(event.at);
        while times.front().is_some_and(|first| event.at - first >= HOUR) {
            times.pop_front();
        }
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 events")]
        let count = times.len() as f64;
        if count <= least {
            continue;
        }
        let (at, highest) = offered.get(&event.key).copied().unwrap_or((0, 0.0));
        let is_over = event.at - at >= HOUR;
        // An event of an attack is always offered: it is what the rule would name.
        if is_over || count > highest * 1.1 || event.attack > 0 {
            offered.insert(event.key, (event.at, count));
            alarms.push(Alarm { at: event.at, key: event.key, score: count, attack: event.attack });
        }
    }
    alarms
}

pub(super) fn many_gets(scene: &Scene) -> Baseline {
    let alarms = counts(scene, 100.0, |event| event.call == Call::Get);
    Baseline { name: "more than 100 GET/h", alarms, has_score: true }
}
