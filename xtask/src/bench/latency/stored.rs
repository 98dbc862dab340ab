//! From a log line sent to its alarm stored, while other lines come by the ten thousand; and from the start of a
//! service that knows a million keys to its first alarm.

mod probes;
mod way;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::service::{Service, Settings};
use super::{columns, row};
use crate::bench::report::{Role, Section};
use crate::bench::statistics::Spread;
use crate::bench::{Args, Bench};
use crate::say;
use probes::Probes;
use way::{Way, line};

/// Lines a second that come meanwhile.
const RATES: [u64; 3] = [0, 10_000, 50_000];

/// How long each load lasts, and how often a leaked key is used in it.
const SECONDS: u64 = 15;
const USE_EVERY: Duration = Duration::from_millis(150);

/// Keys that the other lines name.
const KEYS: u64 = 2_000;

/// Keys that the service knows when it is started again, unless told otherwise.
const KNOWN_KEYS: u64 = 1_000_000;

/// How often lines are sent: collectors gather about so long.
const TICK: Duration = Duration::from_millis(50);

/// Longest wait for the last alarms.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lines of one delivery while keys are made.
const FILL_LINES: u64 = 20_000;

/// Runs the bench.
pub(super) fn run(bench: &Bench, args: &Args) -> anyhow::Result<()> {
    let mut service = Service::start(&bench.claviger, &bench.folder, Settings::default())?;
    let count = RATES.len() as u64 * 2 * (SECONDS * 1_000 / 150) + 16;
    let probes = Probes::leak(&service, count)?;
    let mut rows = Vec::new();
    rows.push(row(Role::Limit, "write and fsync of one line", limit(&bench.folder)?));
    let mut notes = Vec::new();
    let way = Way::push(&service)?;
    let file = Way::file(&service, &bench.folder)?;
    for way in [&way, &file] {
        for rate in RATES {
            let name = format!("{}: line → alarm stored, {rate} lines/s beside it", way.name());
            say(&format!("xtask: {name} …"));
            let measured = measure(&service, &probes, way, rate)?;
            rows.push(row(Role::Ours, &name, Spread::of(measured.ms)));
            if measured.untold > 0 {
                notes.push(format!(
                    "{}, {rate} lines/s: {} uses raised no alarm within {} s",
                    way.name(),
                    measured.untold,
                    PATIENCE.as_secs()
                ));
            }
            if rate > 0 {
                notes.push(format!(
                    "{}: {} of {rate} lines/s were taken",
                    way.name(),
                    measured.taken
                ));
            }
        }
    }
    let title = "line sent → alarm stored, as the live stream tells it".to_owned();
    Section { bench: "latency", title, columns: columns(), rows, notes }.print(args.format)?;
    restart(bench, args, (&mut service, &way), &probes)
}

/// What was measured under one load.
struct Measured {
    ms: Vec<f64>,
    /// Uses whose alarm was not told within the patience.
    untold: usize,
    /// Lines a second that were taken.
    taken: u64,
}

fn measure(service: &Service, probes: &Probes, way: &Way, rate: u64) -> anyhow::Result<Measured> {
    let ended = AtomicBool::new(false);
    let before = lines_of(service, way)?;
    let begun = Instant::now();
    let used = std::thread::scope(|scope| {
        for sender in 0..2 {
            let ended = &ended;
            scope.spawn(move || load(way, rate / 2, sender, ended));
        }
        let used = use_now_and_then(probes, way);
        ended.store(true, Ordering::Relaxed);
        used
    })?;
    let seconds = begun.elapsed().as_secs().max(1);
    let taken = (lines_of(service, way)? - before) / seconds;
    let (ms, untold) = told_after(probes, &used);
    Ok(Measured { ms, untold, taken })
}

/// Lines that a source has taken so far.
fn lines_of(service: &Service, way: &Way) -> anyhow::Result<u64> {
    let name = if matches!(way, Way::Push { .. }) { "pushed" } else { "followed" };
    let all = service.get("/api/v1/sources")?;
    let found = all.as_array().into_iter().flatten().find(|source| source["name"] == name);
    Ok(found.and_then(|source| source["lines"].as_u64()).unwrap_or_default())
}

/// Risk events of the keys that were used, and when each line was sent first.
type Used<'a> = Vec<(&'a str, Instant)>;

fn use_now_and_then<'a>(probes: &'a Probes, way: &Way) -> anyhow::Result<Used<'a>> {
    let begun = Instant::now();
    let mut used = Used::new();
    while begun.elapsed() < Duration::from_secs(SECONDS) {
        std::thread::sleep(USE_EVERY);
        let (key, event) = probes.take()?;
        let sent = Instant::now();
        send_until_taken(way, &line(key, used.len() as u64))?;
        used.push((event, sent));
    }
    Ok(used)
}

/// Sends lines again while they are turned away for want of room.
fn send_until_taken(way: &Way, lines: &str) -> anyhow::Result<()> {
    while !way.send(lines, true)? {
        std::thread::sleep(TICK);
    }
    Ok(())
}

/// Milliseconds from each use to its alarm, and how many uses have none.
fn told_after(probes: &Probes, used: &Used<'_>) -> (Vec<f64>, usize) {
    let until = Instant::now() + PATIENCE;
    let told = used.iter().filter_map(|(event, sent)| {
        let at = probes.wait(event, *sent, until)?;
        Some(at.duration_since(*sent).as_secs_f64() * 1_000.0)
    });
    let ms: Vec<f64> = told.collect();
    let untold = used.len() - ms.len();
    (ms, untold)
}

/// Sends lines of many keys at a rate until told to end.
fn load(way: &Way, rate: u64, sender: u64, ended: &AtomicBool) {
    let mut number = sender << 40;
    let begun = Instant::now();
    let mut sent = 0;
    while rate > 0 && !ended.load(Ordering::Relaxed) {
        let due = u64::try_from(begun.elapsed().as_millis()).unwrap_or_default() * rate / 1_000;
        let mut lines = String::new();
        while sent < due {
            lines.push_str(&line(&format!("LTAI5tBenchKey{:010}", number % KEYS), number));
            number += 1;
            sent += 1;
        }
        // A refusal is pressure that is told in the lines taken.
        if !lines.is_empty() && way.send(&lines, false).is_err() {
            return;
        }
        std::thread::sleep(TICK);
    }
}

fn limit(folder: &Path) -> anyhow::Result<Spread> {
    let path = folder.join("fsync.log");
    let mut file = File::create(&path)?;
    let mut ms = Vec::new();
    for number in 0..100 {
        let begun = Instant::now();
        file.write_all(line("LTAI5tBenchLimit", number).as_bytes())?;
        file.sync_data()?;
        ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    std::fs::remove_file(path)?;
    Ok(Spread::of(ms))
}

/// Makes keys until there are so many, starts the service anew, and uses a leaked one.
fn restart(
    bench: &Bench,
    args: &Args,
    (service, way): (&mut Service, &Way),
    probes: &Probes,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut made = 0;
    let keys = args.keys.unwrap_or(KNOWN_KEYS);
    while made < keys {
        let mut lines = String::new();
        for number in made..(made + FILL_LINES).min(keys) {
            lines.push_str(&line(&format!("LTAI5tBenchMany{number:010}"), number));
        }
        // Turned away while there is no room: sent again.
        while !way.send(&lines, false)? {
            std::thread::sleep(TICK);
        }
        made += FILL_LINES;
        if made % 200_000 == 0 {
            say(&format!("xtask: {made} keys …"));
        }
    }
    let filled = begun.elapsed();
    let per_second = made.min(keys).checked_div(filled.as_secs()).unwrap_or(made);
    let full_kib = service.memory_kib()?;
    service.kill()?;
    let begun = Instant::now();
    service.start_again()?;
    let answered = begun.elapsed();
    probes.listen(service)?;
    let way = way.at(service);
    let (key, event) = probes.take()?;
    let sent = Instant::now();
    send_until_taken(&way, &line(key, 1))?;
    let at = probes.wait(event, sent, sent + PATIENCE);
    let at = at.context("the use after the restart raised no alarm")?;
    let first = at.duration_since(begun);
    let bytes = std::fs::metadata(bench.folder.join("data/claviger.db"))?.len();
    say(&format!(
        "{} keys: made in {:.1} s ({per_second} keys/s), database {} MB, service {} MB of memory; killed and \
         started: answers after {} ms, the first alarm stored after {} ms, then {} MB of memory",
        keys,
        filled.as_secs_f64(),
        bytes >> 20,
        full_kib >> 10,
        answered.as_millis(),
        first.as_millis(),
        service.memory_kib()? >> 10,
    ));
    Ok(())
}
