//! `claviger scan`: leaked key pairs and sensitive data in files, folders, buckets, repositories and
//! standard input.

mod bucket;
mod credentials;
mod crew;
mod excerpt;
mod folder;
mod git;
mod glob;
mod item;
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
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use claviger_model::{FingerprintKey, Sensitivity};
use claviger_scan::{Limits, Scanner};
use jiff::Timestamp;

use self::folder::Manner;
use self::glob::Globs;
use self::item::{Listed, Position, Source};
use self::live::Checker;
use self::print::{Format, Printer};
use self::progress::Tally;
use self::read::Reading;
use self::select::Select;
use self::state::State;
use self::taker::{Least, Taker};
use self::target::{Outside, Target};
use super::Exit;

/// The environment variable with the key of fingerprints, 64 hex digits.
const FINGERPRINT_KEY: &str = "CLAVIGER_FINGERPRINT_KEY";

/// Find leaked access key pairs and sensitive data in files, buckets and repositories
///
/// Fingerprints of secrets are comparable within one run; set `CLAVIGER_FINGERPRINT_KEY` (64 hex
/// digits) to compare them across runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger scan .
  claviger scan --format jsonl exports/ backup.zip
  claviger scan --since 7d --include '*.csv' --state scan.state oss://examplebucket/exports/
  claviger scan git+https://git.example.com/team/project.git
  git show HEAD | claviger scan -

Credentials for oss:// and s3:// come from the environment (OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET,
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) or a profile of aliyun, ossutil or aws.

Exit codes: 0 nothing found, 1 findings, 2 error, 3 refused, 4 nothing found but something could not be
read, 130 interrupted")]
pub(crate) struct Args {
    /// Files; folders, with all below them; `oss://BUCKET/PREFIX`, `s3://BUCKET/PREFIX`;
    /// `git+file://PATH`, `git+https://…`; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// How to print findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print the secrets themselves
    #[arg(long)]
    reveal: bool,
    /// Files scanned at the same time [default: the number of processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Scan only paths that match: `*.csv` is about names, `data/**` about paths below PATH
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Leave out paths that match
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Scan only what changed since a day, a moment or a time ago: `2026-01-31`, `12h`, `7d`
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Leave out what is larger: `500M`, `2G`
    #[arg(long, value_name = "SIZE")]
    max_size: Option<String>,
    /// Open containers inside each other up to this many
    #[arg(long, value_name = "N")]
    max_depth: Option<u32>,
    /// Unpack up to this much of each file
    #[arg(long, value_name = "SIZE")]
    max_unpacked: Option<String>,
    /// Do not read the history of repositories in folders
    #[arg(long)]
    no_history: bool,
    /// Keep in FILE how far the scan has come, and go on from there
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The template that says how sensitive data is; `claviger templates` lists them
    #[arg(long, value_name = "NAME", default_value = "internet_industry")]
    template: String,
    /// Pass over findings that are less sensitive by the template: `S1` to `S4`
    #[arg(long, value_name = "LEVEL", value_parser = level_of)]
    least_level: Option<Sensitivity>,
    /// Pass over findings that are less sure, from 0 to 1
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0)]
    least_confidence: f64,
    /// Ask the issuers of key pairs whether they work, by the call that changes nothing
    /// (`sts:GetCallerIdentity`)
    #[arg(long)]
    check_live: bool,
    /// Where to ask instead: `aliyun=URL`, `aws=URL`
    #[arg(long, value_name = "PROVIDER=URL")]
    sts_endpoint: Vec<String>,
    /// Profile of aliyun, ossutil or aws with the credentials of buckets
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Region of buckets
    #[arg(long)]
    region: Option<String>,
    /// Endpoint of the store, unless it is the provider's own
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Private network that may be dialled
    #[arg(long, value_name = "NETWORK", default_value = "127.0.0.0/8")]
    allow_network: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let template = claviger_scan::template(&args.template).with_context(|| {
        format!("there is no template `{}` (hint: `claviger templates` lists them)", args.template)
    })?;
    let select = Arc::new(select_of(args)?);
    let limits = limits_of(args)?;
    let outside = Outside::new(&args.allow_network)?;
    let asked = credentials::Asked {
        profile: args.profile.clone(),
        region: args.region.clone(),
        endpoint: args.endpoint.clone(),
    };
    let targets = args.paths.iter().map(|path| Target::parse(path, &asked, &outside));
    let targets = targets.collect::<anyhow::Result<Vec<Target>>>()?;
    let mut state = open_state(args, &targets)?;
    let scanner = Scanner::builtin(fingerprint_key(&mut state)?);
    let manner = Manner {
        select: Arc::clone(&select),
        history: !args.no_history,
        links: Arc::default(),
        left_out: Arc::default(),
    };
    let shown = progress::is_shown();
    let show = print::Manner { reveal: args.reveal, template };
    let printer: Box<dyn Printer> = match args.format {
        Format::Text => Box::new(print::Text::new(show, shown)),
        Format::Jsonl => Box::new(print::Json::new(show)),
        Format::Sarif => Box::new(print::Sarif::new(show)),
    };
    let checker = match args.check_live {
        true => {
            let (guard, handle) = outside.open()?;
            Some(Checker::new(guard, handle, &args.sts_endpoint)?)
        }
        false => None,
    };
    let (tally, stop) = (Tally::default(), Arc::new(AtomicBool::new(false)));
    if args.state.is_some() {
        stop_when_asked(&stop);
    }
    let total = state.total();
    let least = Least {
        template,
        level: args.least_level.unwrap_or_default(),
        confidence: args.least_confidence,
    };
    let mut taker =
        Taker { printer, checker, state, total, least, unread: Vec::new(), failed: None };
    let reading = Reading {
        scanner: &scanner,
        limits,
        select: &select,
        tally: &tally,
        excerpts: args.format == Format::Text,
        stop: &stop,
    };
    let outcome = progress::beside(shown, &tally, || {
        scan_all(args, &targets, &manner, &reading, &mut taker, shown)
    });
    match outcome {
        Err(error) if is_closed_pipe(&error) => return Ok(Exit::Findings),
        outcome => outcome?,
    }
    let interrupted = stop.load(Ordering::Relaxed);
    taker.state.end(!interrupted)?;
    taker.printer.finish()?;
    taker.total.left_out += manner.left_out.load(Ordering::Relaxed);
    taker.tell(started, manner.links.load(Ordering::Relaxed));
    Ok(if interrupted { Exit::Interrupted } else { taker.exit() })
}

/// Whether the reader of the output has gone, as `head` does: it has what it wanted. Only findings are
/// printed, so there was one.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn select_of(args: &Args) -> anyhow::Result<Select> {
    Ok(Select {
        include: Globs::new(&args.include)?,
        exclude: Globs::new(&args.exclude)?,
        since: args
            .since
            .as_deref()
            .map(|text| select::moment(text, Timestamp::now()))
            .transpose()?,
        bytes_max: args.max_size.as_deref().map(select::size).transpose()?,
    })
}

/// A level that findings may have.
fn level_of(text: &str) -> Result<Sensitivity, String> {
    match Sensitivity::from_word(text) {
        Sensitivity::NotAvailable => Err("a level is one of S1, S2, S3 and S4".to_owned()),
        level => Ok(level),
    }
}

fn limits_of(args: &Args) -> anyhow::Result<Limits> {
    let usual = Limits::default();
    Ok(Limits {
        depth: args.max_depth.unwrap_or(usual.depth),
        expanded_bytes: match &args.max_unpacked {
            Some(text) => select::size(text)?,
            None => usual.expanded_bytes,
        },
        ..usual
    })
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
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        args.paths, args.include, args.exclude, args.since, args.max_size, args.no_history
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
    let threads = args.threads.unwrap_or(processors).clamp(1, 64);
    let from = taker.state.position().cloned();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if shown && std::io::stderr().is_terminal() {
            scope.spawn(|| count(targets, manner, from.as_ref(), reading.tally, &ended));
        }
        let outcome = crew::run(
            threads,
            list(targets, manner, from.as_ref()),
            reading.stop,
            read::room,
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
