//! How long threads take for one large text: `shares [credentials] THREADS FILE`, read into memory first, as whoever
//! reads it shares it out.
//!
//! A developer's measure, not a test: it prints and asserts nothing. Beside the wall time it tells the time of the
//! processor of the thread that shares out and joins, which is what no further thread can shorten.

use std::collections::VecDeque;
use std::io::{Error, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use claviger_model::FingerprintKey;
use claviger_scan::{JudgedShare, Limits, Report, Scan, Scanner, Share};

/// The best of this many rounds counts.
const ROUNDS: usize = 5;

/// A share, and where its outcome goes.
type Task<'s, 't> = (Share<&'t [u8]>, Sender<JudgedShare<'s, &'t [u8]>>);

fn main() -> std::io::Result<()> {
    let mut scanner = Scanner::builtin(FingerprintKey::new([7; 32]));
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("credentials").is_some() {
        scanner = scanner.without_data_types();
    }
    let threads: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let path = arguments.next().ok_or_else(|| Error::other("shares THREADS FILE"))?;
    let bytes = std::fs::read(path)?;
    let (mut best, mut own, mut findings) = (f64::MAX, f64::MAX, 0);
    let before = ticks()?;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let (report, seconds) = round(&scanner, &bytes, threads)?;
        best = best.min(begun.elapsed().as_secs_f64());
        (own, findings) = (own.min(seconds), report.findings.len());
    }
    let rate = bytes.len() as f64 / best / 1e6;
    let all = (ticks()? - before) as f64 / 100.0 / ROUNDS as f64;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{threads} threads: {rate:.0} MB a second; of the processor {all:.3} s, {own:.3} s of them in turn; \
         {findings} findings"
    )
}

/// The report, and the seconds of the processor that sharing out and joining took.
fn round(scanner: &Scanner, bytes: &[u8], threads: usize) -> std::io::Result<(Report, f64)> {
    let mut scan = scanner.open("text", Limits::default());
    let (tasks, asked) = channel::<Task<'_, '_>>();
    let asked = Arc::new(Mutex::new(asked));
    let mut own = 0;
    std::thread::scope(|scope| {
        for _ in 1..threads {
            let asked = Arc::clone(&asked);
            scope.spawn(move || while help(scanner, &asked, true) {});
        }
        let mut out: VecDeque<Receiver<JudgedShare<'_, &[u8]>>> = VecDeque::new();
        for part in bytes.chunks(Scan::SHARE_BYTES) {
            let begun = nanoseconds()?;
            let whole = part.len() == Scan::SHARE_BYTES && threads > 1;
            if !whole {
                out.drain(..).for_each(|judged| join(&mut scan, &judged));
                scan.feed(part);
            } else if let Some(share) = scan.share(part) {
                let (done, judged) = channel();
                drop(tasks.send((share, done)));
                out.push_back(judged);
            }
            own += nanoseconds()? - begun;
            while out.len() > 3 * threads {
                if let Some(judged) = out.front().and_then(|judged| judged.try_recv().ok()) {
                    let begun = nanoseconds()?;
                    scan.join(judged);
                    own += nanoseconds()? - begun;
                    out.pop_front();
                } else if !help(scanner, &asked, false) {
                    std::thread::yield_now();
                }
            }
        }
        drop(tasks);
        while help(scanner, &asked, false) {}
        out.iter().for_each(|judged| join(&mut scan, judged));
        Ok::<(), Error>(())
    })?;
    Ok((scan.finish(), own as f64 / 1e9))
}

fn join<'s>(scan: &mut Scan<'s>, judged: &Receiver<JudgedShare<'s, &[u8]>>) {
    if let Ok(judged) = judged.recv() {
        scan.join(judged);
    }
}

/// Judges a share; `false` when there is none.
fn help<'s>(scanner: &'s Scanner, asked: &Mutex<Receiver<Task<'s, '_>>>, waits: bool) -> bool {
    let task = match waits {
        true => asked.lock().unwrap_or_else(PoisonError::into_inner).recv().ok(),
        // Who waits for the next share holds the lock.
        false => asked.try_lock().ok().and_then(|asked| asked.try_recv().ok()),
    };
    let Some((share, done)) = task else { return false };
    drop(done.send(share.judge(scanner)));
    true
}

/// What all threads have had of the processor, in hundredths of a second.
fn ticks() -> std::io::Result<u64> {
    let told = std::fs::read_to_string("/proc/self/stat")?;
    let numbers: Vec<&str> = told.split_ascii_whitespace().collect();
    let at = |place: usize| numbers.get(place).and_then(|number| number.parse::<u64>().ok());
    at(13).zip(at(14)).map(|(user, system)| user + system).ok_or_else(|| Error::other("no times"))
}

/// What this thread has had of the processor.
fn nanoseconds() -> std::io::Result<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = told.split_ascii_whitespace().next().and_then(|number| number.parse().ok());
    first.ok_or_else(|| Error::other("the kernel does not tell"))
}
