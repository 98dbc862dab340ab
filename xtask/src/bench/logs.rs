//! `claviger logs` and `claviger replay` over large logs: events a second.

use std::path::Path;

use super::log_input::{self, Log};
use super::report::{Role, Row, Section};
use super::scan::{column, rate};
use super::timing::{self, Contender, Timed};
use super::{Args, Bench};
use crate::say;

/// Exit codes of a replay that was carried out: no alarm, alarms, something not read.
const REPLAYED: &[i32] = &[0, 1, 4];

/// Parses every line and forgets it, as the shortest script would.
const PYTHON: &str = "import json,sys\nfor line in open(sys.argv[1],'rb'): json.loads(line)";

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    say("xtask: writing the logs …");
    for log in log_input::write(bench, args)? {
        section(bench, args, &log)?.print(args.format)?;
    }
    Ok(())
}

fn section(bench: &Bench, args: &Args, log: &Log) -> anyhow::Result<Section> {
    let contenders = contenders(bench, log);
    say(&format!("xtask: timing {} …", log.name));
    let timed = timing::race(&contenders, args.runs, &bench.folder)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let (lines, megabytes) = (log.lines as f64, log.bytes as f64 / 1e6);
    let rows = contenders.iter().zip(&timed).map(|(contender, timed)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: vec![
            rate(lines, &timed.wall_s),
            rate(megabytes, &timed.wall_s),
            timed.wall_s.median(),
            timed.wall_s.min(),
            timed.wall_s.max(),
            timed.cpu_s.median(),
            timed.peak_mb.max(),
        ],
    });
    let rows: Vec<Row> = rows.collect();
    let mut notes = vec![
        format!("lines from {}; {} runs in turn, medians", log.origin, args.runs),
        "output goes to a file; `replay` keeps all events to judge them in the order of time"
            .to_owned(),
    ];
    notes.extend(verdicts(&contenders, &timed));
    Ok(Section {
        bench: "logs",
        title: format!("{}, {} lines, {megabytes:.0} MB", log.name, log.lines),
        columns: vec![
            column("events_per_s", "events/s", 0),
            column("mb_per_s", "MB/s", 1),
            column("wall_s_median", "wall s", 2),
            column("wall_s_min", "min", 2),
            column("wall_s_max", "max", 2),
            column("cpu_s_median", "CPU s", 2),
            column("peak_mb_max", "peak MB", 1),
        ],
        rows,
        notes,
    })
}

fn contenders(bench: &Bench, log: &Log) -> Vec<Contender> {
    let path = log.path.display().to_string();
    let mut contenders = vec![
        Contender::new(Role::Ours, "claviger logs", &bench.claviger, &["logs", &path])
            .ending_with(&[0, 4]),
        Contender::new(
            Role::Ours,
            "claviger replay",
            &bench.claviger,
            &["replay", "--format", "jsonl", &path],
        )
        .ending_with(REPLAYED),
        Contender::new(Role::Limit, "wc -l", "wc", &["-l", &path]),
    ];
    if !log.is_json {
        let count = ["{ keys[$(NF-1)]++ } END { for (key in keys) print key, keys[key] }", &path];
        contenders.push(Contender::new(Role::Peer, "awk, requests a key", "awk", &count));
        return contenders;
    }
    let parse = ["limit", "json", &path];
    contenders.push(Contender::new(Role::Limit, "serde_json to a value", &bench.xtask, &parse));
    if timing::is_installed("jq") {
        contenders.push(Contender::new(Role::Peer, "jq -c .", "jq", &["-c", ".", &path]));
    }
    if timing::is_installed("python3") {
        contenders.push(Contender::new(
            Role::Peer,
            "python3 json.loads",
            "python3",
            &["-c", PYTHON, &path],
        ));
    }
    contenders
}

/// What our own commands said last: events, rejected, keys, alarms.
fn verdicts<'a>(
    contenders: &'a [Contender],
    timed: &'a [Timed],
) -> impl Iterator<Item = String> + 'a {
    let ours = contenders.iter().zip(timed).filter(|(contender, _)| contender.role == Role::Ours);
    ours.map(|(contender, timed)| {
        format!("{}: {}", contender.name, timed.said.lines().last().unwrap_or("said nothing"))
    })
}

/// The size of a file.
pub(super) fn size(path: &Path) -> anyhow::Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}
