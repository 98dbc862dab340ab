//! `claviger replay`: the detector over logs, in the order of time.
//!
//! The same logs give the same alarms, in whatever order and however often they are given.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use claviger_model::{Alarm, Leak, LeakSource};
use claviger_watch::{ALARMS_PER_DAY, Detector, Grants, Place, Places, Settings, Timeline};

use super::Exit;
use super::exit::say;
use super::hunt::plain;
use super::logs::{Count, Input, is_written};
use super::places::Folder;

/// Judge access logs: which keys were used by a stranger.
///
/// Every alarm carries its score in nats and its reasons in sentences; it stands when the log ends
/// at the event that raised it. The last line on standard error is `E events, M rejected, K keys, A
/// alarms`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger replay access-logs/
  claviger replay --leaks leaks.jsonl --format jsonl trail.json.gz

A line of the leaks file:
  {\"access_key_id\":\"LTAI…\",\"leaked_at\":\"2026-01-31T14:02:00Z\",\"source\":\"public\"}

Exit codes: 0 no alarm, 1 alarms, 2 error, 4 no alarm but something could not be read")]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,

    /// Known leaks, one JSON object a line
    #[arg(long, value_name = "FILE")]
    leaks: Option<PathBuf>,

    /// The dial: about how many alarms a day over all keys
    #[arg(long, value_name = "N", default_value_t = ALARMS_PER_DAY, value_parser = dial)]
    alarms_per_day: f64,

    #[command(flatten)]
    folder: Folder,

    /// Judge without this sensor, to learn what it is worth; may be given several times
    #[arg(long, value_name = "SENSOR", value_parser = sensor)]
    without: Vec<String>,

    /// How alarms are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How alarms are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Jsonl,
}

fn dial(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("give a number above 0, such as 5 or 0.1".to_owned()),
    }
}

fn sensor(name: &str) -> Result<String, String> {
    match Detector::new(Settings::default()).leave_out(name) {
        Ok(()) => Ok(name.to_owned()),
        Err(error) => Err(format!("{error}\nhint: {}", error.hint())),
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let places = Arc::new(args.folder.load()?.places);
    let mut detector = Detector::new(Settings { alarms_per_day: args.alarms_per_day });
    detector.set_places(places.clone());
    for name in &args.without {
        detector.leave_out(name)?;
    }
    if let Some(path) = &args.leaks {
        detector.set_leaks(leaks_of(path)?);
    }
    let mut count = Count::default();
    let (mut events, mut grants) = (Timeline::default(), Grants::default());
    args.input.read(&mut count, |mut event, format| {
        claviger_watch::name_account(format, &mut event);
        if let Some(minted) = event.minted() {
            detector.mint(&minted);
        }
        event.granted().into_iter().for_each(|granted| grants.add(granted));
        events.add(&event);
        Ok(())
    })?;

    detector.grant_all(&grants, &events);
    let mut alarms = 0_u64;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    events.in_order(|event| {
        if let Some(alarm) = detector.observe(event) {
            alarms += 1;
            written = print(&mut out, &alarm, &places, args.format);
        }
        written.is_ok()
    });
    if !is_written(written)? {
        return Ok(Exit::Findings);
    }
    if !is_written(out.flush().map_err(Into::into))? {
        return Ok(if alarms > 0 { Exit::Findings } else { Exit::Clean });
    }
    count.close();
    let repeats = count.events - events.len() as u64;
    if repeats > 0 {
        say(&format!("{repeats} events were delivered more than once and count once"));
    }
    say(&format!(
        "{} events, {} rejected, {} keys, {alarms} alarms",
        count.events,
        count.rejected,
        events.keys()
    ));
    Ok(match alarms {
        0 if count.is_whole() => Exit::Clean,
        0 => Exit::Incomplete,
        _ => Exit::Findings,
    })
}

fn print(
    out: &mut impl Write,
    alarm: &Alarm,
    places: &Places,
    format: Format,
) -> anyhow::Result<()> {
    if format == Format::Jsonl {
        serde_json::to_writer(&mut *out, alarm).map_err(io::Error::from)?;
        return Ok(out.write_all(b"\n")?);
    }
    writeln!(
        out,
        "{} {} score {:.1} nats ({:.0} %): {}",
        alarm.time,
        alarm.access_key_id,
        alarm.score,
        100.0 / (1.0 + (-alarm.score).exp()),
        alarm.families.join(", ")
    )?;
    for reason in &alarm.reasons {
        writeln!(out, "  {reason}")?;
    }
    for source in &alarm.sources {
        let place = places.of_source(source);
        if place != Place::default() {
            writeln!(out, "  {} is {place}", plain(source))?;
        }
    }
    Ok(writeln!(out)?)
}

/// The leaks of a file.
fn leaks_of(path: &Path) -> anyhow::Result<Vec<Leak>> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the leaks file `{}` cannot be read", path.display()))?;
    let mut leaks = Vec::new();
    for (line, number) in text.lines().zip(1_u64..) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(leak) => leaks.push(leak),
            Err(cause) => {
                let sources: Vec<&str> = LeakSource::ALL.iter().map(|s| s.as_str()).collect();
                bail!(
                    "{}:{number}: the line is no leak: {cause}\nhint: a leak is \
                     {{\"access_key_id\":\"LTAI…\",\"leaked_at\":\"2026-01-31T14:02:00Z\",\
                     \"source\":\"public\"}}, source one of {}",
                    path.display(),
                    sources.join(", ")
                )
            }
        }
    }
    Ok(leaks)
}
