//! `claviger scan` beside other scanners on the same files, the instructions that it takes, and its memory under
//! a stream without end.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

use super::{SCANNED, column, rate};
use crate::bench::accuracy::{self, Tool};
use crate::bench::corpus::{Corpus, Part};
use crate::bench::report::{Role, Row, Section};
use crate::bench::timing::{self, Contender};
use crate::bench::{Args, Bench};
use crate::say;

/// Kinds of content that other scanners read as well.
const PLAIN: [&str; 4] = ["log", "json", "csv", "source"];
/// Exit codes of other scanners that mean that they scanned.
pub(super) const PEER_SCANNED: &[i32] = &[0, 200, 205];
/// Bytes of the stream that memory is measured with: 10 GiB.
const ENDLESS: u64 = 10 << 30;

fn plain(corpus: &Corpus) -> impl Iterator<Item = &Part> {
    corpus.parts.iter().filter(|part| PLAIN.contains(&part.name))
}

/// Each kind of plain content by itself: bytes a second of the processor, beside other scanners.
pub(super) fn beside(bench: &Bench, args: &Args, corpus: &Corpus) -> anyhow::Result<Section> {
    say("xtask: installing the peers …");
    accuracy::install(&bench.folder)?;
    say("xtask: timing claviger beside its peers …");
    let (mut contenders, mut parts) = (Vec::new(), Vec::new());
    for part in plain(corpus) {
        let path = part.folder.display().to_string();
        let scan = ["scan", "--format", "jsonl", "--threads", "1", &path];
        let alone = [&scan[..], &["--no-data-types"]].concat();
        let read = ["limit", "read", &path];
        let ours = |name: &str, arguments: &[&str]| {
            let name = format!("{}: claviger scan{name}", part.name);
            Contender::new(Role::Ours, &name, &bench.claviger, arguments).ending_with(SCANNED)
        };
        let limit = format!("{}: reading alone", part.name);
        contenders.extend([
            ours(", credentials alone", &alone),
            ours("", &scan),
            Contender::new(Role::Limit, &limit, &bench.xtask, &read),
        ]);
        for tool in [Tool::Kingfisher, Tool::Gitleaks] {
            let (program, arguments) = tool.command(bench, &part.folder);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let name = format!("{}: {}", part.name, tool.name());
            contenders.push(
                Contender::new(Role::Peer, &name, &program, &arguments).ending_with(PEER_SCANNED),
            );
        }
        parts.extend(std::iter::repeat_n(part, 5));
    }
    let timed = timing::race(&contenders, args.runs, &bench.folder)?;
    let rows = contenders.iter().zip(&timed).zip(parts).map(|((contender, timed), part)| {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
        let megabytes = part.bytes as f64 / 1e6;
        Row {
            name: contender.name.clone(),
            role: contender.role,
            figures: vec![
                rate(megabytes, &timed.cpu_s),
                rate(megabytes, &timed.wall_s),
                timed.cpu_s.median(),
                timed.peak_mb.max(),
            ],
        }
    });
    Ok(Section {
        bench: "scan",
        title: "beside other scanners, claviger on 1 thread".to_owned(),
        columns: vec![
            column("mb_per_cpu_s", "MB/CPU s", 1),
            column("mb_per_s", "MB/s", 1),
            column("cpu_s_median", "CPU s", 2),
            column("peak_mb_max", "peak MB", 1),
        ],
        rows: rows.collect(),
        notes: vec!["peers use all processors; none of them looks for data types".to_owned()],
    })
}

/// Instructions a byte of one file of each kind, the start left out: what a busy machine does not change.
pub(super) fn instructions(bench: &Bench, corpus: &Corpus) -> anyhow::Result<Section> {
    let mut section = Section {
        bench: "scan",
        title: "instructions a byte, the start left out".to_owned(),
        columns: vec![
            column("credentials", "credentials alone", 2),
            column("all", "with data types", 2),
        ],
        rows: Vec::new(),
        notes: vec!["by callgrind, which knows AVX2 and not AVX-512".to_owned()],
    };
    if !bench.has_program("valgrind", "valgrind") {
        section.notes.push("valgrind is not installed".to_owned());
        return Ok(section);
    }
    say("xtask: counting instructions …");
    let empty = bench.folder.join("empty");
    std::fs::write(&empty, "")?;
    let kinds: [&[&str]; 2] = [&["--no-data-types"], &[]];
    for part in plain(corpus) {
        let mut files = Vec::new();
        crate::bench::limit::files_below(&part.folder, &mut files)?;
        let largest = files.iter().max_by_key(|file| file.metadata().map_or(0, |meta| meta.len()));
        let Some(file) = largest else { continue };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
        let bytes = file.metadata()?.len() as f64;
        let mut figures = Vec::new();
        for kind in kinds {
            let whole = counted(bench, kind, file)? - counted(bench, kind, &empty)?;
            figures.push(Some(whole / bytes));
        }
        section.rows.push(Row { name: part.name.to_owned(), role: Role::Ours, figures });
    }
    Ok(section)
}

/// Instructions of one scan.
fn counted(bench: &Bench, kind: &[&str], file: &Path) -> anyhow::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(&bench.claviger)
        .args(["scan", "--format", "jsonl", "--threads", "1"])
        .args(kind)
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .context("cannot start valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    line.and_then(|(_, number)| number.trim().parse().ok()).context("valgrind counted nothing")
}

/// What memory a stream of 10 GiB takes.
pub(super) fn endless(bench: &Bench, corpus: &Corpus) -> anyhow::Result<Section> {
    say("xtask: scanning a stream of 10 GiB …");
    let log = corpus.parts.iter().find(|part| part.name == "log").context("no logs")?;
    let contenders = [1, 2, 8].map(|threads| {
        let scan = format!(
            "exec '{}' scan --format jsonl --no-data-types --threads {threads} - \
             < <(while cat '{}'/*; do :; done | head -c {ENDLESS})",
            bench.claviger,
            log.folder.display()
        );
        let name = format!("claviger scan -, logs again and again, {threads} threads");
        Contender::new(Role::Ours, &name, "bash", &["-c", &scan]).ending_with(SCANNED)
    });
    let timed = timing::race(&contenders, 1, &bench.folder)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
    let megabytes = ENDLESS as f64 / 1e6;
    let rows = contenders.iter().zip(&timed).map(|(contender, timed)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: vec![
            timed.peak_mb.max(),
            rate(megabytes, &timed.cpu_s),
            rate(megabytes, &timed.wall_s),
        ],
    });
    Ok(Section {
        bench: "scan",
        title: "one stream of 10 GiB".to_owned(),
        columns: vec![
            column("peak_mb", "peak MB", 1),
            column("mb_per_cpu_s", "MB/CPU s", 1),
            column("mb_per_s", "MB/s", 1),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    })
}
