//! `claviger logs` and `claviger replay` over large logs, and parsing alone: events a second of CPU time.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

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

/// Counts the events of each key, which reads every record.
const DUCKDB_JSON: &str = "import duckdb,sys
duckdb.sql(\"SET threads=1\")
duckdb.sql(\"SELECT userIdentity.accessKeyId, count(*) FROM read_json(?, format='newline_delimited', \
columns={'eventTime':'VARCHAR','eventName':'VARCHAR','eventID':'VARCHAR',\
'userIdentity':'STRUCT(accessKeyId VARCHAR)'}) GROUP BY 1\", params=[sys.argv[1]]).fetchall()";

/// The same of lines: cut at spaces and quotes, all fields as text.
const DUCKDB_CSV: &str = "import duckdb,sys
duckdb.sql(\"SET threads=1\")
duckdb.sql(\"SELECT count(c12), max(c5) FROM read_csv(?, delim=' ', quote='\\\"', header=false, \
all_varchar=true, auto_detect=false, null_padding=true, ignore_errors=true, strict_mode=false, \
columns=\" + str({'c%d' % n: 'VARCHAR' for n in range(40)}) + \")\", params=[sys.argv[1]]).fetchall()";

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let parser = build(bench)?;
    say("xtask: writing the logs …");
    for log in log_input::write(bench, args)? {
        section(bench, args, &parser, &log)?.print(args.format)?;
    }
    Ok(())
}

/// Builds the example that parses and does nothing else. Gives its path.
fn build(bench: &Bench) -> anyhow::Result<String> {
    say("xtask: building the parser for release …");
    let target = bench.folder.parent().context("the folder of the bench lies nowhere")?;
    let built = Command::new(super::cargo())
        .args(["build", "--release", "--locked", "--quiet", "--package", "claviger-watch"])
        .args(["--example", "parse_logs", "--target-dir"])
        .arg(target)
        .stdin(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    if !built.success() {
        bail!("the parser could not be built");
    }
    Ok(target.join("release/examples/parse_logs").display().to_string())
}

fn section(bench: &Bench, args: &Args, parser: &str, log: &Log) -> anyhow::Result<Section> {
    let contenders = contenders(bench, parser, log)?;
    say(&format!("xtask: timing {} …", log.name));
    let timed = timing::race(&contenders, args.runs, &bench.folder)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let (lines, megabytes) = (log.lines as f64, log.bytes as f64 / 1e6);
    let rows = contenders.iter().zip(&timed).map(|(contender, timed)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: vec![
            rate(lines, &timed.cpu_s),
            rate(megabytes, &timed.cpu_s),
            timed.cpu_s.median(),
            timed.cpu_s.min(),
            timed.wall_s.median(),
            timed.peak_mb.max(),
        ],
    });
    let rows: Vec<Row> = rows.collect();
    let mut notes = vec![
        format!("lines from {}; {} runs in turn, medians", log.origin, args.runs),
        "output goes to a file; `replay` keeps all events to judge them in the order of time"
            .to_owned(),
    ];
    notes.extend(instructions(parser, log));
    notes.extend(verdicts(&contenders, &timed));
    Ok(Section {
        bench: "logs",
        title: format!("{}, {} lines, {megabytes:.0} MB", log.name, log.lines),
        columns: vec![
            column("events_per_cpu_s", "events/CPU s", 0),
            column("mb_per_cpu_s", "MB/CPU s", 1),
            column("cpu_s_median", "CPU s", 2),
            column("cpu_s_min", "min", 2),
            column("wall_s_median", "wall s", 2),
            column("peak_mb_max", "peak MB", 1),
        ],
        rows,
        notes,
    })
}

fn contenders(bench: &Bench, parser: &str, log: &Log) -> anyhow::Result<Vec<Contender>> {
    let path = log.path.display().to_string();
    let files = if log.is_packed { files_of(&log.path)? } else { vec![path.clone()] };
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut contenders = vec![
        Contender::new(Role::Ours, "parsing alone", parser, &files),
        Contender::new(Role::Ours, "claviger logs", &bench.claviger, &["logs", &path])
            .ending_with(&[0, 4]),
        Contender::new(
            Role::Ours,
            "claviger replay",
            &bench.claviger,
            &["replay", "--format", "jsonl", &path],
        )
        .ending_with(REPLAYED),
    ];
    if log.is_packed {
        let gzip = [&["-dc"], &files[..]].concat();
        contenders.push(Contender::new(Role::Limit, "gzip -dc", "gzip", &gzip));
        let limits = [
            ("inflate", "libdeflate alone"),
            ("packed-sonic", "libdeflate, sonic-rs to a value"),
            ("packed-json", "libdeflate, serde_json to a value"),
        ];
        contenders.extend(limits.map(|(work, name)| {
            Contender::new(Role::Limit, name, &bench.xtask, &["limit", work, &path])
        }));
        return Ok(contenders);
    }
    contenders.push(Contender::new(Role::Limit, "wc -l", "wc", &["-l", &path]));
    let limits: &[(&str, &str)] = match log.is_json {
        true => &[("sonic", "sonic-rs to a value"), ("json", "serde_json to a value")],
        false => &[("split", "memchr, every space and quote")],
    };
    contenders.extend(limits.iter().map(|(work, name)| {
        Contender::new(Role::Limit, name, &bench.xtask, &["limit", work, &path])
    }));
    contenders.extend(peers(log, &path));
    Ok(contenders)
}

/// Other programs that read the log. Vector, which ships logs, is in no registry of packages.
fn peers(log: &Log, path: &str) -> Vec<Contender> {
    let mut peers = Vec::new();
    let duckdb = if log.is_json { DUCKDB_JSON } else { DUCKDB_CSV };
    if let Some(python) = crate::parts::python_with("duckdb") {
        let python = python.display().to_string();
        peers.push(Contender::new(
            Role::Peer,
            "DuckDB, events a key",
            &python,
            &["-c", duckdb, path],
        ));
    }
    if !log.is_json {
        let count = ["{ keys[$(NF-1)]++ } END { for (key in keys) print key, keys[key] }", path];
        peers.push(Contender::new(Role::Peer, "awk, requests a key", "awk", &count));
        return peers;
    }
    if timing::is_installed("jq") {
        peers.push(Contender::new(Role::Peer, "jq -c .", "jq", &["-c", ".", path]));
    }
    if timing::is_installed("python3") {
        let script = ["-c", PYTHON, path];
        peers.push(Contender::new(Role::Peer, "python3 json.loads", "python3", &script));
    }
    peers
}

fn files_of(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    super::limit::files_below(folder, &mut files)?;
    Ok(files.iter().map(|file| file.display().to_string()).collect())
}

/// Instructions that parsing a line takes: the same on a busy machine, so that a change shows.
fn instructions(parser: &str, log: &Log) -> Option<String> {
    if log.is_packed || !timing::is_installed("valgrind") {
        return None;
    }
    let sample = log.path.with_extension("sample");
    let text = std::fs::read_to_string(&log.path).ok()?;
    let lines: Vec<&str> = text.lines().take(INSTRUCTION_LINES).collect();
    let count = |lines: &[&str]| {
        std::fs::write(&sample, lines.join("\n")).ok()?;
        let ran = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(parser)
            .arg(&sample)
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        let (_, collected) = said.split_once("Collected : ")?;
        collected.split_whitespace().next()?.parse::<u64>().ok()
    };
    let (few, all) = lines.split_at_checked(lines.len() / 4)?;
    let more = count(&lines)?.checked_sub(count(few)?)?;
    let each = more.checked_div(all.len() as u64)?;
    Some(format!("parsing alone takes {each} instructions a line (callgrind)"))
}

/// Lines that instructions are counted over: it is fifty times slower than running.
const INSTRUCTION_LINES: usize = 20_000;

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
