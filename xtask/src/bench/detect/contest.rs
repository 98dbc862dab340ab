//! One scene, every method: what each found at each number of alarms a day.

use std::path::Path;

use super::attack::Attack;
use super::baseline::{self, Baseline};
use super::judge::{Truth, Verdict};
use super::ours::{self, Setting};
use super::scene::{Files, Scene, instant};
use crate::bench::report::Role;
use crate::say;

/// Alarms a day that somebody might be willing to look at.
pub(super) const DIALS: [f64; 3] = [1.0, 5.0, 20.0];

/// A method at every dial, over some scenes.
pub(super) struct Method {
    pub(super) name: String,
    pub(super) role: Role,
    /// For each dial, each scene's attacks with what became of them.
    pub(super) verdicts: [Vec<(Vec<Attack>, Verdict)>; DIALS.len()],
    /// For each dial, archetypes of the keys that false alarms told of.
    pub(super) disturbed: [Vec<&'static str>; DIALS.len()],
}

impl Method {
    fn new(name: &str, role: Role) -> Self {
        Self {
            name: name.to_owned(),
            role,
            verdicts: Default::default(),
            disturbed: Default::default(),
        }
    }

    fn add(&mut self, dial: usize, scene: &Scene, verdict: Verdict) {
        let archetype = |key: &u32| scene.world.key(*key).archetype;
        self.disturbed[dial].extend(verdict.false_keys.iter().map(archetype));
        self.verdicts[dial].push((scene.attacks.clone(), verdict));
    }

    /// False alarms a day, over all scenes.
    pub(super) fn false_a_day(&self, dial: usize) -> f64 {
        mean(self.verdicts[dial].iter().map(|(_, verdict)| verdict.false_a_day))
    }

    pub(super) fn quiet_a_day(&self, dial: usize) -> f64 {
        mean(self.verdicts[dial].iter().map(|(_, verdict)| verdict.quiet_a_day))
    }
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of scenes")]
    let count = numbers.len().max(1) as f64;
    numbers.sum::<f64>() / count
}

/// All methods over the scenes so far, ours first.
#[derive(Default)]
pub(super) struct Contest {
    pub(super) methods: Vec<Method>,
    /// The detector without one of its sensors, at the first dial.
    pub(super) without: Vec<Method>,
    pub(super) seeds: Vec<u64>,
}

/// The name of the detector under test.
const OURS: &str = "claviger";

impl Contest {
    fn method(&mut self, name: &str, role: Role) -> &mut Method {
        let place = self.methods.iter().position(|method| method.name == name);
        let place = place.unwrap_or_else(|| {
            self.methods.push(Method::new(name, role));
            self.methods.len() - 1
        });
        &mut self.methods[place]
    }

    /// Lets every method judge a scene.
    pub(super) fn judge(
        &mut self,
        claviger: &str,
        scene: &Scene,
        files: &Files,
        folder: &Path,
        with_python: bool,
    ) -> anyhow::Result<()> {
        let truth = Truth::of(scene);
        self.seeds.push(scene.seed);
        for (dial, alarms_a_day) in DIALS.into_iter().enumerate() {
            say(&format!("xtask: seed {}: claviger at {alarms_a_day} a day …", scene.seed));
            let setting = Setting { alarms_a_day, without: None };
            let alarms = ours::alarms(claviger, scene, files, &setting)?;
            let verdict = Verdict::of(&truth, &alarms);
            if dial == DIALS.len() - 1 {
                for (place, a_day) in DIALS.into_iter().enumerate() {
                    let best = Verdict::at_best(&truth, &alarms, a_day);
                    self.method("claviger, thresholded as the others", Role::Ours)
                        .add(place, scene, best);
                }
            }
            remark(folder, scene, &verdict, alarms_a_day)?;
            self.method(OURS, Role::Ours).add(dial, scene, verdict);
        }
        say(&format!("xtask: seed {}: the others …", scene.seed));
        for Baseline { name, alarms, has_score } in baseline::all(scene, folder, with_python)? {
            for (dial, a_day) in DIALS.into_iter().enumerate() {
                let verdict = match has_score {
                    true => Verdict::at_best(&truth, &alarms, a_day),
                    false => Verdict::of(&truth, &alarms),
                };
                self.method(name, Role::Peer).add(dial, scene, verdict);
            }
        }
        Ok(())
    }

    /// Lets the detector judge a scene without each of its sensors.
    pub(super) fn ablate(
        &mut self,
        claviger: &str,
        scene: &Scene,
        files: &Files,
    ) -> anyhow::Result<()> {
        let truth = Truth::of(scene);
        for sensor in ours::sensors(claviger) {
            say(&format!("xtask: seed {}: claviger without {sensor} …", scene.seed));
            let setting = Setting { alarms_a_day: DIALS[0], without: Some(&sensor) };
            let alarms = ours::alarms(claviger, scene, files, &setting)?;
            let place = self.without.iter().position(|method| method.name == sensor);
            let place = place.unwrap_or_else(|| {
                self.without.push(Method::new(&sensor, Role::Ours));
                self.without.len() - 1
            });
            self.without[place].add(0, scene, Verdict::of(&truth, &alarms));
        }
        Ok(())
    }
}

/// What was missed and what was told for nothing, for whoever improves the detector.
fn remark(folder: &Path, scene: &Scene, verdict: &Verdict, a_day: f64) -> anyhow::Result<()> {
    let id = |key: u32| (scene.world.key(key).id.as_str(), scene.world.key(key).archetype);
    let mut words = String::new();
    for ((attack, found), number) in scene.attacks.iter().zip(&verdict.found).zip(1..) {
        let outcome = match found {
            None => "missed".to_owned(),
            Some(found) => format!(
                "{} events, {:.1} min, {} of the bytes",
                found.events,
                found.minutes,
                found.share.map_or("none".to_owned(), |share| format!("{:.2} %", share * 100.0))
            ),
        };
        let (key, victim) = (attack.keys.first().map_or("", |key| id(*key).0), attack.archetype);
        let leaked = if attack.is_leaked { "leaked" } else { "not leaked" };
        words.push_str(&format!(
            "attack {number}: {} on {victim} {key}, {leaked}: {outcome}\n",
            attack.kind
        ));
    }
    for alarm in verdict.told.iter().filter(|alarm| alarm.attack == 0) {
        let (at, (key, archetype)) = (instant(alarm.at.into()), id(alarm.key));
        words.push_str(&format!("false: {at} {archetype} {key}, {:.1} nats\n", alarm.score));
    }
    let path = folder.join(format!("remarks-seed-{}-at-{a_day}.txt", scene.seed));
    Ok(std::fs::write(path, words)?)
}
