//! What is done and what is left, on a terminal, for people.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// Begins the line anew and clears it.
const CLEAR: &str = "\r\u{1b}[K";

/// Counts that all threads keep.
#[derive(Default)]
pub(super) struct Tally {
    /// Items that were read.
    pub(super) items: AtomicU64,
    /// Bytes that were read.
    pub(super) bytes: AtomicU64,
    /// Findings that were printed.
    pub(super) findings: AtomicU64,
    /// Items there are, once they are counted.
    pub(super) items_all: AtomicU64,
    /// Bytes there are.
    pub(super) bytes_all: AtomicU64,
    /// Whether everything was counted.
    pub(super) counted: AtomicBool,
}

/// Whether progress is shown: only where a person looks.
pub(super) fn is_shown() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Clears the line of progress, before something else is written on the same terminal.
pub(super) fn clear() {
    drop(write!(std::io::stderr().lock(), "{CLEAR}"));
}

/// Runs `work` with a line of progress beside it.
pub(super) fn beside<T>(shown: bool, tally: &Tally, work: impl FnOnce() -> T) -> T {
    if !shown {
        return work();
    }
    let started = Instant::now();
    let (ended, end) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while end.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                let line = line(tally, started.elapsed());
                let mut out = std::io::stderr().lock();
                drop(write!(out, "{CLEAR}{line}").and_then(|()| out.flush()));
            }
            clear();
        });
        let outcome = work();
        drop(ended);
        outcome
    })
}

fn line(tally: &Tally, elapsed: Duration) -> String {
    let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (items, bytes, findings) = (get(&tally.items), get(&tally.bytes), get(&tally.findings));
    let rate = bytes as f64 / elapsed.as_secs_f64().max(0.001);
    let (of, left) = match tally.counted.load(Ordering::Relaxed) {
        true => {
            let missing = get(&tally.bytes_all).saturating_sub(bytes);
            let left = duration(missing as f64 / rate.max(1.0));
            (format!(" of {}", get(&tally.items_all)), format!(", {left} left"))
        }
        false => (String::new(), String::new()),
    };
    format!(
        "{items}{of} files, {} at {}/s, {findings} findings{left}",
        size(bytes as f64),
        size(rate)
    )
}

/// `1.5 GB`.
pub(super) fn size(bytes: f64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 100.0);
    format!("{value:.digits$} {}", units[unit])
}

/// `45 s`, `3 min`, `2 h 5 min`.
fn duration(seconds: f64) -> String {
    let seconds = seconds.min(1e9) as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_the_rate_and_the_time_left() {
        let tally = Tally::default();
        tally.items.store(3, Ordering::Relaxed);
        tally.bytes.store(2_000_000, Ordering::Relaxed);
        let told = line(&tally, Duration::from_secs(2));
        assert_eq!(told, "3 files, 2.0 MB at 1.0 MB/s, 0 findings");
        tally.items_all.store(9, Ordering::Relaxed);
        tally.bytes_all.store(302_000_000, Ordering::Relaxed);
        tally.counted.store(true, Ordering::Relaxed);
        let told = line(&tally, Duration::from_secs(2));
        assert_eq!(told, "3 of 9 files, 2.0 MB at 1.0 MB/s, 0 findings, 5 min left");
    }
}
