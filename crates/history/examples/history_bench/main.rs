//! What `cargo xtask bench history` runs: each command does one job of the history over made-up events, in
//! a process of its own so that it is timed from outside, and says its figures on standard error.

#[path = "sample.rs"]
mod sample;

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use claviger_history::{History, HistoryError};
use claviger_model::{AccessEvent, AccessKeyId};

use sample::Sample;

/// Events of one append: what a log file of some megabytes holds.
const APPENDED: usize = 10_000;

/// The latest events of a key that a lookup asks for: what a page shows.
const LATEST: usize = 1_000;

type Done = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("history_bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Done {
    match words {
        ["generate", events] => generate(events.parse()?),
        ["jsonl", events, file] => jsonl(events.parse()?, Path::new(file)),
        ["write", events, dir] => write(events.parse()?, Path::new(dir)),
        ["compact", dir] => compact(Path::new(dir)),
        ["import", file, dir] => import(Path::new(file), Path::new(dir)),
        ["lookup", keys, dir] => lookup(keys.parse()?, Path::new(dir)),
        ["summary", key, dir] => summary(key.parse()?, Path::new(dir)),
        ["replay", dir] => replay(Path::new(dir)),
        ["keys", keys] => print_keys(keys.parse()?),
        _ => Err("it is run by `cargo xtask bench history`".into()),
    }
}

/// Makes the events and forgets them: what `write` does beside writing.
fn generate(events: u64) -> Done {
    in_batches(events, |_| Ok(()))
}

/// Makes events and hands them over, as many at a time as an append has.
fn in_batches(events: u64, mut take: impl FnMut(&[AccessEvent]) -> Done) -> Done {
    let mut sample = Sample::of(events);
    let mut batch = vec![sample::blank(); APPENDED];
    loop {
        let made =
            batch.iter_mut().map_while(|event| sample.next_into(event).then_some(())).count();
        take(&batch[..made])?;
        if made < APPENDED {
            return Ok(());
        }
    }
}

fn jsonl(events: u64, file: &Path) -> Done {
    let mut out = BufWriter::new(File::create(file)?);
    in_batches(events, |batch| {
        for event in batch {
            serde_json::to_writer(&mut out, event)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })?;
    Ok(out.flush()?)
}

fn write(events: u64, dir: &Path) -> Done {
    let history = History::open(dir)?;
    in_batches(events, |batch| Ok(history.append(batch)?))?;
    history.flush()?;
    say(&format!("bytes {}", history.bytes()?));
    Ok(())
}

fn compact(dir: &Path) -> Done {
    let history = History::open(dir)?;
    let done = history.compact(sample::end())?;
    say(&format!("rows {} bytes {}", done.rows, history.bytes()?));
    Ok(())
}

/// Turns a file of JSON lines into Parquet, from end to end.
fn import(file: &Path, dir: &Path) -> Done {
    let history = History::open(dir)?;
    let mut batch = Vec::with_capacity(APPENDED);
    for line in BufReader::with_capacity(1 << 20, File::open(file)?).lines() {
        batch.push(serde_json::from_str(&line?)?);
        if batch.len() == APPENDED {
            history.append(&batch)?;
            batch.clear();
        }
    }
    history.append(&batch)?;
    let done = history.compact(sample::end())?;
    say(&format!("rows {} bytes {}", done.rows, history.bytes()?));
    Ok(())
}

/// Keys from the busiest to the rarest, and as many that never were used.
fn looked_for(keys: usize) -> [Vec<AccessKeyId>; 2] {
    let step = (sample::KEYS / keys.max(1)).max(1);
    [
        (0..keys).map(|key| sample::key(key * step)).collect(),
        (0..keys).map(|key| sample::key(sample::KEYS + key)).collect(),
    ]
}

/// Prints the keys that `lookup` looks for, for another program to do the same.
fn print_keys(keys: usize) -> Done {
    for key in looked_for(keys).into_iter().flatten() {
        writeln!(io::stdout(), "{key}")?;
    }
    Ok(())
}

/// The latest events of keys from the busiest to the rarest, and of as many that never were used; then the
/// past of each key from its beginning, up to its first event and to its last.
fn lookup(keys: usize, dir: &Path) -> Done {
    let history = History::open_to_read(dir)?;
    let [held, absent] = looked_for(keys);
    let latest = |key: &AccessKeyId| Ok(history.of_key(key, None, None, LATEST)?.0.len());
    let read = |key: &AccessKeyId, most: usize| {
        let mut events = history.read_key(key, None, None)?.take(most);
        events.try_fold(0, |count, event| event.map(|_| count + 1))
    };
    let words = [
        timed("first", &held, latest)?,
        timed("again", &held, latest)?,
        timed("absent", &absent, latest)?,
        timed("begin", &held, |key| read(key, 1))?,
        timed("whole", &held, |key| read(key, usize::MAX))?,
    ];
    say(&words.join(" "));
    Ok(())
}

/// Looks for each key: `name events p50 p99 max`, in milliseconds.
fn timed(
    name: &str,
    keys: &[AccessKeyId],
    look: impl Fn(&AccessKeyId) -> Result<usize, HistoryError>,
) -> Result<String, HistoryError> {
    let mut millis = Vec::new();
    let mut events = 0;
    for key in keys {
        let started = Instant::now();
        events += look(key)?;
        millis.push(started.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    let at = |part: usize| millis.get(millis.len() * part / 100).or(millis.last());
    let [p50, p99] = [50, 99].map(|part| at(part).copied().unwrap_or_default());
    let max = millis.last().copied().unwrap_or_default();
    Ok(format!("{name} {events} {p50:.3} {p99:.3} {max:.3}"))
}

/// The whole past of one key, in numbers.
fn summary(rank: usize, dir: &Path) -> Done {
    let history = History::open_to_read(dir)?;
    let summary = history.summary(&sample::key(rank), None, None, 20)?;
    say(&format!("events {}", summary.events));
    Ok(())
}

/// Everything in the order of time.
fn replay(dir: &Path) -> Done {
    let history = History::open_to_read(dir)?;
    let mut events = 0_u64;
    for event in history.read_all(None, None)? {
        event?;
        events += 1;
    }
    say(&format!("events {events}"));
    Ok(())
}

fn say(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}
