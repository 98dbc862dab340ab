//! `claviger hunt`: everything that one key did.
//!
//! Out of the history of an installation, whether its service runs or not, or straight out of log
//! files. It reads and counts; judging is `replay`'s duty.

mod found;
mod long;
mod past;
mod text;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use claviger_history::{DroppedDays, History, HistoryError, SortedPile, Summary};
use claviger_model::{AccessEvent, AccessKeyId};
use claviger_watch::Places;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::{Value, json};

use self::found::{Found, Sorted};
use self::past::{Past, summary_json};
pub(super) use self::text::plain;
use self::text::{print_request, print_summary, requests};
use super::Exit;
use super::exit::say;
use super::logs::{Count, Input, is_written};
use super::places::Folder;
use crate::config::{Config, Given};

/// Requests that are held in memory to be told in every detail. What is more is told in counts, and its
/// requests pass one by one.
const HELD_MAX: u64 = 200_000;

/// Print everything that one key did: first and last use, sources, operations, objects, bytes
///
/// Reads the history of an installation, also while `claviger serve` writes it, or log files. The
/// last line on standard error is the number of requests.
///
/// However many requests there are, the memory is bounded. Those of log files that no longer fit
/// into `--memory` are put into temporary files, in the folder that `TMPDIR` names (`/tmp` unless it
/// is set); they have no names there and are gone with this process, however it ends. More than
/// 200,000 requests, or what does not fit, are summed up in counts with the most frequent values.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger hunt LTAI5tExampleExampleExam
  claviger hunt LTAI5tExampleExampleExam --since 7d --summary
  claviger hunt LTAI5tExampleExampleExam --logs access-logs/ --format jsonl
  claviger hunt LTAI5tExampleExampleExam --format parquet --output key.parquet

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

    /// Write into this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Hunt in these log files and folders, or `-` for standard input, instead of the history
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["data_dir", "config"])]
    logs: Vec<PathBuf>,

    /// Memory for the requests of log files, in MiB; what is more goes into temporary files
    #[arg(long, value_name = "MIB", default_value_t = 256, requires = "logs",
        value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    memory: u64,

    #[command(flatten)]
    folder: Folder,

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
    /// The requests as a Parquet file, oldest first, into `--output`
    Parquet,
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

/// What is asked, and what is known for the answer.
struct Hunt<'a> {
    args: &'a Args,
    places: &'a Places,
    /// Days asked for that the history dropped because a bound was given.
    not_kept: Vec<DroppedDays>,
}

/// What was told.
struct Told {
    requests: u64,
    is_whole: bool,
}

impl Args {
    /// Whether days lie in the stretch that is asked for.
    fn asks_for(&self, days: &DroppedDays) -> bool {
        let day = |at: Timestamp| TimeZone::UTC.to_datetime(at).date();
        self.since.is_none_or(|since| day(since) <= days.last)
            && self.until.is_none_or(|until| days.first <= day(until))
    }
}

impl Hunt<'_> {
    /// A summary with the days that it knows nothing of.
    fn with_days(&self, mut summary: Value) -> Value {
        let days = self.not_kept.iter();
        summary["days_not_kept"] =
            days.map(|days| json!({ "first": days.first, "last": days.last })).collect();
        summary
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let places = args.folder.load()?.places;
    let mut hunt = Hunt { args, places: &places, not_kept: Vec::new() };
    let told = match args.logs.is_empty() {
        true => tell_history(&mut hunt)?,
        false => tell_logs(&hunt)?,
    };
    let Some(told) = told else { return Ok(Exit::Findings) };
    if !hunt.not_kept.is_empty() {
        let days: Vec<String> = hunt.not_kept.iter().map(ToString::to_string).collect();
        say(&format!("the history dropped {}: what was done then may be missing", days.join(", ")));
    }
    if !told.is_whole {
        say("something could not be read: these numbers are the least");
    }
    if places.is_empty() && args.format == Format::Text && told.requests > 0 {
        say("networks and countries of sources are not known: `claviger places` says how");
    }
    say(&requests(told.requests));
    Ok(match told.requests {
        0 if told.is_whole => Exit::Clean,
        0 => Exit::Incomplete,
        _ => Exit::Findings,
    })
}

/// Tells what the history holds; `None` where the reader of the output had seen enough.
fn tell_history(hunt: &mut Hunt<'_>) -> anyhow::Result<Option<Told>> {
    let args = hunt.args;
    let given = Given::load(args.config.as_deref())?.over("data_dir", args.data_dir.clone());
    let folder = Config::of(&given)?.settings.data_dir;
    let history = open(&folder.join("history"), &folder)?;
    let unreadable = "the history cannot be read";
    hunt.not_kept = history.dropped().context(unreadable)?;
    hunt.not_kept.retain(|days| args.asks_for(days));
    let read = || history.read_key(&args.key, args.since, args.until).context(unreadable);
    if args.format == Format::Parquet {
        let mut events = read()?;
        let requests = claviger_history::write_parquet(parquet_output(args)?, &mut events)?;
        return Ok(Some(Told { requests, is_whole: !events.is_partial() }));
    }
    let only_requests = args.format == Format::Jsonl && !args.summary;
    let summary = match only_requests {
        true => None,
        false => Some(
            history
                .summary(&args.key, args.since, args.until, long::VALUES_NAMED)
                .context(unreadable)?,
        ),
    };
    if summary.as_ref().is_some_and(|summary| summary.events <= HELD_MAX) {
        let mut events = read()?;
        let held = events.by_ref().collect::<Result<Vec<_>, _>>().context(unreadable)?;
        return tell(hunt, &held, !events.is_partial());
    }
    tell_long(hunt, summary.as_ref(), |take| {
        let mut events = read()?;
        events.by_ref().try_for_each(|event| take(&event.context(unreadable)?))?;
        Ok(!events.is_partial())
    })
}

/// Tells requests that are too many to be held: in numbers, and one by one as they pass. `read` hands each
/// over and says whether none is missing. `None` where the reader of the output had seen enough.
fn tell_long(
    hunt: &Hunt<'_>,
    summary: Option<&Summary>,
    read: impl FnOnce(&mut dyn FnMut(&AccessEvent) -> anyhow::Result<()>) -> anyhow::Result<bool>,
) -> anyhow::Result<Option<Told>> {
    let args = hunt.args;
    let mut told = Told { requests: 0, is_whole: true };
    let written = output(args)?.write(|out| {
        if let Some(summary) = summary {
            (told.requests, told.is_whole) = (summary.events, !summary.is_partial);
            match args.format {
                Format::Jsonl => {
                    let value = long::to_json(&args.key, summary, hunt.places);
                    writeln!(out, "{}", hunt.with_days(value))?;
                }
                _ => long::print(out, &args.key, summary, hunt.places)?,
            }
            if args.summary {
                return Ok(());
            }
            writeln!(out, "\nRequests ({})", summary.events)?;
        }
        told.requests = 0;
        told.is_whole &= read(&mut |event| {
            told.requests += 1;
            print_one(out, args.format, event)
        })?;
        Ok(())
    })?;
    Ok(written.then_some(told))
}

fn open(history: &Path, folder: &Path) -> anyhow::Result<History> {
    if !history.is_dir() {
        bail!(
            "`{}` is no data folder with a history\nhint: name the folder that `claviger serve` \
             works in by `--data-dir`, or log files by `--logs`",
            folder.display()
        );
    }
    History::open_to_read(history).context("the history cannot be opened")
}

/// Tells what log files hold; `None` where the reader of the output had seen enough.
fn tell_logs(hunt: &Hunt<'_>) -> anyhow::Result<Option<Told>> {
    let args = hunt.args;
    let mut count = Count::default();
    let memory = usize::try_from(args.memory).unwrap_or(usize::MAX).saturating_mul(1 << 20);
    let mut found = Found::new(memory);
    Input::of_files(args.logs.clone()).read(&mut count, |mut event, format| {
        claviger_watch::name_account(format, &mut event);
        if event.access_key_id.as_deref() == Some(args.key.as_str())
            && args.since.is_none_or(|since| since <= event.time)
            && args.until.is_none_or(|until| event.time < until)
        {
            found.push(event.into_event())?;
        }
        Ok(())
    })?;
    count.close();
    let is_whole = count.is_whole();
    match found.sort()? {
        Sorted::Held(events) if args.format == Format::Parquet => {
            take_away(args, is_whole, events.into_iter().map(Ok))
        }
        Sorted::Held(events) => tell(hunt, &events, is_whole),
        Sorted::Piled(pile) if args.format == Format::Parquet => {
            take_away(args, is_whole, pile.read()?)
        }
        Sorted::Piled(pile) => tell_pile(hunt, &pile, is_whole),
    }
}

/// Writes requests of log files as Parquet.
fn take_away(
    args: &Args,
    is_whole: bool,
    events: impl Iterator<Item = Result<AccessEvent, HistoryError>>,
) -> anyhow::Result<Option<Told>> {
    let requests = claviger_history::write_parquet(parquet_output(args)?, events)?;
    Ok(Some(Told { requests, is_whole }))
}

/// Tells requests of log files that are too many to be held.
fn tell_pile(hunt: &Hunt<'_>, pile: &SortedPile, is_whole: bool) -> anyhow::Result<Option<Told>> {
    let only_requests = hunt.args.format == Format::Jsonl && !hunt.args.summary;
    let summary = match only_requests {
        true => None,
        false => Some(Summary { is_partial: !is_whole, ..pile.summary(long::VALUES_NAMED)? }),
    };
    tell_long(hunt, summary.as_ref(), |take| {
        pile.read()?.try_for_each(|event| take(&event?))?;
        Ok(is_whole)
    })
}

/// Tells requests that are held in memory.
fn tell(hunt: &Hunt<'_>, events: &[AccessEvent], is_whole: bool) -> anyhow::Result<Option<Told>> {
    let past = Past::of(&hunt.args.key, events, !is_whole);
    let written = output(hunt.args)?.write(|out| print(out, hunt, &past))?;
    Ok(written.then_some(Told { requests: events.len() as u64, is_whole }))
}

fn print(out: &mut dyn Write, hunt: &Hunt<'_>, past: &Past<'_>) -> anyhow::Result<()> {
    let args = hunt.args;
    if args.format == Format::Jsonl && args.summary {
        return Ok(writeln!(out, "{}", hunt.with_days(summary_json(past, hunt.places)))?);
    }
    if args.format == Format::Text {
        if past.events.is_empty() {
            return Ok(writeln!(out, "{} did nothing that is recorded here", past.key)?);
        }
        print_summary(out, past, hunt.places)?;
        if args.summary {
            return Ok(());
        }
        writeln!(out, "\nRequests ({})", past.events.len())?;
    }
    past.events.iter().try_for_each(|event| print_one(out, args.format, event))
}

/// One request, as a line.
fn print_one(out: &mut dyn Write, format: Format, event: &AccessEvent) -> anyhow::Result<()> {
    if format == Format::Text {
        return print_request(out, event);
    }
    serde_json::to_writer(&mut *out, event).map_err(io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// Where Parquet goes: no terminal shows it.
fn parquet_output(args: &Args) -> anyhow::Result<&Path> {
    if args.summary {
        bail!("a summary has no Parquet form\nhint: leave out `--summary`");
    }
    match &args.output {
        Some(path) => Ok(path),
        None => bail!("Parquet needs a file\nhint: name it by `--output FILE`"),
    }
}

/// Where words go.
struct Output(BufWriter<Box<dyn Write>>);

fn output(args: &Args) -> anyhow::Result<Output> {
    let out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(
            File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?,
        ),
        None => Box::new(io::stdout().lock()),
    };
    Ok(Output(BufWriter::new(out)))
}

impl Output {
    /// Writes, and whether all was taken.
    fn write(
        mut self,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        is_written(write(&mut self.0).and_then(|()| Ok(self.0.flush()?)))
    }
}
