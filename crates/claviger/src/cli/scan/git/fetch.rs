//! A repository that lies elsewhere, fetched whole by the `git` program into a folder of its own that goes
//! when the scan ends.
//!
//! The program is told to ask nothing, to run nothing of the other side's, and to follow no redirection.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use claviger_dial::Guard;
use claviger_dial::reqwest::Url;
use tokio::runtime::Handle;

/// Settings of one run of git. `protocol.allow` keeps helpers of other protocols from being run.
const SETTINGS: [&str; 5] = [
    "protocol.allow=never",
    "http.followRedirects=false",
    "core.hooksPath=/dev/null",
    "fetch.fsckObjects=false",
    "gc.auto=0",
];

/// A fetched repository.
pub(in crate::cli::scan) struct Fetched {
    folder: tempfile::TempDir,
}

impl Fetched {
    /// Fetches `url`, an `https`, `http` or `ssh` address.
    ///
    /// # Errors
    /// The address is refused, there is no `git`, or it fails.
    pub(in crate::cli::scan) fn fetch(
        url: &str,
        guard: &Guard,
        handle: &Handle,
    ) -> anyhow::Result<Self> {
        let parsed = Url::parse(url).with_context(|| format!("`{url}` is no address"))?;
        let scheme = parsed.scheme().to_owned();
        let port = match scheme.as_str() {
            "https" => 443,
            "http" => 80,
            "ssh" => 22,
            other => bail!("git repositories are not read by `{other}`\nhint: `git+https://…`"),
        };
        let host = parsed.host_str().with_context(|| format!("`{url}` names no host"))?;
        // The same rules as for every other address that is dialled.
        handle.block_on(guard.resolve(host, parsed.port().unwrap_or(port)))?;
        let folder = tempfile::Builder::new().prefix("claviger-git-").tempdir()?;
        run(url, &scheme, folder.path())?;
        Ok(Self { folder })
    }

    /// Where it lies for the time of the scan.
    pub(in crate::cli::scan) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn run(url: &str, scheme: &str, folder: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("git");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command.args(["-c", &format!("protocol.{scheme}.allow=always")]);
    command.args(["clone", "--mirror", "--quiet", "--", url]).arg(folder);
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "true")
        .env("GIT_LFS_SKIP_SMUDGE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "the `git` program is needed to fetch `{url}`\nhint: install git, or clone the \
                   repository elsewhere and scan it as `git+file://PATH`"
            )
        }
        Err(error) => return Err(error).context("cannot run `git`"),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git cannot fetch `{url}`: {}", said.trim().replace('\n', "; "));
    }
    Ok(())
}
