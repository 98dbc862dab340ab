//! Installed packages' files as a background that is all but clean: every finding is listed for judgement.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::tool::{Found, Tool};
use crate::bench::Bench;
use crate::bench::limit::files_below;
use crate::bench::report::{Role, Row, Section};
use crate::bench::scan::column;

/// Where packages lie on a developer's machine, beside those that cargo and the tests unpacked.
const FOLDERS: [&str; 4] =
    ["/usr/lib/python3", "/usr/lib/node_modules", "/usr/share/nodejs", "/usr/share/perl"];

/// Scans what is there, and writes every finding into a file.
pub(super) fn run(bench: &Bench) -> anyhow::Result<Section> {
    let target = bench.folder.parent().unwrap_or(&bench.folder);
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(PathBuf::from).collect();
    folders.extend([target.join("parts/venv/lib"), target.join("parts/browser/node_modules")]);
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home).unwrap_or_default();
    folders.push(cargo.join("registry/src"));
    let mut found: Vec<Found> = Vec::new();
    let (mut bytes, mut count) = (0, 0);
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        crate::say(&format!("xtask: claviger reads {} …", folder.display()));
        let mut files = Vec::new();
        files_below(folder, &mut files)?;
        count += files.len();
        bytes += files.iter().filter_map(|file| file.metadata().ok()).map(|m| m.len()).sum::<u64>();
        found.extend(Tool::Claviger.run(bench, folder)?);
    }
    let mut rules: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for finding in &found {
        let sure = usize::from(finding.confidence.is_some_and(|said| said >= 0.9));
        rules.entry(&finding.rule).or_default()[sure] += 1;
    }
    let lines = found.iter().map(|finding| {
        let Found { file, line, rule, values, confidence, .. } = finding;
        let said = confidence.unwrap_or_default();
        format!("{rule}\t{said:.2}\t{file}:{line}\t{}", values.join(" ").replace('\n', "⏎"))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    std::fs::write(bench.folder.join("accuracy-background.txt"), lines.join("\n"))?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 findings")]
    let figures = |[below, above]: [u64; 2]| vec![Some((below + above) as f64), Some(above as f64)];
    let rows = rules.into_iter().map(|(rule, counts)| Row {
        name: rule.to_owned(),
        role: Role::Ours,
        figures: figures(counts),
    });
    Ok(Section {
        bench: "accuracy",
        title: format!("{} MB in {count} files of installed packages", bytes / 1_000_000),
        columns: vec![column("findings", "findings", 0), column("sure", "0.9 or more", 0)],
        rows: rows.collect(),
        notes: vec!["every finding: `target/bench/accuracy-background.txt`".to_owned()],
    })
}
