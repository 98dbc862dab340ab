//! The clean release build: how long a newcomer waits, and for which crates.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

use super::report::{Role, Row, Section};
use super::scan::column;
use super::timing::cpu_of_children;
use super::{Args, Bench, logs};
use crate::say;

/// What a clean build may take on two processors.
const LIMIT_S: f64 = 600.0;

/// Crates that are named: those that take longest.
const NAMED: usize = 10;

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let target = bench.folder.join("build");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    say("xtask: building from nothing; this takes minutes …");
    let cpu_before = cpu_of_children();
    let started = Instant::now();
    let status = Command::new(super::cargo())
        .args(["build", "--release", "--package", "claviger", "--locked", "--quiet", "--timings"])
        .arg("--target-dir")
        .arg(&target)
        .stdin(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    let wall_s = started.elapsed().as_secs_f64();
    if !status.success() {
        bail!("the build failed");
    }
    let cpu_s = cpu_before.zip(cpu_of_children()).map(|(before, after)| after - before);
    let units = units(&target.join("cargo-timings/cargo-timing.html"))?;
    let binary = logs::size(&target.join("release/claviger"))?;
    whole(bench, wall_s, cpu_s, &units, binary).print(args.format)?;
    slowest(units).print(args.format)?;
    std::fs::remove_dir_all(&target)?;
    Ok(())
}

/// One call of the compiler.
struct Unit {
    package: String,
    seconds: f64,
}

/// What cargo's own page of timings tells of each call of the compiler.
fn units(page: &Path) -> anyhow::Result<Vec<Unit>> {
    let text =
        std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    parse(&text).context("cargo's page of timings has no list of units")
}

fn parse(page: &str) -> Option<Vec<Unit>> {
    let (_, rest) = page.split_once("const UNIT_DATA = ")?;
    let (list, _) = rest.split_once("];")?;
    let units: Vec<Value> = serde_json::from_str(&format!("{list}]")).ok()?;
    let unit = |unit: &Value| {
        let package = format!("{} {}", unit["name"].as_str()?, unit["version"].as_str()?);
        Some(Unit { package, seconds: unit["duration"].as_f64()? })
    };
    units.iter().map(unit).collect()
}

fn whole(bench: &Bench, wall_s: f64, cpu_s: Option<f64>, units: &[Unit], binary: u64) -> Section {
    let packages: std::collections::BTreeSet<&str> =
        units.iter().map(|unit| unit.package.as_str()).collect();
    #[expect(clippy::cast_precision_loss, reason = "few crates, and a binary far below 2^52 bytes")]
    let (processors, crates, megabytes) =
        (bench.processors as f64, packages.len() as f64, binary as f64 / 1e6);
    let fact = |role, name: &str, value: Option<f64>| Row {
        name: name.to_owned(),
        role,
        figures: vec![value],
    };
    Section {
        bench: "build",
        title: "a clean `cargo build --release`".to_owned(),
        columns: vec![column("value", "", 1)],
        rows: vec![
            fact(Role::Ours, "wall time, s", Some(wall_s)),
            fact(Role::Ours, "CPU time, s", cpu_s),
            fact(
                Role::Limit,
                "CPU time spread evenly over the processors, s",
                cpu_s.map(|seconds| seconds / processors),
            ),
            fact(Role::Limit, "what it may take on 2 processors, s", Some(LIMIT_S)),
            fact(Role::Ours, "packages compiled", Some(crates)),
            fact(Role::Ours, "size of the binary, MB", Some(megabytes)),
        ],
        notes: vec![format!(
            "{} processors; on a machine that does other work, half the CPU time is what an idle one of \
             two processors needs at least",
            bench.processors
        )],
    }
}

/// The packages that take longest, all calls of the compiler for each together.
fn slowest(units: Vec<Unit>) -> Section {
    let mut packages = std::collections::BTreeMap::<String, f64>::new();
    for unit in units {
        *packages.entry(unit.package).or_default() += unit.seconds;
    }
    let mut packages: Vec<(String, f64)> = packages.into_iter().collect();
    packages.sort_by(|a, b| b.1.total_cmp(&a.1));
    let rows = packages.into_iter().take(NAMED).map(|(package, seconds)| Row {
        name: package,
        role: Role::Ours,
        figures: vec![Some(seconds)],
    });
    Section {
        bench: "build",
        title: "the packages that take longest".to_owned(),
        columns: vec![column("wall_s", "wall s", 1)],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_page_of_timings_is_read() {
        let page = "<script>\nconst UNIT_DATA = [\n {\"name\": \"zip\", \"version\": \"9.0.0\", \
                    \"duration\": 1.5}\n];\nconst CONCURRENCY_DATA = [];\n";
        let units = parse(page).unwrap();
        assert_eq!((units[0].package.as_str(), units[0].seconds), ("zip 9.0.0", 1.5));
        assert!(parse("<html>").is_none());
    }
}
