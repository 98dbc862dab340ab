//! How much of what thieves do is found, how soon, and how often somebody is woken for nothing: on a simulated
//! company with attacks written by their mechanism, beside the rules and methods that others offer.
//!
//! Odd seeds are there to improve the detector by, even ones to report: a figure of an odd seed is no evidence.

mod archetype;
mod attack;
mod baseline;
mod contest;
mod delivery;
mod draw;
mod event;
mod judge;
mod known;
mod life;
mod line;
mod ours;
mod raid;
mod rehearsal;
mod scene;
mod tables;
mod world;

use std::path::{Path, PathBuf};

use contest::{Contest, DIALS};
use scene::{Scene, Size};

use super::report::Section;
use super::{Args, Bench};
use crate::say;

/// Keys of the simulated company, unless told otherwise.
const KEYS: u64 = 2_000;

/// How much is simulated.
#[derive(Debug, clap::Args)]
pub(super) struct DetectArgs {
    /// Days of its log
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Attacks of each kind
    #[arg(long, default_value_t = 2)]
    attacks: u32,
    /// Only write logs, leaks and labels of each seed below this folder
    #[arg(long, value_name = "DIR")]
    emit: Option<PathBuf>,
    /// Also leave each sensor out in turn
    #[arg(long)]
    ablation: bool,
}

impl DetectArgs {
    /// Smaller companies have no room for every kind of owner, and shorter logs none for an attack.
    fn size(&self, keys: Option<u64>) -> Size {
        let keys = usize::try_from(keys.unwrap_or(KEYS)).unwrap_or(usize::MAX);
        Size { keys: keys.max(50), days: self.days.max(9), attacks: self.attacks.max(1) }
    }
}

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let size = args.detect.size(args.keys);
    if let Some(folder) = &args.detect.emit {
        return args.seeds.iter().try_for_each(|seed| emit(*seed, size, folder));
    }
    let folder = bench.folder.join("detect");
    std::fs::create_dir_all(&folder)?;
    let with_python = baseline::is_there(&folder) || installed(&folder);
    let (mut tuning, mut report) = (Contest::default(), Contest::default());
    for seed in &args.seeds {
        let scene = Scene::play(*seed, size);
        let files = scene.write(&folder.join("scene"))?;
        tell(&scene, files.lines);
        let contest = if seed % 2 == 1 { &mut tuning } else { &mut report };
        contest.judge(&bench.claviger, &scene, &files, &folder, with_python)?;
        if args.detect.ablation {
            contest.ablate(&bench.claviger, &scene, &files)?;
        }
    }
    let days = f64::from(size.days - attack::QUIET_DAYS);
    for (contest, purpose) in [(&tuning, "to improve by"), (&report, "held out")] {
        if !contest.seeds.is_empty() {
            let seeds: Vec<String> = contest.seeds.iter().map(u64::to_string).collect();
            let of = format!("seeds {} ({purpose})", seeds.join(" "));
            let sections = sections(contest, days, &of);
            sections.iter().try_for_each(|section| section.print(args.format))?;
        }
    }
    let mut real = known::run(&bench.claviger, args.data.as_deref(), &folder)?;
    real.extend(rehearsal::run(bench, &folder)?);
    Ok(real.iter().try_for_each(|section| section.print(args.format))?)
}

/// All tables of a contest.
fn sections(contest: &Contest, days: f64, of: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    for dial in 0..DIALS.len() {
        sections.push(tables::methods(contest, dial, of));
        sections.push(tables::kinds(contest, dial, of));
    }
    sections.extend(tables::archetypes(contest, days, of));
    sections.extend(tables::ablation(contest, of));
    sections.extend(tables::calibration(contest, of));
    sections
}

/// Only writes what happened, for whoever improves the detector.
fn emit(seed: u64, size: Size, folder: &Path) -> anyhow::Result<()> {
    let folder = folder.join(format!("seed-{seed}"));
    let scene = Scene::play(seed, size);
    let files = scene.write(&folder)?;
    tell(&scene, files.lines);
    say(&format!("xtask: they lie in {}", folder.display()));
    Ok(())
}

fn tell(scene: &Scene, lines: u64) {
    say(&format!(
        "xtask: seed {}: {lines} lines of {} events of {} keys, {} attacks",
        scene.seed,
        scene.events.len(),
        scene.world.keys.len(),
        scene.attacks.len()
    ));
}

fn installed(folder: &Path) -> bool {
    say("xtask: installing methods of anomaly detection …");
    let outcome = baseline::install(folder);
    if let Err(error) = &outcome {
        say(&format!("xtask: they do not take part: {error:#}"));
    }
    outcome.is_ok()
}
