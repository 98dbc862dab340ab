//! `claviger scan`: leaked key pairs and sensitive data in files, folders, buckets, repositories and
//! standard input.

mod args;
mod bucket;
mod credentials;
mod crew;
mod excerpt;
mod folder;
mod git;
mod glob;
mod held;
mod item;
mod large;
mod live;
mod print;
mod progress;
mod read;
mod select;
mod state;
mod taker;
mod target;

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use claviger_model::FingerprintKey;
use claviger_scan::Baseline;

pub(crate) use self::args::Args;
use self::args::{left_out, limits_of, read_baseline, scanner_of, select_of};
use self::crew::Crew;
use self::folder::Manner;
use self::held::Held;
use self::item::{Listed, Position, Source};
use self::live::Checker;
use self::print::{Format, Printer};
use self::progress::Tally;
use self::read::{Reading, Room};
use self::state::State;
use self::taker::{Least, Taker};
use self::target::{Outside, Target};
use super::Exit;

/// The environment variable with the key of fingerprints, 64 hex digits.
const FINGERPRINT_KEY: &str = "CLAVIGER_FINGERPRINT_KEY";

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let started = Instant::now();
    take_small_pages();
    let template = claviger_scan::template(&args.template).with_context(|| {
        format!("there is no template `{}` (hint: `claviger templates` lists them)", args.template)
    })?;
    let select = Arc::new(select_of(args)?);
    let limits = limits_of(args)?;
    let outside = Outside::new(&args.allow_network)?;
    let targets = targets_of(args, &outside)?;
    let mut state = open_state(args, &targets)?;
    let scanner = scanner_of(args, fingerprint_key(&mut state)?)?;
    let baseline = args.baseline.as_deref().map(read_baseline).transpose()?;
    let manner = Manner {
        select: Arc::clone(&select),
        history: !args.no_history,
        links: Arc::default(),
        left_out: Arc::default(),
    };
    let shown = progress::is_shown();
    let show = print::Manner { reveal: args.reveal, template };
    let printer = printer_of(args.format, show, shown);
    let checker = checker_of(args, &outside)?;
    let (tally, stop) = (Tally::default(), Arc::new(AtomicBool::new(false)));
    if args.state.is_some() {
        stop_when_asked(&stop);
    }
    let least = Least {
        template,
        level: args.least_level.unwrap_or_default(),
        confidence: args.least_confidence,
    };
    let mut taker = Taker {
        printer,
        checker,
        total: state.total(),
        state,
        held: Held::default(),
        shows_suppressed: args.show_suppressed,
        new_baseline: args.write_baseline.as_ref().map(|_| Baseline::default()),
        least,
        unread: Vec::new(),
        failed: None,
    };
    let reading = Reading {
        scanner: &scanner,
        baseline: baseline.as_ref(),
        limits,
        select: &select,
        tally: &tally,
        excerpts: args.format == Format::Text,
        stop: &stop,
    };
    let outcome = progress::beside(shown, &tally, || {
        scan_all(args, &targets, &manner, &reading, &mut taker, shown)?;
        taker.end(&reading)
    });
    match outcome {
        Err(error) if is_closed_pipe(&error) => return Ok(Exit::Findings),
        outcome => outcome?,
    }
    let interrupted = stop.load(Ordering::Relaxed);
    taker.state.end(!interrupted)?;
    taker.printer.finish()?;
    keep_baseline(args, taker.new_baseline.as_ref())?;
    taker.total.left_out += manner.left_out.load(Ordering::Relaxed);
    taker.tell(started, manner.links.load(Ordering::Relaxed));
    Ok(if interrupted { Exit::Interrupted } else { taker.exit() })
}

/// Has the system give memory by 4 KiB: a scan uses little of each 2 MiB that it would else clear and give at a time,
/// which took a quarter of the start and half of the memory. Where it does not listen, nothing is lost.
fn take_small_pages() {
    rustix::thread::disable_transparent_huge_pages(true).ok();
}

fn targets_of(args: &Args, outside: &Outside) -> anyhow::Result<Vec<Target>> {
    let asked = credentials::Asked {
        profile: args.profile.clone(),
        region: args.region.clone(),
        endpoint: args.endpoint.clone(),
    };
    args.paths.iter().map(|path| Target::parse(path, &asked, outside)).collect()
}

fn printer_of(format: Format, show: print::Manner, progress: bool) -> Box<dyn Printer> {
    match format {
        Format::Text => Box::new(print::Text::new(show, progress)),
        Format::Jsonl => Box::new(print::Json::new(show)),
        Format::Sarif => Box::new(print::Sarif::new(show)),
    }
}

fn checker_of<'o>(args: &Args, outside: &'o Outside) -> anyhow::Result<Option<Checker<'o>>> {
    if !args.check_live {
        return Ok(None);
    }
    let (guard, handle) = outside.open()?;
    Ok(Some(Checker::new(guard, handle, &args.sts_endpoint)?))
}

/// Writes what is to be known from now on where that was asked for.
fn keep_baseline(args: &Args, baseline: Option<&Baseline>) -> anyhow::Result<()> {
    let (Some(path), Some(baseline)) = (&args.write_baseline, baseline) else { return Ok(()) };
    let cannot = || format!("cannot write {}", path.display());
    std::fs::write(path, baseline.write()).with_context(cannot)
}

/// Whether the reader of the output has gone, as `head` does: it has what it wanted. Only findings are
/// printed, so there was one.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn open_state(args: &Args, targets: &[Target]) -> anyhow::Result<State> {
    if args.state.is_some() {
        if !targets.iter().all(Target::is_resumable) {
            bail!("standard input cannot be gone on with\nhint: leave out `--state`");
        }
        if args.format == Format::Sarif {
            bail!(
                "a SARIF log is one document, which cannot be gone on with\nhint: `--format jsonl`"
            );
        }
    }
    let asked = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        args.paths,
        args.include,
        left_out(args)?,
        args.since,
        args.max_size,
        args.no_history,
        args.no_data_types,
        args.rules,
        args.baseline
    );
    let asked = claviger_cloud::sign::sha256_hex(asked.as_bytes());
    State::open(args.state.as_deref(), &asked)
}

/// The key from the environment, that of earlier runs of the same scan, or a new one.
fn fingerprint_key(state: &mut State) -> anyhow::Result<FingerprintKey> {
    let mut key = [0; 32];
    let kept = state.fingerprint_key().map(str::to_owned);
    match std::env::var(FINGERPRINT_KEY).ok().or(kept) {
        Some(text) => hex::decode_to_slice(text.trim(), &mut key).with_context(|| {
            format!("`{FINGERPRINT_KEY}` is no key (hint: `openssl rand -hex 32` makes one)")
        })?,
        None => {
            File::open("/dev/urandom")
                .and_then(|mut random| random.read_exact(&mut key))
                .context("this machine gives no random bytes")?;
            state.keep_fingerprint_key(hex::encode(key));
        }
    }
    Ok(FingerprintKey::new(key))
}

/// Lets the scan end at its next place when the process is asked to end.
fn stop_when_asked(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(super::signalled());
            stop.store(true, Ordering::Relaxed);
        }
    });
}

/// Everything that the targets list, behind where an earlier run came to.
fn list<'t>(
    targets: &'t [Target],
    manner: &'t Manner,
    from: Option<&'t Position>,
) -> impl Iterator<Item = Listed> + Send + 't {
    let first = from.map_or(0, |from| from.target);
    let behind = move |number| from.filter(|_| number == first);
    let numbered = targets.iter().enumerate().skip(first);
    numbered.flat_map(move |(number, target)| target.list(number, manner, behind(number)))
}

fn scan_all(
    args: &Args,
    targets: &[Target],
    manner: &Manner,
    reading: &Reading<'_>,
    taker: &mut Taker<'_>,
    shown: bool,
) -> anyhow::Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let crew = Crew::new(args.threads.unwrap_or(processors).clamp(1, 64));
    let from = taker.state.position().cloned();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if shown && std::io::stderr().is_terminal() {
            scope.spawn(|| count(targets, manner, from.as_ref(), reading.tally, &ended));
        }
        let outcome = crew::run(
            &crew,
            list(targets, manner, from.as_ref()),
            reading.stop,
            || Room::new(&crew),
            |room, listed| reading.work(room, listed),
            |outcome| taker.take(outcome, reading),
        );
        ended.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Counts what there is to do, beside the doing.
fn count(
    targets: &[Target],
    manner: &Manner,
    from: Option<&Position>,
    tally: &Tally,
    ended: &AtomicBool,
) {
    // What this second listing passes over is not counted twice.
    let manner = Manner { links: Arc::default(), left_out: Arc::default(), ..manner.clone() };
    for listed in list(targets, &manner, from) {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        let Listed::Item(item) = listed else { continue };
        let bytes = match &item.source {
            Source::File(path) => path.metadata().map_or(0, |file| file.len()),
            Source::Object(_, object) => object.bytes,
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Blob(..) => 0,
            Source::Stdin => return,
        };
        tally.items_all.fetch_add(1, Ordering::Relaxed);
        tally.bytes_all.fetch_add(bytes, Ordering::Relaxed);
    }
    tally.counted.store(true, Ordering::Relaxed);
}
