//! Many small files: how many a second of the processor, on one thread and on all.

use super::peers::PEER_SCANNED;
use super::{SCANNED, column, rate};
use crate::bench::accuracy::Tool;
use crate::bench::corpus::Corpus;
use crate::bench::report::{Role, Row, Section};
use crate::bench::timing::{self, Contender};
use crate::bench::{Args, Bench};
use crate::say;

/// The files of the packages that this workspace is built from, beside other scanners.
pub(super) fn files(bench: &Bench, args: &Args, corpus: &Corpus) -> anyhow::Result<Section> {
    say("xtask: timing many small files …");
    let mut section = Section {
        bench: "scan",
        title: "many small files".to_owned(),
        columns: vec![
            column("files_per_cpu_s", "files/CPU s", 0),
            column("files_per_s", "files/s", 0),
            column("cpu_s_median", "CPU s", 2),
            column("peak_mb_max", "peak MB", 1),
        ],
        rows: Vec::new(),
        notes: Vec::new(),
    };
    let Some(part) = corpus.parts.iter().find(|part| part.name == "source") else {
        return Ok(section);
    };
    let mut files = Vec::new();
    crate::bench::limit::files_below(&part.folder, &mut files)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let (count, bytes) = (files.len() as f64, part.bytes as f64);
    let mean = bytes / count / 1e3;
    section.notes.push(format!("{count} files of source code, {mean:.1} kB in the mean"));
    let contenders = contenders(bench, &part.folder);
    let timed = timing::race(&contenders, args.runs, &bench.folder)?;
    section.rows.extend(contenders.iter().zip(&timed).map(|(contender, timed)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: vec![
            rate(count, &timed.cpu_s),
            rate(count, &timed.wall_s),
            timed.cpu_s.median(),
            timed.peak_mb.max(),
        ],
    }));
    Ok(section)
}

fn contenders(bench: &Bench, folder: &std::path::Path) -> Vec<Contender> {
    let path = folder.display().to_string();
    let all = ["scan", "--format", "jsonl", &path];
    let one = [&all[..], &["--threads", "1"]].concat();
    let alone = [&one[..], &["--no-data-types"]].concat();
    let ours = |name: &str, arguments: &[&str]| {
        Contender::new(Role::Ours, name, &bench.claviger, arguments).ending_with(SCANNED)
    };
    let mut contenders = vec![
        ours("claviger scan, credentials alone, 1 thread", &alone),
        ours("claviger scan, 1 thread", &one),
        ours("claviger scan, all threads", &all),
        Contender::new(Role::Limit, "reading alone", &bench.xtask, &["limit", "read", &path]),
    ];
    for tool in [Tool::Kingfisher, Tool::Gitleaks] {
        let (program, arguments) = tool.command(bench, folder);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let peer = Contender::new(Role::Peer, tool.name(), &program, &arguments);
        contenders.push(peer.ending_with(PEER_SCANNED));
    }
    contenders
}
