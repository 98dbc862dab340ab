//! The history: how many events a second it takes and what each costs on disk, how long one key's past is
//! looked for among all, and `DuckDB` at the same work.
//!
//! Made-up events shaped as OSS writes them; an example of the history's crate does each job in a process
//! of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::report::{Role, Row, Section};
use super::scan::{column, rate};
use super::timing::{self, Contender, Timed};
use super::{Args, Bench};
use crate::{parts, say};

/// Keys that are looked for, and as many that are not there.
const KEYS: &str = "200";

/// Events, unless told otherwise.
const EVENTS: u64 = 10_000_000;

/// Events for the comparison with another engine, which reads them as text.
const PEER_EVENTS: u64 = 1_000_000;

/// Loads lines of JSON as the history does: sorted by key and time, compressed alike, by one thread.
const LOAD: &str = "
import duckdb, os, sys
duckdb.sql('SET threads = 1')
duckdb.sql(f\"\"\"COPY (SELECT * FROM read_json('{sys.argv[1]}', format = 'newline_delimited')
    ORDER BY access_key_id, time, event_id) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)\"\"\")
print('bytes', os.path.getsize(sys.argv[2]), file=sys.stderr)
";

/// Looks for the same keys in the same files, by one thread, in an engine that is running.
const LOOK: &str = "
import duckdb, sys, time
engine = duckdb.connect()
engine.execute('SET threads = 1')
keys = open(sys.argv[1]).read().split()
query = f\"SELECT * FROM '{sys.argv[2]}/**/*.parquet' WHERE access_key_id = ? ORDER BY time DESC LIMIT 1000\"
words = []
for name, some in [('again', keys[:len(keys) // 2]), ('absent', keys[len(keys) // 2:])]:
    took, events = [], 0
    for key in some[:40]:
        started = time.perf_counter()
        events += len(engine.execute(query, [key]).fetchall())
        took.append((time.perf_counter() - started) * 1e3)
    took.sort()
    words += [name, events, took[len(took) // 2], took[len(took) * 99 // 100], took[-1]]
print(*words, file=sys.stderr)
";

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let program = build(bench)?;
    let folder = bench.folder.join("history");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let job = Job { bench, program, folder, python: parts::python_with("duckdb") };
    if job.python.is_none() {
        say("xtask: DuckDB is not installed, so nothing is beside: `cargo xtask test` installs it");
    }
    let events = args.events.unwrap_or(EVENTS);
    job.writing(events)?.print(args.format)?;
    job.looking(events)?.print(args.format)?;
    job.loading(events.min(PEER_EVENTS))?.print(args.format)?;
    std::fs::remove_dir_all(&job.folder)?;
    Ok(())
}

/// Builds the example. Gives its path.
fn build(bench: &Bench) -> anyhow::Result<String> {
    say("xtask: building the history for release …");
    let target = bench.folder.parent().context("the folder of the bench lies nowhere")?;
    let built = Command::new(super::cargo())
        .args(["build", "--release", "--locked", "--quiet", "--package", "claviger-history"])
        .args(["--example", "history_bench", "--target-dir"])
        .arg(target)
        .stdin(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    if !built.success() {
        bail!("the history could not be built");
    }
    Ok(target.join("release/examples/history_bench").display().to_string())
}

struct Job<'a> {
    bench: &'a Bench,
    program: String,
    folder: PathBuf,
    /// An interpreter that knows `DuckDB`.
    python: Option<PathBuf>,
}

impl Job<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn ours(&self, name: &str, arguments: &[&str]) -> Contender {
        Contender::new(Role::Ours, name, &self.program, arguments)
    }

    fn run(&self, contender: &Contender) -> anyhow::Result<Timed> {
        say(&format!("xtask: timing {} …", contender.name));
        let mut timed = timing::race(std::slice::from_ref(contender), 1, &self.bench.folder)?;
        timed.pop().context("nothing was timed")
    }

    /// In, into Parquet, and out again.
    fn writing(&self, events: u64) -> anyhow::Result<Section> {
        let (dir, count) = (self.path("big"), events.to_string());
        let made =
            Contender::new(Role::Limit, "making the events", &self.program, &["generate", &count]);
        let alone = self.run(&made)?;
        let written = self.run(&self.ours("append, durable", &["write", &count, &dir]))?;
        let compacted = self.run(&self.ours("compact into Parquet", &["compact", &dir]))?;
        let replayed = self.run(&self.ours("read all in the order of time", &["replay", &dir]))?;
        let made_s = alone.cpu_s.median().unwrap_or_default();
        let row = |name: &str, role, timed: &Timed, without_s: f64, has_bytes: bool| Row {
            name: name.to_owned(),
            role,
            figures: vec![
                timed.cpu_s.median().map(|cpu| number(events) / (cpu - without_s).max(0.01)),
                rate(number(events), &timed.wall_s),
                timed.cpu_s.median(),
                timed.wall_s.median(),
                timed.peak_mb.max(),
                told(timed, "bytes").filter(|_| has_bytes).map(|bytes| bytes / number(events)),
            ],
        };
        Ok(Section {
            bench: "history",
            title: format!("{events} events of 20,000 keys in {} days", days(events)),
            columns: vec![
                column("events_per_cpu_s", "events/CPU s", 0),
                column("events_per_s", "events/s", 0),
                column("cpu_s", "CPU s", 2),
                column("wall_s", "wall s", 2),
                column("peak_mb", "peak MB", 1),
                column("bytes_an_event", "bytes an event", 1),
            ],
            rows: vec![
                row("append, durable, in segments", Role::Ours, &written, made_s, true),
                row("compact into Parquet", Role::Ours, &compacted, 0.0, true),
                row("read all in the order of time", Role::Ours, &replayed, 0.0, false),
                row("making the events alone", Role::Limit, &alone, 0.0, false),
            ],
            notes: vec![
                "an append has 10,000 events; events/CPU s of appending is without making them"
                    .to_owned(),
                "8 bytes of each event are random digits of its request id, which nothing compresses"
                    .to_owned(),
            ],
        })
    }

    /// One key among all.
    fn looking(&self, events: u64) -> anyhow::Result<Section> {
        let dir = self.path("big");
        let ours = self.run(&self.ours("claviger, one key", &["lookup", KEYS, &dir]))?;
        let mut rows = Vec::new();
        for (name, word) in [
            ("claviger, a key for the first time", "first"),
            ("claviger, the same keys again", "again"),
            ("claviger, a key that is not there", "absent"),
            ("claviger, the first event of a key's whole past", "begin"),
            ("claviger, a key's whole past", "whole"),
        ] {
            rows.push(looked(name, Role::Ours, &ours, word));
        }
        let python = self.python.as_ref().map(|python| python.display().to_string());
        if let Some(python) = &python {
            let keys = Command::new(&self.program).args(["keys", KEYS]).output()?;
            std::fs::write(self.folder.join("keys"), keys.stdout)?;
            let arguments = ["-c", LOOK, &self.path("keys"), &dir];
            let peer =
                self.run(&Contender::new(Role::Peer, "duckdb, one key", python, &arguments))?;
            rows.push(looked("duckdb, a key, the same files", Role::Peer, &peer, "again"));
            rows.push(looked("duckdb, a key that is not there", Role::Peer, &peer, "absent"));
        }
        Ok(Section {
            bench: "history",
            title: format!("the latest 1,000 events of a key among {events}"),
            columns: vec![
                column("events", "events", 0),
                column("ms_p50", "p50 ms", 3),
                column("ms_p99", "p99", 3),
                column("ms_max", "max", 3),
            ],
            rows,
            notes: vec![format!("{KEYS} keys from the busiest to the rarest; duckdb: 40 of them")],
        })
    }

    /// From lines of JSON to Parquet.
    fn loading(&self, events: u64) -> anyhow::Result<Section> {
        let (file, count) = (self.path("events.jsonl"), events.to_string());
        self.run(&self.ours("writing the lines", &["jsonl", &count, &file]))?;
        let lines_bytes = super::logs::size(Path::new(&file))?;
        let dir = self.path("small");
        let mut contenders = vec![self.ours("claviger", &["import", &file, &dir])];
        if let Some(python) = &self.python {
            let out = self.path("duckdb.parquet");
            let arguments = ["-c", LOAD, &file, &out];
            let python = python.display().to_string();
            contenders.push(Contender::new(Role::Peer, "duckdb, 1 thread", &python, &arguments));
        }
        let mut rows = Vec::new();
        for contender in &contenders {
            let timed = self.run(contender)?;
            rows.push(Row {
                name: contender.name.clone(),
                role: contender.role,
                figures: vec![
                    rate(number(events), &timed.cpu_s),
                    rate(number(events), &timed.wall_s),
                    timed.cpu_s.median(),
                    timed.peak_mb.max(),
                    told(&timed, "bytes").map(|bytes| bytes / number(events)),
                ],
            });
        }
        Ok(Section {
            bench: "history",
            title: format!("{events} lines of JSON, {} MB, into Parquet", lines_bytes / 1_000_000),
            columns: vec![
                column("events_per_cpu_s", "events/CPU s", 0),
                column("events_per_s", "events/s", 0),
                column("cpu_s", "CPU s", 2),
                column("peak_mb", "peak MB", 1),
                column("bytes_an_event", "bytes an event", 1),
            ],
            rows,
            notes: vec![
                "claviger: parsed, durable in its log, in segments, then a file a day with an index; \
                 duckdb: one file"
                    .to_owned(),
            ],
        })
    }
}

/// The days that the example spreads so many events over.
fn days(events: u64) -> u64 {
    (events / 1_000_000).clamp(10, 90)
}

/// What a lookup told: `word events p50 p99 max`.
fn looked(name: &str, role: Role, timed: &Timed, word: &str) -> Row {
    let mut words = last_line(timed).split_whitespace().skip_while(|one| *one != word).skip(1);
    let figures = (0..4).map(|_| words.next().and_then(|one| one.parse().ok())).collect();
    Row { name: name.to_owned(), role, figures }
}

/// The figure behind a word of what a process said last.
fn told(timed: &Timed, word: &str) -> Option<f64> {
    let mut words = last_line(timed).split_whitespace().skip_while(|one| *one != word);
    words.nth(1)?.parse().ok()
}

fn last_line(timed: &Timed) -> &str {
    timed.said.lines().last().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}
