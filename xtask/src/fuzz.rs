//! `cargo xtask fuzz`: every parser of outside bytes under libFuzzer, from the samples that the tests read.
//!
//! A target with samples of many kinds runs once for each kind: from the samples of one format a fuzzer stays
//! within that format, and thereby gets deep into it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};

use crate::{parts, say};

/// What to fuzz, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Minutes for each run.
    #[arg(long, default_value_t = 3.0)]
    minutes: f64,
    /// Runs at the same time; by default as many as there are processors.
    #[arg(long)]
    jobs: Option<usize>,
    /// Only runs whose name begins with this, such as `container/pdf` or `logs`.
    #[arg(value_name = "RUN")]
    only: Vec<String>,
}

/// Longest time for one input: what takes longer is a finding.
const INPUT_SECONDS: u32 = 20;
/// Most memory: what takes more is a finding.
const MEMORY_MIB: u32 = 2048;
/// Longest input that is tried.
const INPUT_BYTES: u32 = 1 << 16;

/// A target with the samples it begins from.
struct Run {
    name: String,
    target: &'static str,
    samples: Option<PathBuf>,
}

/// What a run came to.
struct Outcome {
    tries: u64,
    covered: u64,
    findings: Vec<PathBuf>,
    /// Why it ended before its time, in libFuzzer's words.
    broken: Option<String>,
}

/// Runs the fuzzers, prints a table, and fails where one found something.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let chosen =
        |run: &Run| args.only.is_empty() || args.only.iter().any(|only| run.name.starts_with(only));
    let runs: Vec<Run> = all()?.into_iter().filter(chosen).collect();
    if runs.is_empty() {
        bail!("no run has such a name\nhint: `cargo xtask fuzz` without names runs them all");
    }
    build()?;
    let jobs =
        args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    say(&format!("xtask: {} runs of {} min, {jobs} at a time", runs.len(), args.minutes));
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || -> anyhow::Result<()> {
        while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = fuzz(run, args.minutes)?;
            say(&line(run, &outcome));
            if outcome.broken.is_some() || !outcome.findings.is_empty() {
                found.lock().map_err(|_| anyhow::anyhow!("a run panicked"))?.push(run.name.clone());
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_| anyhow::anyhow!("a worker panicked"))?
        })
    })?;
    let found = found.into_inner().map_err(|_| anyhow::anyhow!("a run panicked"))?;
    if !found.is_empty() {
        bail!("found something: {}", found.join(", "));
    }
    Ok(())
}

/// Every run: a target on each of its folders of samples.
fn all() -> anyhow::Result<Vec<Run>> {
    let root = root();
    let mut runs = Vec::new();
    for (target, folder) in
        [("container", "crates/scan/fixtures/container"), ("logs", "crates/watch/fixtures")]
    {
        for samples in folders(&root.join(folder))? {
            let kind = samples.file_name().unwrap_or_default().to_string_lossy();
            runs.push(Run { name: format!("{target}/{kind}"), target, samples: Some(samples) });
        }
    }
    for (name, target, samples) in [
        ("encodings", "container", Some("crates/scan/fixtures/veiled")),
        ("scan", "scan", Some("crates/scan/fixtures/pair")),
        ("lanes", "lanes", Some("crates/scan/fixtures/pair")),
        ("unpack", "unpack", Some("crates/scan/fixtures/container/gzip")),
        ("intelligence", "intelligence", None),
        ("feed", "feed", None),
    ] {
        runs.push(Run {
            name: name.to_owned(),
            target,
            samples: samples.map(|path| root.join(path)),
        });
    }
    Ok(runs)
}

fn folders(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Builds the targets. Sanitizers are an unstable option, which the toolchain of the project takes when it is
/// told to.
fn build() -> anyhow::Result<()> {
    let has_fuzz = Command::new("cargo").args(["fuzz", "--version"]).output();
    if !has_fuzz.is_ok_and(|output| output.status.success()) {
        say("xtask: installing cargo-fuzz …");
        parts::run(Command::new("cargo").args(["install", "--locked", "cargo-fuzz"]))?;
    }
    say("xtask: building the fuzz targets …");
    parts::run(
        Command::new("cargo")
            .args(["fuzz", "build", "--fuzz-dir", "fuzz"])
            .current_dir(root())
            .env("RUSTC_BOOTSTRAP", "1")
            .env_remove("CARGO_TARGET_DIR"),
    )
}

fn fuzz(run: &Run, minutes: f64) -> anyhow::Result<Outcome> {
    let work = root().join("target/fuzz").join(&run.name);
    let (corpus, findings) = (work.join("corpus"), work.join("findings"));
    for folder in [&corpus, &findings] {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    let mut fuzzer = Command::new(program(run.target));
    fuzzer
        .current_dir(&work)
        .arg(format!("-max_total_time={:.0}", (minutes * 60.0).max(1.0)))
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-max_len={INPUT_BYTES}"))
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .arg("-print_final_stats=1")
        .arg(&corpus)
        .args(&run.samples);
    let output = fuzzer.output().with_context(|| format!("cannot start `{}`", run.target))?;
    let said = String::from_utf8_lossy(&output.stderr);
    std::fs::write(work.join("log"), said.as_bytes())?;
    let mut findings: Vec<PathBuf> = std::fs::read_dir(&findings)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    findings.sort();
    Ok(Outcome {
        tries: last_number(&said, "stat::number_of_executed_units:"),
        covered: last_number(&said, "cov:"),
        findings,
        broken: (!output.status.success()).then(|| summary(&said)),
    })
}

fn program(target: &str) -> PathBuf {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    root().join("fuzz/target").join(triple).join("release").join(target)
}

/// The number behind the last occurrence of a word.
fn last_number(said: &str, word: &str) -> u64 {
    let behind = said.rsplit_once(word).map_or("", |(_, behind)| behind);
    behind.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn summary(said: &str) -> String {
    let panic = said.lines().find(|line| line.contains("panicked at"));
    let summary = said.lines().rfind(|line| line.starts_with("SUMMARY"));
    panic.or(summary).unwrap_or("ended with an error").trim().to_owned()
}

fn line(run: &Run, outcome: &Outcome) -> String {
    let Outcome { tries, covered, findings, broken } = outcome;
    let mut line = format!("{:24} {tries:>10} tries {covered:>7} edges", run.name);
    match broken {
        None if findings.is_empty() => line.push_str("  nothing found"),
        None => line.push_str("  nothing new, yet there is"),
        Some(why) => line.push_str(&format!("  {why}")),
    }
    for finding in findings {
        line.push_str(&format!("\n  {}", finding.display()));
    }
    line
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}
