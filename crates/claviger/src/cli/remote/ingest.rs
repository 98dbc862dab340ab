//! `claviger ingest`: log files into an installation, through a running service or straight into its
//! folder.
//!
//! Files are cut into pieces of whole lines, each sent packed and acknowledged before the next. A service
//! that is busy or gone is waited for, so that a run that ends well has lost nothing.

mod pieces;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use claviger_feed::body::Encoding;
use claviger_service::{Actor, Body, NewSource, Settings};
use claviger_watch::LogFormat;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{escaped, secret};
use crate::cli::client::{Client, Lines};
use crate::cli::exit::say;
use crate::cli::{Exit, print};
use pieces::Pieces;

/// The longest wait for a service that takes nothing, in a row.
const PATIENCE: Duration = Duration::from_secs(300);

/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The first pause between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Send log files to a source: into the history, the detector and the risk events
///
/// The source's token comes from `CLAVIGER_SOURCE_TOKEN`; without it, whoever is signed in sends. A
/// service that is busy or restarts is waited for. Lines that were sent before count once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  claviger ingest access.log --source ceph
  zcat access.log.gz | claviger ingest - --source ceph --json
  claviger ingest logs/*.gz --source archive --data-dir ./claviger-data

Exit codes: 0 every line was read, 2 error, 3 refused, 4 some lines could not be read")]
pub(crate) struct Args {
    /// Log files, plain, gzip or zstd; `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The source that they are sent to
    #[arg(long, value_name = "NAME")]
    source: String,
    /// The lines' format; recognised by itself unless given
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Address of the service
    #[arg(
        long,
        value_name = "URL",
        env = "CLAVIGER_SERVER",
        default_value = "http://127.0.0.1:8520",
        conflicts_with = "data_dir"
    )]
    server: String,
    /// Write straight into this installation's folder, in which no service runs
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print one JSON line a file
    #[arg(long)]
    json: bool,
}

/// What became of one file.
#[derive(Default)]
struct Count {
    lines: u64,
    events: u64,
    rejected: u64,
    bytes: u64,
    retries: u64,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    for file in args.files.iter().filter(|file| file.as_os_str() != "-") {
        if !file.is_file() {
            bail!("there is no file `{}`\nhint: give log files, or `-`", file.display());
        }
    }
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let target = Target::open(args).await?;
        let mut all = Count::default();
        for file in &args.files {
            let started = Instant::now();
            let count = send_file(args, &target, file).await?;
            if args.json {
                print(&json!({
                    "file": file, "lines": count.lines, "events": count.events,
                    "rejected": count.rejected, "bytes": count.bytes, "retries": count.retries,
                    "seconds": started.elapsed().as_secs_f64(),
                }))?;
            }
            all.events += count.events;
            all.rejected += count.rejected;
        }
        target.end().await;
        say(&format!("{} events, {} rejected", all.events, all.rejected));
        Ok(if all.rejected > 0 { Exit::Incomplete } else { Exit::Clean })
    })
}

async fn send_file(args: &Args, target: &Target, file: &Path) -> anyhow::Result<Count> {
    let mut count = Count::default();
    let mut pieces = Pieces::open(file)?;
    let mut format = args.log_format;
    let mut told = Instant::now();
    while let Some(piece) = pieces.next().with_context(|| format!("{}", file.display()))? {
        // A later piece may lack what told the format, such as the line that names the columns.
        format = format.or_else(|| claviger_watch::detect(&piece));
        let taken = target.send(args, format, &piece, &mut count.retries).await?;
        let number = |name: &str| taken[name].as_u64().unwrap_or_default();
        count.lines += number("lines");
        count.events += number("events");
        count.rejected += number("rejected");
        count.bytes += piece.len() as u64;
        for reject in taken["rejects"].as_array().into_iter().flatten().take(3) {
            let why = reject["why"].as_str().unwrap_or_default();
            say(&format!("{}: {why}", file.display()));
        }
        if told.elapsed() >= Duration::from_secs(2) {
            told = Instant::now();
            say(&format!("{}: {} lines so far", file.display(), count.lines));
        }
    }
    for why in pieces.left_out() {
        count.lines += 1;
        count.rejected += 1;
        say(&format!("{}: {why}", file.display()));
    }
    Ok(count)
}

/// Where pieces go.
enum Target {
    Server(Client),
    Folder(Box<claviger_service::Service>),
}

impl Target {
    async fn open(args: &Args) -> anyhow::Result<Self> {
        let Some(folder) = &args.data_dir else {
            let token = match std::env::var(secret::SOURCE_TOKEN) {
                Ok(token) => Some(token),
                Err(_) => secret::token(&args.server)?,
            };
            return Ok(Self::Server(Client::new(&args.server, token)?));
        };
        let settings = Settings::in_folder(folder.clone());
        let service = claviger_service::Service::open(settings).await?;
        let known = service.sources().await?;
        if !known.iter().any(|view| view.source.is_some() && view.name == args.source) {
            let new = NewSource {
                name: args.source.clone(),
                feed: claviger_model::Feed::Push,
                log_format: None,
                connection_id: None,
                secret: None,
            };
            service.add_source(&Actor::claviger(), new).await?;
        }
        Ok(Self::Folder(Box::new(service)))
    }

    /// No more comes.
    async fn end(&self) {
        match self {
            Self::Server(_) => {}
            Self::Folder(service) => service.settle().await,
        }
    }

    /// Sends a piece until it is taken.
    async fn send(
        &self,
        args: &Args,
        format: Option<LogFormat>,
        piece: &[u8],
        retries: &mut u64,
    ) -> anyhow::Result<Value> {
        match self {
            Self::Server(client) => send_to(client, args, format, piece, retries).await,
            Self::Folder(service) => {
                let actor = Actor::claviger();
                let bytes = piece.len() as u64;
                let pushed = service.may_push_as(&actor, &args.source, bytes).await?;
                let body =
                    Body { encoding: Encoding::Plain, log_format: format, bytes: piece.to_vec() };
                let taken = service.push(pushed, body).await?;
                let rejects: Vec<Value> = taken
                    .rejects
                    .iter()
                    .map(|(line, why)| json!({ "line": line, "why": why }))
                    .collect();
                Ok(json!({ "lines": taken.lines, "events": taken.events,
                    "rejected": taken.rejected, "rejects": rejects }))
            }
        }
    }
}

async fn send_to(
    client: &Client,
    args: &Args,
    format: Option<LogFormat>,
    piece: &[u8],
    retries: &mut u64,
) -> anyhow::Result<Value> {
    let mut path = format!("/ingest/{}", escaped(&args.source));
    if let Some(format) = format {
        path.push_str(&format!("?log_format={format}"));
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(piece)?;
    let packed = packer.finish()?;
    let started = Instant::now();
    let mut pause = PAUSE;
    loop {
        match client.post_lines(&path, packed.clone()).await? {
            Lines::Taken(answer) => return Ok(answer),
            Lines::Later { after, why } => {
                if started.elapsed() > PATIENCE {
                    bail!(
                        "{} took nothing for {} s: {why}\nhint: start it with `claviger serve`, or \
                         name another: `--server URL`",
                        args.server,
                        PATIENCE.as_secs()
                    );
                }
                *retries += 1;
                if *retries == 1 {
                    say(&format!("waiting: {why}"));
                }
                tokio::time::sleep(after.unwrap_or(pause)).await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}
