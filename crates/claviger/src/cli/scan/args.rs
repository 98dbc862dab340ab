//! What `claviger scan` is asked, and what that means: the rules, what is chosen, what one item may cost.

use std::path::{Path, PathBuf};

use anyhow::Context;
use claviger_model::{FingerprintKey, Sensitivity};
use claviger_scan::{Baseline, Limits, Scanner};
use jiff::Timestamp;

use super::glob::Globs;
use super::print::Format;
use super::select::{self, Select};

/// False alarms of one file that are told at most.
const SUPPRESSED_MAX: u64 = 10_000;

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
    /// `git+file:///PATH`, `git+https://…`; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// How to print findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Print the secrets themselves
    #[arg(long)]
    pub(super) reveal: bool,
    /// Threads, each on a file or a part of a large one [default: the number of processors]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// Scan only paths that match: `*.csv` is about names, `data/**` about paths below PATH
    #[arg(long, value_name = "GLOB")]
    pub(super) include: Vec<String>,
    /// Leave out paths that match
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Scan only what changed since a day, a moment or a time ago: `2026-01-31`, `12h`, `7d`
    #[arg(long, value_name = "WHEN")]
    pub(super) since: Option<String>,
    /// Leave out what is larger: `500M`, `2G`
    #[arg(long, value_name = "SIZE")]
    pub(super) max_size: Option<String>,
    /// Open containers inside each other up to this many
    #[arg(long, value_name = "N")]
    pub(super) max_depth: Option<u32>,
    /// Unpack up to this much of each file
    #[arg(long, value_name = "SIZE")]
    pub(super) max_unpacked: Option<String>,
    /// Look for key pairs and other credentials alone: several times faster
    #[arg(long)]
    pub(super) no_data_types: bool,
    /// Further rules about credentials, in the notation of `crates/scan/rules`; one with a known name takes its
    /// place, and `disabled` lists names to switch off
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,
    /// Leave out paths that match one of the patterns in FILE, one a line
    #[arg(long, value_name = "FILE")]
    pub(super) ignore_file: Vec<PathBuf>,
    /// Pass over what an earlier scan found, by the file that `--write-baseline` wrote
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write what is found to FILE, for `--baseline` of later scans; set `CLAVIGER_FINGERPRINT_KEY` for both
    #[arg(long, value_name = "FILE")]
    pub(super) write_baseline: Option<PathBuf>,
    /// Also print what looked like a finding and is none, with the reason
    #[arg(long)]
    pub(super) show_suppressed: bool,
    /// Do not read the history of repositories in folders
    #[arg(long)]
    pub(super) no_history: bool,
    /// Keep in FILE how far the scan has come, and go on from there
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// The template that says how sensitive data is; `claviger templates` lists them
    #[arg(long, value_name = "NAME", default_value = "internet_industry")]
    pub(super) template: String,
    /// Pass over findings that are less sensitive by the template: `S1` to `S4`
    #[arg(long, value_name = "LEVEL", value_parser = level_of)]
    pub(super) least_level: Option<Sensitivity>,
    /// Pass over findings that are less sure, from 0 to 1
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0)]
    pub(super) least_confidence: f64,
    /// Ask the issuers of key pairs whether they work, by the call that changes nothing
    /// (`sts:GetCallerIdentity`)
    #[arg(long)]
    pub(super) check_live: bool,
    /// Where to ask instead: `aliyun=URL`, `aws=URL`
    #[arg(long, value_name = "PROVIDER=URL")]
    pub(super) sts_endpoint: Vec<String>,
    /// Profile of aliyun, ossutil or aws with the credentials of buckets
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Region of buckets
    #[arg(long)]
    pub(super) region: Option<String>,
    /// Endpoint of the store, unless it is the provider's own
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Private network that may be dialled
    #[arg(long, value_name = "NETWORK", default_value = "127.0.0.0/8")]
    pub(super) allow_network: Vec<String>,
}

/// The rules that are asked for.
pub(super) fn scanner_of(args: &Args, key: FingerprintKey) -> anyhow::Result<Scanner> {
    let scanner = match &args.rules {
        None => Scanner::builtin(key),
        Some(path) => {
            let text = read_text(path)?;
            Scanner::with_rules(key, &text).map_err(|error| {
                let hint = error.hint();
                anyhow::Error::new(error).context(format!("{} (hint: {hint})", path.display()))
            })?
        }
    };
    Ok(if args.no_data_types { scanner.without_data_types() } else { scanner })
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// What is known from an earlier scan.
pub(super) fn read_baseline(path: &Path) -> anyhow::Result<Baseline> {
    Baseline::read(&read_text(path)?).map_err(|error| {
        let hint = error.hint();
        anyhow::Error::new(error).context(format!("{} (hint: {hint})", path.display()))
    })
}

/// The patterns of what is left out: those given, and those in files of patterns.
pub(super) fn left_out(args: &Args) -> anyhow::Result<Vec<String>> {
    let mut patterns = args.exclude.clone();
    for path in &args.ignore_file {
        let text = read_text(path)?;
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        patterns.extend(lines.map(str::to_owned));
    }
    Ok(patterns)
}

/// What is chosen.
pub(super) fn select_of(args: &Args) -> anyhow::Result<Select> {
    Ok(Select {
        include: Globs::new(&args.include)?,
        exclude: Globs::new(&left_out(args)?)?,
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

/// What one item may cost.
pub(super) fn limits_of(args: &Args) -> anyhow::Result<Limits> {
    let usual = Limits::default();
    Ok(Limits {
        depth: args.max_depth.unwrap_or(usual.depth),
        expanded_bytes: match &args.max_unpacked {
            Some(text) => select::size(text)?,
            None => usual.expanded_bytes,
        },
        suppressed: if args.show_suppressed { SUPPRESSED_MAX } else { 0 },
        ..usual
    })
}
