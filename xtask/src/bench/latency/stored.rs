//! From a log line sent to its alarm stored, while other lines come by the ten thousand; and from the start of a
//! service that knows a million keys to its first alarm.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;

use super::service::{Service, Settings, text, until};
use super::{columns, http, row};
use crate::bench::report::{Role, Section};
use crate::bench::statistics::Spread;
use crate::bench::{Args, Bench};
use crate::say;

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

/// The service has no more to say of the leaks when it was silent for so long.
const QUIET: Duration = Duration::from_secs(3);

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

/// Keys that are known to be leaked, each used once: a use raises an alarm at once.
struct Probes {
    /// Key and risk event.
    keys: Vec<(String, String)>,
    next: AtomicU64,
    seen: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
}

impl Probes {
    fn leak(service: &Service, count: u64) -> anyhow::Result<Self> {
        let mut lines = String::new();
        for number in 0..count {
            writeln!(lines, "{{\"access_key_id\":\"LTAI5tBenchLeak{number:09}\"}}")?;
        }
        service.post_text("/api/v1/intelligence", &lines)?;
        let mut keys = Vec::new();
        until("the leaks are known", || {
            let known = service.get("/api/v1/events?limit=1000")?;
            let all = known.as_array().context("no list")?;
            keys = all
                .iter()
                .map(|event| Ok((text(event, "access_key_id")?, text(event, "id")?)))
                .collect::<anyhow::Result<Vec<_>>>()?;
            Ok((keys.len() as u64 >= count).then_some(()))
        })?;
        let probes =
            Self { keys, next: AtomicU64::new(0), seen: Arc::new(Mutex::new(HashMap::new())) };
        probes.listen(service)?;
        probes.wait_for_quiet();
        Ok(probes)
    }

    /// Waits until what follows from the leaks themselves is told: what is told then follows from a use.
    fn wait_for_quiet(&self) {
        let told = || -> usize {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.values().map(Vec::len).sum()
        };
        let mut before = None;
        while before != Some(told()) {
            before = Some(told());
            std::thread::sleep(QUIET);
        }
    }

    /// Notes when each risk event is told to have changed, which is after the commit.
    fn listen(&self, service: &Service) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(service.address())?;
        write!(
            stream,
            "GET /api/v1/live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
            service.token()
        )?;
        let seen = self.seen.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if let Some(subject) = line.strip_prefix("data: ") {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.entry(subject.to_owned()).or_default().push(Instant::now());
                }
            }
        });
        Ok(())
    }

    fn take(&self) -> anyhow::Result<&(String, String)> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let next = usize::try_from(next)?;
        self.keys.get(next).context("there are no more leaked keys")
    }

    /// When an event was told after an instant; none: it was not until another.
    fn wait(&self, event: &str, since: Instant, until: Instant) -> Option<Instant> {
        loop {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = seen.get(event).into_iter().flatten().find(|at| **at > since) {
                return Some(*at);
            }
            drop(seen);
            if Instant::now() > until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// How lines reach the service.
enum Way {
    Push { address: String, path: String, token: String },
    File { path: std::path::PathBuf },
}

impl Way {
    fn push(service: &Service) -> anyhow::Result<Self> {
        let source = json!({ "name": "pushed", "feed": { "kind": "push" } });
        let token = text(&service.call("POST", "/api/v1/sources", &source)?, "token")?;
        let address = service.address().to_owned();
        Ok(Self::Push { address, path: "/ingest/pushed".to_owned(), token })
    }

    /// The source of before.
    fn at(&self, service: &Service) -> Self {
        match self {
            Self::Push { path, token, .. } => {
                let address = service.address().to_owned();
                Self::Push { address, path: path.clone(), token: token.clone() }
            }
            Self::File { path } => Self::File { path: path.clone() },
        }
    }

    fn file(service: &Service, folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("followed");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let source = json!({ "name": "followed", "feed": { "kind": "folder", "path": folder } });
        service.call("POST", "/api/v1/sources", &source)?;
        let path = folder.join("access.log");
        std::fs::write(&path, line("LTAI5tBenchFirst", 0))?;
        // The source is picked up within a second.
        std::thread::sleep(Duration::from_secs(2));
        Ok(Self::File { path })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Push { .. } => "push",
            Self::File { .. } => "file",
        }
    }

    fn send(&self, lines: &str, is_synced: bool) -> anyhow::Result<bool> {
        match self {
            Self::Push { address, path, token } => {
                let bearer = format!("Bearer {token}");
                let headers = [("authorization", bearer.as_str())];
                let answer = http::send(address, "POST", path, &headers, lines.as_bytes())?;
                Ok(answer.status == 200)
            }
            Self::File { path } => {
                let mut file = File::options().append(true).open(path)?;
                file.write_all(lines.as_bytes())?;
                if is_synced {
                    file.sync_data()?;
                }
                Ok(true)
            }
        }
    }
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

/// A line of an OSS log, of this moment.
fn line(key: &str, number: u64) -> String {
    let now = Timestamp::now().strftime("%d/%b/%Y:%H:%M:%S +0000");
    let (object, request) = (number % 5_000, format!("{:024X}", fastrand(number)));
    format!(
        "192.0.2.{} - - [{now}] \"GET /orders/{object} HTTP/1.1\" 200 10240 12 \"-\" \
         \"aliyun-sdk-go/2.2.1\" \"orders.oss\" \"{request}\" \"true\" \"-\" \"GetObject\" \"orders\" \
         \"{object}\" 10240 12 \"-\" 800 \"1\" - \"-\" \"standard\" \"-\" \"-\" \"{key}\" \"-\"\n",
        number % 250 + 1
    )
}

/// Another number for each, that looks like none before (SplitMix64).
fn fastrand(number: u64) -> u64 {
    let seconds = u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or_default();
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seconds);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 31)
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
