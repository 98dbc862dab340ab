//! `claviger hunt`: everything that one key did.
//!
//! Out of the history of an installation, whether its service runs or not, or straight out of log
//! files. It reads and counts; judging is `replay`'s duty.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use claviger_history::History;
use claviger_model::{AccessEvent, AccessKeyId, BucketUsage, KeyUsage, Sensitivity, SourceUsage};
use claviger_respond::usage::summarize;
use claviger_watch::sort_and_dedup;
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::{Value, json};

use super::Exit;
use super::exit::say;
use super::logs::{Count, Input, is_written};
use crate::config::{Config, Given};

/// Rows of each table of the text. The JSON summary has all.
const ROWS_SHOWN: usize = 20;

/// Print everything that one key did: first and last use, sources, operations, objects, bytes
///
/// Reads the history of an installation, also while `claviger serve` writes it, or log files. The
/// last line on standard error is the number of requests.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger hunt LTAI5tExampleExampleExam
  claviger hunt LTAI5tExampleExampleExam --since 7d --summary
  claviger hunt LTAI5tExampleExampleExam --logs access-logs/ --format jsonl

Exit codes: 0 the key did nothing, 1 it did something, 2 error, 4 it did nothing, but something
could not be read")]
pub(crate) struct Args {
    /// The access key id
    #[arg(value_name = "ACCESS_KEY_ID", value_parser = key)]
    key: AccessKeyId,

    /// Only what was done at this moment or later: `2026-01-31T14:02:00Z`, `2026-01-31` (UTC), or
    /// `7d`, `12h`, `30m` ago
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,

    /// Only what was done before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,

    /// Only the summary, not the requests one by one
    #[arg(long)]
    summary: bool,

    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Hunt in these log files and folders, or `-` for standard input, instead of the history
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["data_dir", "config"])]
    logs: Vec<PathBuf>,

    /// Configuration file (TOML) that names the data folder
    #[arg(long, value_name = "FILE", env = "CLAVIGER_CONFIG")]
    config: Option<PathBuf>,

    /// Folder of the installation [default: ./claviger-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
}

/// How the past of a key is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The summary in tables, then the requests, for people
    Text,
    /// One JSON object a request, oldest first; with `--summary`, one object in all
    Jsonl,
}

fn key(text: &str) -> Result<AccessKeyId, String> {
    AccessKeyId::parse(text).map_err(|error| error.to_string())
}

/// A moment: exact, a day's beginning, or so long ago.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(exact) = text.parse::<Timestamp>() {
        return Ok(exact);
    }
    if let Ok(midnight) = format!("{text}T00:00:00Z").parse::<Timestamp>() {
        return Ok(midnight);
    }
    let ago = text.parse::<Span>().ok().filter(|span| !span.is_negative());
    ago.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok())
        .and_then(|age| Timestamp::now().checked_sub(age).ok())
        .ok_or_else(|| {
            "give a moment (`2026-01-31T14:02:00Z`), a day (`2026-01-31`) or an age (`7d`, `12h`)"
                .to_owned()
        })
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let (events, is_whole) = if args.logs.is_empty() { of_history(args)? } else { of_logs(args)? };
    if !is_whole {
        say("something could not be read: these numbers are the least");
    }
    let past = Past::of(&args.key, &events, !is_whole);
    let mut out = BufWriter::new(io::stdout().lock());
    let written = print(&mut out, args, &past).and_then(|()| Ok(out.flush()?));
    if is_written(written)? {
        say(&requests(events.len() as u64));
    }
    Ok(match events.len() {
        0 if is_whole => Exit::Clean,
        0 => Exit::Incomplete,
        _ => Exit::Findings,
    })
}

/// The key's requests in the history, in order, and whether all could be read.
fn of_history(args: &Args) -> anyhow::Result<(Vec<AccessEvent>, bool)> {
    let given = Given::load(args.config.as_deref())?.over("data_dir", args.data_dir.clone());
    let folder = Config::of(&given)?.settings.data_dir;
    let history = open(&folder.join("history"), &folder)?;
    let (events, partial) = history
        .of_key(&args.key, args.since, args.until, usize::MAX)
        .context("the history cannot be read")?;
    Ok((events, !partial))
}

fn open(history: &Path, folder: &Path) -> anyhow::Result<History> {
    if !history.is_dir() {
        bail!(
            "`{}` is no data folder with a history\nhint: name the folder that `claviger serve` \
             works in by `--data-dir`, or log files by `--logs`",
            folder.display()
        );
    }
    History::open(history).context("the history cannot be opened")
}

/// The key's requests in log files, in order, and whether all could be read.
fn of_logs(args: &Args) -> anyhow::Result<(Vec<AccessEvent>, bool)> {
    let mut count = Count::default();
    let mut events = Vec::new();
    Input::of_files(args.logs.clone()).read(&mut count, |parsed| {
        events.extend(parsed.events.into_iter().filter(|event| {
            event.access_key_id.as_ref() == Some(&args.key)
                && args.since.is_none_or(|since| since <= event.time)
                && args.until.is_none_or(|until| event.time < until)
        }));
        Ok(())
    })?;
    count.close();
    Ok((sort_and_dedup(events), count.is_whole()))
}

/// What a key did, one by one and in all.
struct Past<'a> {
    key: &'a AccessKeyId,
    events: &'a [AccessEvent],
    usage: KeyUsage,
    bytes_in: u64,
    /// Requests by operation, most frequent first.
    operations: Vec<(&'a str, u64)>,
}

impl<'a> Past<'a> {
    fn of(key: &'a AccessKeyId, events: &'a [AccessEvent], partial: bool) -> Self {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for event in events {
            *counts.entry(event.operation.as_str()).or_default() += 1;
        }
        let mut operations: Vec<(&str, u64)> = counts.into_iter().collect();
        operations.sort_unstable_by_key(|(name, requests)| (Reverse(*requests), *name));
        let usage = summarize(events, None, |_, _| (Sensitivity::default(), None), partial);
        let bytes_in = events.iter().filter_map(|event| event.bytes_in).sum();
        Self { key, events, usage, bytes_in, operations }
    }

    fn first_at(&self) -> Option<Timestamp> {
        self.events.first().map(|event| event.time)
    }

    fn last_at(&self) -> Option<Timestamp> {
        self.events.last().map(|event| event.time)
    }
}

fn print(out: &mut impl Write, args: &Args, past: &Past<'_>) -> anyhow::Result<()> {
    match (args.format, args.summary) {
        (Format::Jsonl, true) => Ok(writeln!(out, "{}", summary_json(past))?),
        (Format::Jsonl, false) => {
            for event in past.events {
                serde_json::to_writer(&mut *out, event).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        }
        (Format::Text, _) if past.events.is_empty() => {
            Ok(writeln!(out, "{} did nothing that is recorded here", past.key)?)
        }
        (Format::Text, summary) => {
            print_summary(out, past)?;
            if !summary {
                print_requests(out, past.events)?;
            }
            Ok(())
        }
    }
}

fn summary_json(past: &Past<'_>) -> Value {
    let usage = &past.usage;
    json!({
        "access_key_id": past.key,
        "first_at": past.first_at(),
        "last_at": past.last_at(),
        "requests": past.events.len(),
        "allowed": usage.allowed,
        "denied": usage.denied,
        "bytes_out": usage.bytes_out,
        "bytes_in": past.bytes_in,
        "operations": past.operations.iter()
            .map(|(operation, requests)| json!({ "operation": operation, "requests": requests }))
            .collect::<Vec<_>>(),
        "sources": usage.sources.iter().map(source_json).collect::<Vec<_>>(),
        "buckets": usage.buckets.iter().map(bucket_json).collect::<Vec<_>>(),
        "partial": usage.partial,
    })
}

fn source_json(source: &SourceUsage) -> Value {
    json!({
        "source_ip": source.source_ip,
        "user_agents": source.user_agents,
        "allowed": source.allowed,
        "denied": source.denied,
        "bytes_out": source.bytes_out,
        "first_at": source.first_at,
        "last_at": source.last_at,
    })
}

fn bucket_json(bucket: &BucketUsage) -> Value {
    let objects = bucket.objects.iter().map(|object| {
        json!({
            "object": object.object,
            "operations": object.operations.iter()
                .map(|(operation, requests)| {
                    json!({ "operation": operation, "requests": requests })
                })
                .collect::<Vec<_>>(),
            "allowed": object.allowed,
            "denied": object.denied,
            "bytes_out": object.bytes_out,
            "first_at": object.first_at,
            "last_at": object.last_at,
        })
    });
    json!({
        "bucket": bucket.bucket,
        "allowed": bucket.allowed,
        "denied": bucket.denied,
        "bytes_out": bucket.bytes_out,
        "first_at": bucket.first_at,
        "last_at": bucket.last_at,
        "objects": objects.collect::<Vec<_>>(),
    })
}

fn print_summary(out: &mut impl Write, past: &Past<'_>) -> anyhow::Result<()> {
    let usage = &past.usage;
    writeln!(
        out,
        "{}: {}, {} refused, {} out, {} in",
        past.key,
        requests(past.events.len() as u64),
        usage.denied,
        size(usage.bytes_out),
        size(past.bytes_in)
    )?;
    if let (Some(first), Some(last)) = (past.first_at(), past.last_at()) {
        writeln!(out, "first {}, last {}", second(first), second(last))?;
    }
    table(out, "Sources", &usage.sources, |source| {
        let counts = counts(source.allowed, source.denied, source.bytes_out);
        let when = format!("{} – {}", second(source.first_at), second(source.last_at));
        let clients = source.user_agents.join(", ");
        format!("{:<16} {counts}  {when}  {}", plain(&source.source_ip), plain(&clients))
    })?;
    table(out, "Operations", &past.operations, |(operation, requests)| {
        format!("{requests:>9}  {}", plain(operation))
    })?;
    table(out, "Buckets", &usage.buckets, |bucket| {
        let counts = counts(bucket.allowed, bucket.denied, bucket.bytes_out);
        format!("{counts}  {}", plain(&bucket.bucket))
    })?;
    let objects: Vec<_> = usage
        .buckets
        .iter()
        .flat_map(|of| of.objects.iter().map(move |object| (of, object)))
        .collect();
    table(out, "Objects", &objects, |(bucket, object)| {
        let counts = counts(object.allowed, object.denied, object.bytes_out);
        format!("{counts}  {}/{}", plain(&bucket.bucket), plain(&object.object))
    })
}

/// The first rows of a table under its name, and how many more there are.
fn table<T>(
    out: &mut impl Write,
    name: &str,
    rows: &[T],
    row: impl Fn(&T) -> String,
) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{name} ({})", rows.len())?;
    for shown in rows.iter().take(ROWS_SHOWN) {
        writeln!(out, "  {}", row(shown).trim_end())?;
    }
    if let Some(more) = rows.len().checked_sub(ROWS_SHOWN).filter(|more| *more > 0) {
        writeln!(out, "  … and {more} more: `--summary --format jsonl` has all")?;
    }
    Ok(())
}

fn print_requests(out: &mut impl Write, events: &[AccessEvent]) -> anyhow::Result<()> {
    writeln!(out, "\nRequests ({})", events.len())?;
    for event in events {
        let source = event.source_ip.as_deref().unwrap_or("-");
        let result = match (event.status, event.error.as_deref()) {
            (Some(status), Some(error)) => format!("{status} {}", plain(error)),
            (Some(status), None) => status.to_string(),
            (None, Some(error)) => plain(error),
            (None, None) => "-".to_owned(),
        };
        let place = match (event.bucket.as_deref(), event.object.as_deref()) {
            (Some(bucket), Some(object)) => format!("{}/{}", plain(bucket), plain(object)),
            (Some(place), None) | (None, Some(place)) => plain(place),
            (None, None) => String::new(),
        };
        let line = format!(
            "  {} {:<16} {result:<4} {:>10} {} {place}",
            second(event.time),
            plain(source),
            size(event.bytes_out.unwrap_or(0)),
            plain(&event.operation)
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn counts(allowed: u64, denied: u64, bytes_out: u64) -> String {
    format!("{:>17}, {denied} refused, {:>10}", requests(allowed + denied), size(bytes_out))
}

fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Bytes for people: `431 B`, `4.2 GiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let step = (bytes.max(1).ilog2() / 10).min(4);
    match UNITS.get(step as usize) {
        Some(unit) if step > 0 => {
            let tenths = u128::from(bytes) * 10 / (1_u128 << (10 * step));
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        _ => format!("{bytes} B"),
    }
}

/// Text out of a log without what would command the terminal: clients choose it.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}
