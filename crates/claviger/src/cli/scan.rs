//! `claviger scan`: leaked key pairs and personal data in files, folders and standard input.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use claviger_model::{Finding, FingerprintKey, Provider, Unread};
use claviger_scan::{Limits, Report, Scanner};
use serde_json::{Value, json};

use super::Exit;
use super::exit::say;

/// Bytes read at a time.
const BLOCK: usize = 1024 * 1024;

/// The environment variable with the key of fingerprints, 64 hex digits.
const FINGERPRINT_KEY: &str = "CLAVIGER_FINGERPRINT_KEY";

/// Addresses of clouds and repositories, which this command does not read yet.
const SCHEMES: [&str; 4] = ["oss://", "s3://", "git+", "http"];

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON line a finding.
    Jsonl,
}

/// Find leaked access key pairs and personal data in files and folders
///
/// Fingerprints of secrets are comparable within one run; set `CLAVIGER_FINGERPRINT_KEY` (64 hex
/// digits) to compare them across runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger scan .
  claviger scan --format jsonl exports/ backup.zip
  git show HEAD | claviger scan -

Exit codes: 0 nothing found, 1 findings, 2 error, 4 nothing found but something could not be read")]
pub(crate) struct Args {
    /// Files; folders, with all below them; `-` for standard input
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
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let mut unread = Vec::new();
    let files = files_of(&args.paths, &mut unread)?;
    let scanner = Scanner::builtin(fingerprint_key()?);
    let mut total = Total { files: files.len(), ..Total::default() };
    let printed = scan_all(args, &scanner, &files, |outcome| {
        match outcome {
            Ok(report) => {
                total.bytes += report.bytes;
                total.findings += report.findings.len();
                print_all(args, &report.findings)?;
                unread.extend(report.unread.iter().map(|unread| {
                    let inner: String = unread.path.iter().map(|name| format!("!{name}")).collect();
                    format!("{}{inner}: {}", unread.uri, unread.why)
                }));
            }
            Err(why) => unread.push(why),
        }
        Ok(())
    });
    match printed {
        Err(error) if is_closed_pipe(&error) => return Ok(Exit::Findings),
        printed => printed?,
    }
    unread.iter().for_each(|why| say(&format!("not read: {why}")));
    say(&format!(
        "{} files, {} bytes, {} findings, {} not read, {:.1} s",
        total.files,
        total.bytes,
        total.findings,
        unread.len(),
        started.elapsed().as_secs_f64()
    ));
    Ok(match (total.findings, unread.len()) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::Incomplete,
        _ => Exit::Findings,
    })
}

/// Whether the reader of the output has gone, as `head` does: it has what it wanted. Only findings are
/// printed, so there was one.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[derive(Default)]
struct Total {
    files: usize,
    bytes: u64,
    findings: usize,
}

/// The key from the environment, or one of this run alone.
fn fingerprint_key() -> anyhow::Result<FingerprintKey> {
    let mut key = [0; 32];
    match std::env::var(FINGERPRINT_KEY) {
        Ok(text) => hex::decode_to_slice(text.trim(), &mut key).with_context(|| {
            format!("`{FINGERPRINT_KEY}` is no key (hint: `openssl rand -hex 32` makes one)")
        })?,
        Err(_) => File::open("/dev/urandom")
            .and_then(|mut random| random.read_exact(&mut key))
            .context("this machine gives no random bytes")?,
    }
    Ok(FingerprintKey::new(key))
}

/// The files that paths name, in the order of names. Links are not followed.
fn files_of(paths: &[PathBuf], unread: &mut Vec<String>) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let text = path.display().to_string();
        if path.as_os_str() == "-" {
            files.push(path.clone());
        } else if path.exists() {
            // A link that a person names is meant; links inside folders are not followed.
            if path.is_dir() {
                walk_folder(path, &mut files, unread);
            } else {
                files.push(path.clone());
            }
        } else if SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
            bail!(
                "`{text}` cannot be scanned from here\nhint: connect the account with \
                 `claviger serve` and authorize the bucket, or download it and scan the folder"
            );
        } else {
            bail!("there is no `{text}`\nhint: name a file, a folder, or `-` for standard input");
        }
    }
    Ok(files)
}

fn walk(path: &Path, files: &mut Vec<PathBuf>, unread: &mut Vec<String>) {
    let kind = match path.symlink_metadata() {
        Ok(kind) => kind,
        Err(error) => return unread.push(format!("{}: {error}", path.display())),
    };
    if kind.is_file() {
        return files.push(path.to_owned());
    }
    if kind.is_dir() {
        walk_folder(path, files, unread);
    }
}

fn walk_folder(path: &Path, files: &mut Vec<PathBuf>, unread: &mut Vec<String>) {
    let mut failed = |error: std::io::Error| unread.push(format!("{}: {error}", path.display()));
    let mut inner = Vec::new();
    match std::fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => inner.push(entry.path()),
                    Err(error) => failed(error),
                }
            }
        }
        Err(error) => failed(error),
    }
    inner.sort();
    inner.iter().for_each(|path| walk(path, files, unread));
}

type Outcome = Result<Report, String>;

/// Scans files side by side and hands the reports on in the order of the files.
fn scan_all(
    args: &Args,
    scanner: &Scanner,
    files: &[PathBuf],
    mut take: impl FnMut(Outcome) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = args.threads.unwrap_or(processors).clamp(1, 64);
    let next = AtomicUsize::new(0);
    let done: Mutex<VecDeque<Option<Outcome>>> = Mutex::new(files.iter().map(|_| None).collect());
    let ready = std::sync::Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = files.get(index) else { return };
                    let outcome = scan_one(scanner, path);
                    let mut waiting =
                        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    // The front of the queue is the oldest report that was not taken yet.
                    let taken = files.len() - waiting.len();
                    waiting[index - taken] = Some(outcome);
                    ready.notify_one();
                }
            });
        }
        for _ in files {
            let mut waiting = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            while waiting.front().is_some_and(Option::is_none) {
                waiting = ready.wait(waiting).unwrap_or_else(std::sync::PoisonError::into_inner);
            }
            let outcome = waiting.pop_front().flatten();
            drop(waiting);
            if let Some(outcome) = outcome {
                // After an error nobody takes reports: no further file is begun.
                take(outcome).inspect_err(|_| next.store(files.len(), Ordering::Relaxed))?;
            }
        }
        Ok(())
    })
}

fn scan_one(scanner: &Scanner, path: &Path) -> Outcome {
    let uri = path.display().to_string();
    let failed = |error: std::io::Error| format!("{uri}: {error}");
    let mut reader: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut scan = scanner.open(&uri, Limits::default());
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => return Ok(scan.finish()),
            Ok(read) => scan.feed(&block[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                // What was found before stands; that the rest was not read is said beside it.
                let mut report = scan.finish();
                let why = format!("{error}: read up to byte {}", report.bytes);
                report.unread.push(Unread { uri, path: Vec::new(), why });
                return Ok(report);
            }
        }
    }
}

fn print_all(args: &Args, findings: &[Finding]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let bold =
        args.format == Format::Text && out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for (index, finding) in findings.iter().enumerate() {
        match args.format {
            Format::Jsonl => writeln!(out, "{}", as_json(finding, args.reveal))?,
            Format::Text => {
                if index == 0 {
                    let uri = &finding.location.uri;
                    if bold {
                        writeln!(out, "\u{1b}[1m{uri}\u{1b}[0m")?
                    } else {
                        writeln!(out, "{uri}")?
                    }
                }
                writeln!(out, "{}", as_text(finding, args.reveal))?;
            }
        }
    }
    out.flush()
}

fn as_json(finding: &Finding, reveal: bool) -> Value {
    let secret = finding.secret.as_ref().map(|secret| {
        let mut shown = json!({ "fingerprint": secret.fingerprint, "masked": secret.masked });
        if reveal {
            shown["value"] = Value::String(secret.value.reveal().to_owned());
        }
        shown
    });
    let mut value = json!({
        "kind": finding.kind, "rule": finding.rule,
        "provider": finding.provider.map(Provider::as_str),
        "access_key_id": finding.access_key_id, "secret": secret,
        "confidence": finding.confidence, "why": finding.why, "location": finding.location,
        "count": finding.count,
    });
    if let Some(sample) = &finding.sample {
        value["sample"] = Value::String(sample.clone());
    }
    value
}

fn as_text(finding: &Finding, reveal: bool) -> String {
    let place = &finding.location;
    let inner: String = place.path.iter().map(|name| format!("{name}!")).collect();
    let what = match (&finding.access_key_id, &finding.secret) {
        (Some(id), Some(secret)) => {
            let shown = if reveal { secret.value.reveal() } else { &secret.masked };
            format!("{id} with its secret {shown}")
        }
        (Some(id), None) => format!("{id} without a secret"),
        (None, Some(secret)) => {
            let shown = if reveal { secret.value.reveal() } else { &secret.masked };
            format!("{shown}  {}", finding.why.first().map_or("", String::as_str))
        }
        (None, None) => {
            format!("{} values, first {}", finding.count, finding.sample.as_deref().unwrap_or("–"))
        }
    };
    format!("  {inner}{}:{}  {}  {what}", place.line, place.column, finding.rule)
}
