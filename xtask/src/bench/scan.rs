//! `claviger scan` over a corpus: how fast, with how much memory, and whether it finds what is there.

mod many;
mod peers;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::process::{Command, Stdio};

use anyhow::Context;
use serde_json::Value;

use super::corpus::{Corpus, Part};
use super::report::{Column, Role, Row, Section};
use super::statistics::Spread;
use super::timing::{self, Contender, Timed};
use super::{Args, Bench};
use crate::say;

/// Exit codes of a scan that was carried out: clean, findings, something not read.
const SCANNED: &[i32] = &[0, 1, 4];

/// Exit codes of a search that was carried out: found, not found.
const SEARCHED: &[i32] = &[0, 1];

/// Ids of key pairs, as a search program takes them: ids alone, with no secret that belongs to them.
const KEY_IDS: &str =
    r"LTAI[0-9A-Za-z]{12,20}|STS\.[0-9A-Za-z]{20,40}|(AKIA|ABIA|ACCA|ASIA|A3T[0-9A-Z])[A-Z2-7]{16}";

/// Mail addresses and mobile numbers beside them.
const PERSONAL: &str = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}|\b1[3-9][0-9]{9}\b|\b[0-9]{17}[0-9X]\b";

/// Size of the corpus unless the arguments say otherwise: more than 1 GiB.
const MEGABYTES: u64 = 1_100;

/// How often the start alone is timed: it is short.
const STARTS: usize = 20;

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    say("xtask: writing the corpus …");
    let megabytes = args.megabytes.unwrap_or(MEGABYTES);
    let corpus = Corpus::write(&bench.folder.join("corpus"), args.seed(), megabytes)?;
    whole(bench, args, &corpus)?.print(args.format)?;
    peers::beside(bench, args, &corpus)?.print(args.format)?;
    many::files(bench, args, &corpus)?.print(args.format)?;
    by_kind(bench, args, &corpus)?.print(args.format)?;
    peers::instructions(bench, &corpus)?.print(args.format)?;
    peers::endless(bench, &corpus)?.print(args.format)?;
    found(bench, &corpus)?.print(args.format)?;
    start(bench)?.print(args.format)?;
    Ok(())
}

/// The whole corpus, beside limits and peers.
fn whole(bench: &Bench, args: &Args, corpus: &Corpus) -> anyhow::Result<Section> {
    let path = corpus.folder.display().to_string();
    let mut notes = vec![
        format!(
            "seed {}, {} runs in turn, medians; {} processors",
            args.seed(),
            args.runs,
            bench.processors
        ),
        "MB are 10^6 bytes on disk; archives are unpacked by claviger alone".to_owned(),
        "the searches look for ids: no secret, no pairing, no check of a match".to_owned(),
    ];
    let mut contenders = contenders(bench, &path);
    if bench.has_program("rg", "ripgrep") {
        contenders.extend(searches(&path));
    } else {
        notes.push(
            "ripgrep is not installed: `apt-get install ripgrep` adds it as a peer".to_owned(),
        );
    }
    say("xtask: timing the whole corpus …");
    let timed = timing::race(&contenders, args.runs, &bench.folder)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
    let megabytes = corpus.bytes() as f64 / 1e6;
    let columns = vec![
        column("mb_per_s", "MB/s", 1),
        column("mb_per_cpu_s", "MB/CPU s", 1),
        column("wall_s_median", "wall s", 2),
        column("wall_s_min", "min", 2),
        column("wall_s_max", "max", 2),
        column("cpu_s_median", "CPU s", 2),
        column("peak_mb_max", "peak MB", 1),
    ];
    let rows = contenders.iter().zip(&timed).map(|(contender, timed)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: vec![
            rate(megabytes, &timed.wall_s),
            rate(megabytes, &timed.cpu_s),
            timed.wall_s.median(),
            timed.wall_s.min(),
            timed.wall_s.max(),
            timed.cpu_s.median(),
            timed.peak_mb.max(),
        ],
    });
    let title = format!("{megabytes:.0} MB on disk, {} key pairs planted", corpus.planted.len());
    Ok(Section { bench: "scan", title, columns, rows: rows.collect(), notes })
}

/// Claviger, what this machine cannot go below, and a search program that is everywhere.
fn contenders(bench: &Bench, path: &str) -> Vec<Contender> {
    let scan = ["scan", "--format", "jsonl", path];
    let one = ["scan", "--format", "jsonl", "--threads", "1", path];
    let plain = ["scan", "--format", "jsonl", "--no-data-types", "--threads", "1", path];
    vec![
        Contender::new(Role::Ours, "claviger scan, credentials alone", &bench.claviger, &plain)
            .ending_with(SCANNED),
        Contender::new(Role::Ours, "claviger scan, 1 thread", &bench.claviger, &one)
            .ending_with(SCANNED),
        Contender::new(Role::Ours, "claviger scan, all threads", &bench.claviger, &scan)
            .ending_with(SCANNED),
        Contender::new(Role::Limit, "reading alone", &bench.xtask, &["limit", "read", path]),
        Contender::new(Role::Limit, "one memchr pass", &bench.xtask, &["limit", "memchr", path]),
        Contender::new(
            Role::Peer,
            "grep -E, key ids alone",
            "grep",
            &["-r", "-a", "-c", "-E", KEY_IDS, path],
        )
        .ending_with(SEARCHED),
    ]
}

/// A fast search program with the same expressions.
fn searches(path: &str) -> impl Iterator<Item = Contender> {
    let searches: [(&str, &[&str]); 3] = [
        ("rg, key ids alone, 1 thread", &["-j1", "-e", KEY_IDS]),
        ("rg, key ids alone, all threads", &["-e", KEY_IDS]),
        ("rg, key ids, mail, phone, id numbers, 1 thread", &["-j1", "-e", KEY_IDS, "-e", PERSONAL]),
    ];
    searches.into_iter().map(move |(name, pattern)| {
        let flags = [&["-a", "-uuu", "-c"], pattern, &[path]].concat();
        Contender::new(Role::Peer, name, "rg", &flags).ending_with(SEARCHED)
    })
}

/// Each kind of content by itself, so that the dear one shows.
fn by_kind(bench: &Bench, args: &Args, corpus: &Corpus) -> anyhow::Result<Section> {
    say("xtask: timing each kind of content …");
    let mut contenders = Vec::new();
    let mut parts: Vec<&Part> = Vec::new();
    for part in &corpus.parts {
        let path = part.folder.display().to_string();
        let scan = ["scan", "--format", "jsonl", "--threads", "1", &path];
        let name = format!("claviger scan, {}", part.name);
        contenders
            .push(Contender::new(Role::Ours, &name, &bench.claviger, &scan).ending_with(SCANNED));
        parts.push(part);
        if part.name == "gzip" {
            let unpack = ["-d", "-c", "-r", &path];
            contenders.push(Contender::new(
                Role::Limit,
                "gzip -dc, the same files",
                "gzip",
                &unpack,
            ));
            parts.push(part);
        }
    }
    let timed = timing::race(&contenders, args.runs, &bench.folder)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
    let figures = |part: &Part, timed: &Timed| {
        let (disk, content) = (part.bytes as f64 / 1e6, part.content_bytes as f64 / 1e6);
        vec![
            Some(disk),
            Some(content),
            rate(disk, &timed.wall_s),
            rate(content, &timed.wall_s),
            timed.wall_s.median(),
            timed.peak_mb.max(),
        ]
    };
    let rows = contenders.iter().zip(&timed).zip(parts).map(|((contender, timed), part)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: figures(part, timed),
    });
    Ok(Section {
        bench: "scan",
        title: "each kind of content, 1 thread".to_owned(),
        columns: vec![
            column("disk_mb", "MB on disk", 1),
            column("content_mb", "MB unpacked", 1),
            column("mb_per_s", "MB/s", 1),
            column("content_mb_per_s", "unpacked MB/s", 1),
            column("wall_s_median", "wall s", 2),
            column("peak_mb_max", "peak MB", 1),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    })
}

/// What was planted and what was found.
fn found(bench: &Bench, corpus: &Corpus) -> anyhow::Result<Section> {
    let output = Command::new(&bench.claviger)
        .args(["scan", "--format", "jsonl", "--reveal"])
        .arg(&corpus.folder)
        .stdin(Stdio::null())
        .output()
        .context("cannot start the scan")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let findings = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let mut pairs: HashMap<&str, Option<&str>> = HashMap::new();
    let mut values: BTreeMap<&str, u64> = BTreeMap::new();
    let in_source = |finding: &Value| {
        let uri = finding["location"]["uri"].as_str().unwrap_or_default();
        uri.contains("/corpus/source/")
    };
    for finding in &findings {
        match finding["access_key_id"].as_str() {
            Some(id) => {
                let secret = pairs.entry(id).or_default();
                *secret = secret.or(finding["secret"]["value"].as_str());
            }
            None if in_source(finding) => {}
            None => {
                let rule = finding["rule"].as_str().unwrap_or_default();
                *values.entry(rule).or_default() += finding["count"].as_u64().unwrap_or(1);
            }
        }
    }
    let right = |pair: &&super::corpus::keys::Pair| {
        pairs.get(pair.id.as_str()).is_some_and(|secret| *secret == Some(pair.secret.as_str()))
    };
    let planted: HashSet<&str> = corpus.planted.iter().map(|pair| pair.id.as_str()).collect();
    let with_id = corpus.planted.iter().filter(|pair| pairs.contains_key(pair.id.as_str())).count();
    let paired = corpus.planted.iter().filter(right).count();
    let others = pairs.keys().filter(|id| !planted.contains(*id)).count();
    let mut rows = vec![
        counted("key ids", corpus.planted.len() as u64, with_id as u64),
        counted("key pairs with the right secret", corpus.planted.len() as u64, paired as u64),
        counted("key ids that were not planted", 0, others as u64),
    ];
    let rules: std::collections::BTreeSet<&str> =
        corpus.counts.keys().copied().chain(values.keys().copied()).collect();
    for rule in rules {
        let written = corpus.counts.get(rule).copied().unwrap_or_default();
        rows.push(counted(rule, written, values.get(rule).copied().unwrap_or_default()));
    }
    Ok(Section {
        bench: "scan",
        title: "written into the corpus, and found".to_owned(),
        columns: vec![column("written", "written", 0), column("found", "found", 0)],
        rows,
        notes: vec![
            "personal data: source code is left out of both, what it holds is not known".to_owned(),
        ],
    })
}

fn counted(name: &str, written: u64, found: u64) -> Row {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 values")]
    let figures = vec![Some(written as f64), Some(found as f64)];
    Row { name: name.to_owned(), role: Role::Ours, figures }
}

/// The start alone: an empty file, beside a program that does nothing.
fn start(bench: &Bench) -> anyhow::Result<Section> {
    let empty = bench.folder.join("empty");
    std::fs::write(&empty, "")?;
    let path = empty.display().to_string();
    let contenders = [
        Contender::new(
            Role::Ours,
            "claviger scan of an empty file",
            &bench.claviger,
            &["scan", &path],
        ),
        Contender::new(Role::Limit, "true", "true", &[]),
    ];
    let timed = timing::race(&contenders, STARTS, &bench.folder)?;
    let rows = contenders.iter().zip(&timed).map(|(contender, timed)| Row {
        name: contender.name.clone(),
        role: contender.role,
        figures: [timed.wall_s.median(), timed.wall_s.min(), timed.wall_s.max()]
            .map(|seconds| seconds.map(|seconds| seconds * 1000.0))
            .to_vec(),
    });
    Ok(Section {
        bench: "scan",
        title: format!("the start alone, {STARTS} runs"),
        columns: vec![
            column("wall_ms_median", "wall ms", 1),
            column("wall_ms_min", "min", 1),
            column("wall_ms_max", "max", 1),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    })
}

pub(super) fn column(key: &'static str, head: &'static str, digits: usize) -> Column {
    Column { key, head, digits }
}

/// So much in the median of so many seconds.
pub(super) fn rate(amount: f64, seconds: &Spread) -> Option<f64> {
    seconds.median().filter(|seconds| *seconds > 0.0).map(|seconds| amount / seconds)
}
