//! `claviger logs`: access logs as access events, one JSON line each.
//!
//! Also where a command's log files are found and read; `replay` and `hunt` read them the same way. What
//! cannot be read is said on standard error, counted, and never stops the run.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use claviger_watch::{Blocks, EventView, LogFormat, Parser, Reject};

use super::Exit;
use super::event_json::EventJson;
use super::exit::say;

/// Longest log that is read, unpacked, in bytes. It is read block by block; this ends only what was
/// packed to never end.
const LOG_MAX: u64 = 1 << 40;

/// Bytes of output that are gathered before they are written.
const OUTPUT_BLOCK: usize = 256 * 1024;

/// Complaints shown one by one; the others are counted.
const COMPLAINTS_SHOWN: u64 = 20;

/// Print access logs as JSON lines.
///
/// One line a request, with the same fields whatever the log's format. Rejected lines are named on
/// standard error, and the last line there counts both: `N events, M rejected`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger logs access.log
  claviger logs --log-format cloudtrail AWSLogs/
  zcat access.log.gz | claviger logs -

Exit codes: 0 every line was read, 2 error, 4 something could not be read")]
pub(crate) struct Args {
    #[command(flatten)]
    input: Input,
}

/// The logs of a command.
#[derive(Debug, clap::Args)]
pub(crate) struct Input {
    /// Log files, plain or gzip; folders, read with all below them in the order of names; `-` for
    /// standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The logs' format: `auto` or one of those that `claviger logs --log-format help` names
    #[arg(long, value_name = "FORMAT", default_value = "auto", value_parser = choice)]
    log_format: Choice,
}

/// The format asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Each log's own, by its first lines.
    Auto,
    /// This one for every log.
    Named(LogFormat),
}

fn choice(name: &str) -> Result<Choice, String> {
    if name == "auto" {
        return Ok(Choice::Auto);
    }
    let named = name.parse().map(Choice::Named);
    named.map_err(|error: claviger_watch::UnknownLogFormat| {
        format!("{error}\nhint: {}, or leave it out to recognise each log by itself", error.hint())
    })
}

/// What was read and what was not.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) events: u64,
    pub(crate) rejected: u64,
    unreadable: u64,
    complaints: u64,
}

impl Count {
    /// Whether every byte was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.rejected == 0 && self.unreadable == 0
    }

    fn complain(&mut self, what: &str) {
        self.complaints += 1;
        if self.complaints <= COMPLAINTS_SHOWN {
            say(what);
        }
    }

    fn reject(&mut self, name: &str, reject: &Reject, hint: &str) {
        self.rejected += 1;
        self.complain(&format!("{name}:{}: {}{hint}", reject.line, reject.why));
    }

    /// Counts the complaints that were not shown.
    pub(crate) fn close(&self) {
        if self.complaints > COMPLAINTS_SHOWN {
            say(&format!("… and {} more", self.complaints - COMPLAINTS_SHOWN));
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut count = Count::default();
    let mut out = io::stdout().lock();
    let mut lines = EventJson::default();
    let written = args.input.read(&mut count, |event, _| {
        lines.push(&event);
        if lines.bytes().len() > OUTPUT_BLOCK {
            out.write_all(lines.bytes())?;
            lines.clear();
        }
        Ok(())
    });
    let rest = out.write_all(lines.bytes()).and_then(|()| out.flush());
    if !is_written(written)? || !is_written(rest.map_err(Into::into))? {
        return Ok(Exit::Clean);
    }
    count.close();
    say(&format!("{} events, {} rejected", count.events, count.rejected));
    Ok(if count.is_whole() { Exit::Clean } else { Exit::Incomplete })
}

/// Whether the output was taken. A reader that has seen enough and went away is no error.
pub(crate) fn is_written(result: anyhow::Result<()>) -> anyhow::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) => match error.downcast_ref::<io::Error>() {
            Some(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(false),
            _ => Err(error),
        },
    }
}

impl Input {
    /// These files and folders, each in the format that it is recognised by.
    pub(crate) fn of_files(files: Vec<PathBuf>) -> Self {
        Self { files, log_format: Choice::Auto }
    }

    /// Reads every log and hands each of its events over.
    ///
    /// # Errors
    /// A file named on the command line does not exist, or `take` fails.
    pub(crate) fn read(
        &self,
        count: &mut Count,
        mut take: impl FnMut(EventView<'_>, Option<LogFormat>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        for path in &self.files {
            if path.as_os_str() != "-" && !path.exists() {
                bail!(
                    "there is no file `{}`\nhint: give log files, folders of them, or `-` for \
                     standard input",
                    path.display()
                );
            }
        }
        for path in &self.files {
            for path in files_below(path, count) {
                let name = path.display().to_string();
                match open(&path) {
                    Ok(log) => self.read_log(log, &name, count, &mut take)?,
                    Err(error) => {
                        count.unreadable += 1;
                        count.complain(&format!("{name}: {error}"));
                    }
                }
            }
        }
        Ok(())
    }

    fn read_log(
        &self,
        log: impl Read,
        name: &str,
        count: &mut Count,
        take: &mut impl FnMut(EventView<'_>, Option<LogFormat>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut blocks = Blocks::new(log, LOG_MAX);
        let mut parser = None;
        let (mut is_known, mut format, mut failed) = (true, None, None);
        while let Some((block, is_last)) = blocks.next_block() {
            let parser = parser.get_or_insert_with(|| {
                format = self.format_of(block);
                is_known = format.is_some();
                Parser::new(format)
            });
            let read = parser.push(block, is_last, &mut |event| {
                if failed.is_none() {
                    failed = take(event, format).err();
                }
            });
            if let Some(failed) = failed {
                return Err(failed);
            }
            blocks.keep_from(read);
        }
        let mut parser = parser.unwrap_or_else(|| Parser::new(None));
        if let Some(failure) = blocks.failure() {
            parser.reject_rest(format!("{failure} (hint: {})", failure.hint()));
        }
        let tally = parser.finish();
        count.events += tally.events;
        let hint = if is_known { "" } else { "; `--log-format` names one" };
        tally.rejects.iter().for_each(|reject| count.reject(name, reject, hint));
        Ok(())
    }

    fn format_of(&self, block: &[u8]) -> Option<LogFormat> {
        match self.log_format {
            Choice::Auto => claviger_watch::detect(block),
            Choice::Named(format) => Some(format),
        }
    }
}

/// The files at and below a path, in the order of names. Links to folders are not followed, so that
/// no circle is walked.
fn files_below(path: &Path, count: &mut Count) -> Vec<PathBuf> {
    let mut files = Vec::new();
    // Folders are pushed in reverse, so that the first name is looked at first.
    let mut open = vec![path.to_owned()];
    while let Some(found) = open.pop() {
        let is_followed = found == path || !found.is_symlink();
        let is_folder = found.as_os_str() != "-" && found.is_dir();
        if !is_folder {
            files.push(found);
            continue;
        }
        if !is_followed {
            continue;
        }
        let entries = fs::read_dir(&found).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Ok(entries) => {
                let mut below: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
                below.sort_unstable_by(|a, b| b.cmp(a));
                open.extend(below);
            }
            Err(error) => {
                count.unreadable += 1;
                count.complain(&format!("{}: {error}", found.display()));
            }
        }
    }
    files
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path)?))
}
