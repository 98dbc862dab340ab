//! Everything that happened in one simulated company: the events in the order of time, the attacks among them,
//! and what is known to have leaked.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::archetype;
use super::attack::{self, Attack, Leak};
use super::delivery;
use super::event::Event;
use super::world::{START, World};

/// How large a company is simulated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) keys: usize,
    pub(super) days: u32,
    /// Attacks of each kind.
    pub(super) attacks: u32,
}

/// What happened.
pub(super) struct Scene {
    pub(super) seed: u64,
    pub(super) world: World,
    pub(super) events: Vec<Event>,
    pub(super) attacks: Vec<Attack>,
    pub(super) leaks: Vec<Leak>,
}

/// A scene as files.
pub(super) struct Files {
    pub(super) logs: Vec<PathBuf>,
    pub(super) leaks: PathBuf,
    pub(super) lines: u64,
}

impl Scene {
    /// What happens with a seed: always the same.
    pub(super) fn play(seed: u64, size: Size) -> Self {
        let mut world = World::draw(seed, size.keys, size.days);
        let mut events = archetype::live_all(&mut world, seed, size.keys);
        let (attacks, mut leaks) = attack::attack_all(&mut world, &mut events, seed, size.attacks);
        leaks.extend(attack::harmless_leaks(&world, &attacks, seed));
        let end = size.days * 86_400;
        events.retain(|event| event.at < end);
        events.sort_by_key(|event| (event.at, event.key));
        Self { seed, world, events, attacks, leaks }
    }

    /// Writes logs, leaks and labels to a folder of its own.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<Files> {
        drop(fs::remove_dir_all(folder));
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let (logs, lines) = delivery::write(&self.world, &self.events, self.seed, folder)?;
        let leaks = folder.join("leaks.jsonl");
        let told = self.leaks.iter().map(|leak| self.leak_line(leak)).collect::<String>();
        fs::write(&leaks, told)?;
        let labels = serde_json::to_string_pretty(&self.labels())?;
        fs::write(folder.join("labels.json"), labels)?;
        Ok(Files { logs, leaks, lines })
    }

    fn leak_line(&self, leak: &Leak) -> String {
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a few weeks")]
        let at = instant(leak.at as i64);
        let id = &self.world.key(leak.key).id;
        let line = json!({ "access_key_id": id, "leaked_at": at, "source": leak.source });
        format!("{line}\n")
    }

    fn labels(&self) -> Value {
        let attacks = self.attacks.iter().zip(1_u16..).map(|(attack, number)| {
            let own = || self.events.iter().filter(|event| event.attack == number);
            let id = |key: &u32| self.world.key(*key).id.clone();
            let sources: HashSet<String> = own().map(|event| event.source.to_string()).collect();
            let mut sources: Vec<String> = sources.into_iter().collect();
            sources.sort_unstable();
            let at = |event: Option<&Event>| event.map(|event| instant(event.at.into()));
            let uses = own().map(|event| {
                let second = START + i64::from(event.at);
                json!([second, id(&event.key), event.bytes_out])
            });
            json!({
                "number": number,
                "kind": attack.kind,
                "victim": attack.archetype,
                "leaked": attack.is_leaked,
                "keys": attack.keys.iter().map(id).collect::<Vec<String>>(),
                "first": at(own().next()),
                "last": at(own().next_back()),
                "events": own().count(),
                "bytes_out": own().map(|event| event.bytes_out).sum::<u64>(),
                "sources": sources,
                "uses": uses.collect::<Vec<Value>>(),
            })
        });
        let attacks: Vec<Value> = attacks.collect();
        let archetypes: serde_json::Map<String, Value> = self
            .world
            .keys
            .iter()
            .map(|key| (key.id.clone(), Value::from(key.archetype)))
            .collect();
        json!({
            "seed": self.seed,
            "days": self.world.days,
            "quiet_days": attack::QUIET_DAYS,
            "events": self.events.len(),
            "attacks": attacks,
            "archetypes": archetypes,
        })
    }
}

/// Seconds of the log as an instant.
pub(super) fn instant(at: i64) -> String {
    Timestamp::from_second(START + at).map_or_else(|_| String::new(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::detect::attack::{KINDS, QUIET_DAYS};
    use crate::bench::detect::line::Writer;

    const SIZE: Size = Size { keys: 150, days: 14, attacks: 2 };

    #[test]
    fn a_seed_gives_the_same_lines_again_and_another_seed_others() {
        let lines = |seed| {
            let scene = Scene::play(seed, SIZE);
            let mut writer = Writer::new(&scene.world, seed);
            let events = scene.events.iter().enumerate().step_by(101);
            events.map(|(number, event)| writer.line(number, event).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(lines(1), lines(1));
        assert_ne!(lines(1)[0], lines(2)[0]);
    }

    #[test]
    fn events_stand_in_the_order_of_time_and_attacks_after_the_quiet_days() {
        let scene = Scene::play(3, SIZE);
        assert!(scene.events.is_sorted_by_key(|event| event.at));
        let first = scene.events.iter().find(|event| event.attack > 0).unwrap();
        assert!(first.at >= QUIET_DAYS * 86_400);
    }

    #[test]
    fn every_kind_of_attack_happens_and_leaves_events() {
        let scene = Scene::play(5, SIZE);
        for kind in &KINDS {
            let number = scene.attacks.iter().position(|attack| attack.kind == kind.name);
            let number = u16::try_from(number.unwrap() + 1).unwrap();
            assert!(scene.events.iter().any(|event| event.attack == number), "{}", kind.name);
        }
    }

    #[test]
    fn lines_of_json_are_json() {
        let scene = Scene::play(7, SIZE);
        let mut writer = Writer::new(&scene.world, 7);
        for (number, event) in scene.events.iter().enumerate().step_by(17) {
            let line = writer.line(number, event);
            let is_json = serde_json::from_str::<Value>(line).is_ok();
            assert_eq!(is_json, line.starts_with('{'), "{line}");
        }
    }
}
