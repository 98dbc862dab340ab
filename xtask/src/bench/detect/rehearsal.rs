//! A theft in the practice cloud: real requests of Alibaba's own client, and the lines that the cloud wrote of them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp, civil::DateTime};
use serde_json::json;

use super::contest::DIALS;
use super::ours::{self, Setting};
use crate::bench::Bench;
use crate::bench::latency::practice::PracticeCloud;
use crate::bench::report::{Role, Row, Section};
use crate::bench::scan::column;
use crate::say;

const PROGRAM: &str = include_str!("rehearsal.py");
const BUCKET: &str = "orders";
const LOG_BUCKET: &str = "orders-logs";

/// Where the owner works, and where the thief does.
const OWNER: &str = "203.0.113.20";
const THIEF: &str = "95.216.14.88";

/// Requests of the owner, whose lines are told again for days before, and objects that the thief takes at most.
const WORK: usize = 60;
const LOOT: usize = 300;
const DAYS: u32 = 20;

/// The theft; `None` where Alibaba's client is not installed.
pub(super) fn run(bench: &Bench, folder: &Path) -> anyhow::Result<Option<Section>> {
    let Some(python) = crate::parts::python_with("oss2") else {
        say("xtask: no theft is rehearsed: `cargo xtask test` installs the client for it");
        return Ok(None);
    };
    let cloud = PracticeCloud::start(&bench.claviger, folder)?;
    cloud.make_bucket(BUCKET)?;
    cloud.make_bucket(LOG_BUCKET)?;
    for number in 0..LOOT {
        let name = format!("orders/day-{:02}/invoice-{}.json", number % 30, number / 30);
        cloud.put(BUCKET, &name, &[b'x'; 2000])?;
    }
    cloud.log_to(BUCKET, LOG_BUCKET, "log/")?;
    let key = cloud.make_user("billing-export")?;
    let act = |role: &str, source: &str, count: usize| {
        let (oss, _, _) = cloud.places();
        let status = Command::new(&python)
            .args(["-c", PROGRAM, role, &oss, BUCKET, &key.id, &key.secret, source])
            .arg(count.to_string())
            .stdin(Stdio::null())
            .status()
            .context("cannot start python")?;
        if status.success() { Ok(()) } else { bail!("the {role} broke off") }
    };
    act("owner", OWNER, WORK)?;
    let work = cloud.log_lines(LOG_BUCKET, WORK)?;
    let leaked_at = Timestamp::now();
    act("thief", THIEF, LOOT)?;
    let all = cloud.log_lines(LOG_BUCKET, work.len() + LOOT)?;
    let theft = all.iter().filter(|line| line.starts_with(THIEF)).count();
    let mut lines: Vec<String> = (1..=DAYS).rev().flat_map(|day| earlier(&work, day)).collect();
    lines.extend(all);
    let log = folder.join("rehearsal.log");
    std::fs::write(&log, lines.join("\n"))?;
    let leaks = folder.join("rehearsal-leaks.jsonl");
    let leak = json!({ "access_key_id": key.id, "leaked_at": leaked_at, "source": "public" });
    std::fs::write(&leaks, format!("{leak}\n"))?;
    judge(bench, &log, &leaks, theft).map(Some)
}

/// The same lines some days earlier, with request ids of their own.
fn earlier(lines: &[String], days: u32) -> Vec<String> {
    const FORM: &str = "%d/%b/%Y:%H:%M:%S";
    let again = |line: &String| {
        let (before, rest) = line.split_once('[')?;
        let (time, rest) = rest.split_once(']')?;
        let (clock, zone) = time.split_once(' ')?;
        let back = SignedDuration::from_hours(24 * i64::from(days));
        let clock = DateTime::strptime(FORM, clock).ok()?.checked_sub(back).ok()?;
        let is_id = |word: &&str| word.len() == 24 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let id = rest.split('"').find(is_id)?;
        let rest = rest.replacen(id, &format!("{days:04X}{}", &id[4..]), 1);
        Some(format!("{before}[{} {zone}]{rest}", clock.strftime(FORM)))
    };
    lines.iter().filter_map(again).collect()
}

fn judge(bench: &Bench, log: &Path, leaks: &Path, theft: usize) -> anyhow::Result<Section> {
    let text = std::fs::read_to_string(log)?;
    let by_thief: Vec<&str> = text.lines().filter(|line| line.starts_with(THIEF)).collect();
    let mut rows = Vec::new();
    for (word, leaks) in [("no leak known", None), ("leak known", Some(leaks))] {
        for alarms_a_day in DIALS {
            let setting = Setting { alarms_a_day, without: None };
            let alarms = ours::replay(&bench.claviger, &setting, leaks, std::iter::once(log))?;
            let is_true = |alarm: &&ours::Line| alarm.sources.iter().any(|source| source == THIEF);
            let first = alarms.iter().find(is_true);
            // The log has whole seconds: all requests until the end of that second count as lost.
            let lost = first.map(|alarm| {
                let until = alarm.time.as_second();
                by_thief.iter().filter(|line| second(line).is_some_and(|at| at <= until)).count()
            });
            #[expect(clippy::cast_precision_loss, reason = "a few hundred requests")]
            let figure = |count: usize| count as f64;
            let wrong = alarms.len() - alarms.iter().filter(is_true).count();
            rows.push(Row {
                name: format!("{word}, {alarms_a_day} alarms a day"),
                role: Role::Ours,
                figures: vec![
                    Some(figure(usize::from(first.is_some()))),
                    lost.map(figure),
                    lost.map(|lost| 100.0 * figure(lost) / figure(theft.max(1))),
                    Some(figure(wrong)),
                ],
            });
        }
    }
    Ok(Section {
        bench: "detect",
        title: format!("a theft in the practice cloud by Alibaba's own client, {theft} requests"),
        columns: vec![
            column("found", "found", 0),
            column("events", "requests", 0),
            column("bytes_percent", "% of them", 1),
            column("false_alarms", "false", 0),
        ],
        rows,
        notes: vec![format!(
            "the owner's real lines are told again on the {DAYS} days before; the whole second of the alarm counts \
             as lost, and the theft takes seconds"
        )],
    })
}

/// When a line of the log was written.
fn second(line: &str) -> Option<i64> {
    let (_, rest) = line.split_once('[')?;
    let (time, _) = rest.split_once(']')?;
    let time = jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", time).ok()?;
    Some(time.to_timestamp().ok()?.as_second())
}
