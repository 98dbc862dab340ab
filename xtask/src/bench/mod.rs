//! `cargo xtask bench`: what the release binary does with real inputs, each figure beside a peer or a limit
//! that was measured in the same run. It judges nothing: no figure makes it fail.

mod accuracy;
mod build;
mod corpus;
mod detect;
mod history;
mod latency;
pub(crate) mod limit;
mod log_input;
mod logs;
mod random;
mod report;
mod respond;
mod scan;
mod statistics;
mod timing;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::say;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// MB/s of `claviger scan`, and whether it finds what is there
    Scan,
    /// Recall and precision of `claviger scan` on labelled cases, beside other scanners
    Accuracy,
    /// Events/s of `claviger logs` and `claviger replay`
    Logs,
    /// Request → mail, confirm → refused
    Latency,
    /// The same of few keys, and each call of the API about many risk events
    Respond,
    /// The history: events/s in, bytes an event, ms a key
    History,
    /// Attacks found and false alarms of `claviger replay` on a simulated company, beside other methods
    Detect,
    /// The clean release build
    Build,
}

/// What to measure, and how much.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure; everything unless given
    #[arg(value_enum)]
    what: Vec<What>,
    /// How to print the figures, on standard output
    #[arg(long, value_enum, default_value_t = report::Format::Text)]
    format: report::Format,
    /// Size of the corpus (1,100), and of each log (64), in megabytes
    #[arg(long)]
    megabytes: Option<u64>,
    /// How often each contender runs, in turn
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// What the generated inputs are made from; `detect` takes several
    #[arg(long = "seed", value_name = "SEED", default_value = "1")]
    seeds: Vec<u64>,
    /// Folder with real logs whose lines are repeated, instead of the practice cloud's and fixtures
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Uses of leaked keys, each of another key: 200 in `latency`, 20 in `respond`
    #[arg(long)]
    uses: Option<usize>,
    /// Events of the history (10,000,000), or risk events of `respond` (100,000)
    #[arg(long)]
    events: Option<u64>,
    /// The empty PostgreSQL database that `respond` uses, instead of a server of its own
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Measure this binary as it is, instead of building one for release
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Keys that the service knows when it is started again (1,000,000), or of the simulated
    /// company (2,000)
    #[arg(long)]
    keys: Option<u64>,
    /// How often the service looks at the log bucket; its default unless given
    #[arg(long, value_name = "MS")]
    log_poll_ms: Option<u64>,
    #[command(flatten)]
    detect: detect::DetectArgs,
}

impl Args {
    /// The seed of whatever takes one.
    fn seed(&self) -> u64 {
        self.seeds.first().copied().unwrap_or(1)
    }
}

/// Where everything is.
struct Bench {
    /// The release binary.
    claviger: String,
    /// This program, built for release.
    xtask: String,
    /// Where inputs and outputs lie.
    folder: PathBuf,
    /// Processors of this machine.
    processors: usize,
}

impl Bench {
    /// Whether a program is there; it is installed where that can be done.
    fn has_program(&self, program: &str, package: &str) -> bool {
        timing::is_installed(program) || crate::parts::apt_install(&[package])
    }
}

/// Runs the benches. The development build only builds the release one, which measures: what is
/// generated and what stands for a limit must not be slow by itself.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if cfg!(debug_assertions) && args.binary.is_none() {
        return run_release(args);
    }
    let xtask = std::env::current_exe().context("this program's own path is not known")?;
    let release = xtask.parent().context("this program lies nowhere")?;
    let folder = release.parent().unwrap_or(release).join("bench");
    std::fs::create_dir_all(&folder)?;
    let bench = Bench {
        claviger: args
            .binary
            .clone()
            .unwrap_or_else(|| release.join("claviger"))
            .display()
            .to_string(),
        xtask: xtask.display().to_string(),
        folder,
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    };
    let all = [
        What::Scan,
        What::Accuracy,
        What::Logs,
        What::Latency,
        What::Respond,
        What::History,
        What::Detect,
        What::Build,
    ];
    let chosen = if args.what.is_empty() { &all } else { args.what.as_slice() };
    for what in chosen {
        match what {
            What::Scan => scan::run(&bench, args)?,
            What::Accuracy => accuracy::run(&bench, args)?,
            What::Logs => logs::run(&bench, args)?,
            What::Latency => latency::run(&bench, args)?,
            What::Respond => respond::run(&bench, args)?,
            What::History => history::run(&bench, args)?,
            What::Detect => detect::run(&bench, args)?,
            What::Build => build::run(&bench, args)?,
        }
    }
    Ok(())
}

/// Builds both programs for release and lets this one go on there with the same arguments.
fn run_release(args: &Args) -> anyhow::Result<()> {
    let own = std::env::current_exe().context("this program's own path is not known")?;
    let target = own.parent().and_then(Path::parent).context("this program lies nowhere")?;
    // The history is measured without the rest.
    let is_whole = args.what.iter().any(|what| *what != What::History) || args.what.is_empty();
    for package in ["claviger", "xtask"].into_iter().skip(usize::from(!is_whole)) {
        say(&format!("xtask: building {package} for release …"));
        let built = Command::new(cargo())
            .args(["build", "--release", "--locked", "--quiet", "--package", package])
            .arg("--target-dir")
            .arg(target)
            .status()
            .context("cannot start cargo")?;
        if !built.success() {
            bail!("{package} could not be built");
        }
    }
    let program = target.join("release").join(own.file_name().unwrap_or_default());
    let status = Command::new(&program)
        .args(std::env::args_os().skip(1))
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !status.success() {
        bail!("the bench broke off");
    }
    Ok(())
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
