//! A repository that lies elsewhere, fetched by the `git` program.
//!
//! The program is told to ask nothing, to run nothing of the other side's, and to follow no redirection. It connects
//! to the addresses that were judged and to no other. A token travels in the environment, never on a command line
//! or on disk.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use claviger_dial::Guard;
use claviger_model::Secret;
use tokio::process::Command;
use tokio::time::Instant;

use crate::{Address, RepositoryError};

/// Settings of one run of git. `protocol.allow` keeps helpers of other protocols from being run; a transfer that
/// stands still for a minute ends.
const SETTINGS: [&str; 10] = [
    "protocol.allow=never",
    "http.followRedirects=false",
    "http.proxy=",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "core.hooksPath=/dev/null",
    "fetch.fsckObjects=false",
    "fetch.recurseSubmodules=false",
    "maintenance.auto=false",
    "gc.auto=0",
];

/// Longest fetch.
const FETCH_TIME_MAX: Duration = Duration::from_secs(3600);

/// Largest repository that is fetched.
const BYTES_MAX: u64 = 20 << 30;

/// How often the room that a fetch takes is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Most of what git says that is told.
const SAID_CHARS_MAX: usize = 600;

/// Variables of git that are handed on: where the certificates are that its user trusts.
const HANDED_ON: [&str; 2] = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];

/// Answers git's question for a name and a password out of the environment.
const ANSWER: &str = "!f() { test \"$1\" = get && \
    printf 'username=%s\\npassword=%s\\n' \"$CLAVIGER_GIT_USER\" \"$CLAVIGER_GIT_TOKEN\"; }; f";

/// What opens a repository.
pub struct Login {
    /// The name; hosts that take a token take any.
    pub user: String,
    /// The token or password.
    pub token: Secret,
}

/// A repository fetched whole, into a folder that goes with this value.
pub struct Fetched {
    folder: tempfile::TempDir,
}

impl Fetched {
    /// Fetches a repository that lies elsewhere; `address` as people write it.
    ///
    /// # Errors
    /// The address is refused, there is no `git`, or it fails.
    pub async fn fetch(address: &str, guard: &Guard) -> Result<Self, RepositoryError> {
        let parsed = Address::parse(address)?;
        let folder = tempfile::Builder::new().prefix("claviger-git-").tempdir();
        let folder = folder.map_err(RepositoryError::Run)?;
        let run = Run::to(&parsed, guard, None).await?;
        // A person's own settings open what they may read.
        let args = ["clone", "--mirror", "--quiet", "--"].map(OsStr::new);
        run.git(folder.path(), true, |command, url| {
            command.args(args).arg(url).arg(folder.path());
        })
        .await?;
        Ok(Self { folder })
    }

    /// Where it lies for the time being.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// One run of git towards an address that was judged.
pub(crate) struct Run<'l> {
    url: String,
    settings: Vec<String>,
    ssh: String,
    login: Option<&'l Login>,
}

impl<'l> Run<'l> {
    /// Judges an address by the same rules as every other one that is dialled.
    pub(crate) async fn to(
        address: &Address,
        guard: &Guard,
        login: Option<&'l Login>,
    ) -> Result<Self, RepositoryError> {
        let Address::Elsewhere { url, scheme, host, port } = address else {
            return Err(RepositoryError::Address {
                address: format!("{address:?}"),
                why: "it lies on this machine and is read there",
                hint: "read it where it lies",
            });
        };
        let bare = host.trim_matches(['[', ']']);
        let judged = guard.resolve(bare, *port).await?;
        let mut settings: Vec<String> = SETTINGS.map(str::to_owned).to_vec();
        settings.push(format!("protocol.{scheme}.allow=always"));
        let addresses: Vec<String> = judged.iter().map(|one| one.ip().to_string()).collect();
        if bare.parse::<IpAddr>().is_err() {
            // A name that changes its mind between the judgement and the connection gains nothing.
            settings.push(format!("http.curloptResolve={bare}:{port}:{}", addresses.join(",")));
        }
        if login.is_some() && *scheme != "ssh" {
            let place = format!("credential.{scheme}://{host}:{port}");
            let usual = (*scheme == "https" && *port == 443) || (*scheme == "http" && *port == 80);
            let place = if usual { format!("credential.{scheme}://{host}") } else { place };
            settings.push("credential.helper=".to_owned());
            settings.push(format!("{place}.helper={ANSWER}"));
        }
        let first = addresses.first().map(String::as_str).unwrap_or_default();
        let ssh = format!(
            "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=30 \
             -oHostName={first} -oHostKeyAlias={bare} -oProxyCommand=none -oProxyJump=none"
        );
        Ok(Self { url: url.clone(), settings, ssh, login })
    }

    /// Runs git in a folder whose room is looked after; `owners` says whether the settings of whoever runs this
    /// count.
    pub(crate) async fn git(
        &self,
        folder: &Path,
        owners: bool,
        arguments: impl FnOnce(&mut Command, &str),
    ) -> Result<(), RepositoryError> {
        let mut command = bare_git(owners);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        arguments(&mut command, &self.url);
        command.env("GIT_SSH_COMMAND", &self.ssh);
        if let Some(login) = self.login {
            command.env("CLAVIGER_GIT_USER", &login.user);
            command.env("CLAVIGER_GIT_TOKEN", login.token.reveal());
        }
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(RepositoryError::NoGit(self.url.clone()));
            }
            Err(error) => return Err(RepositoryError::Run(error)),
        };
        let until = Instant::now() + FETCH_TIME_MAX;
        let mut ended = std::pin::pin!(child.wait_with_output());
        let output = loop {
            tokio::select! {
                output = &mut ended => break output.map_err(RepositoryError::Run)?,
                () = tokio::time::sleep(LOOK_EVERY) => self.look(folder, until)?,
            }
        };
        if output.status.success() {
            return Ok(());
        }
        Err(RepositoryError::Git { address: self.url.clone(), said: said(&output.stderr) })
    }

    /// Ends a run, which is killed with it, that takes too long or too much room.
    fn look(&self, folder: &Path, until: Instant) -> Result<(), RepositoryError> {
        let address = || self.url.clone();
        if Instant::now() > until {
            let seconds = FETCH_TIME_MAX.as_secs();
            return Err(RepositoryError::TooLong { address: address(), seconds });
        }
        match bytes_below(folder) > BYTES_MAX {
            true => Err(RepositoryError::TooLarge { address: address(), bytes_max: BYTES_MAX }),
            false => Ok(()),
        }
    }
}

/// The program, told to ask nothing and to take no settings from around it. It ends with whoever waits for it.
pub(crate) fn bare_git(owners: bool) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let of_git = name.to_str().is_some_and(|name| name.starts_with("GIT_"));
        if of_git && !HANDED_ON.iter().any(|kept| name == *kept) {
            command.env_remove(name);
        }
    }
    if !owners {
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "true")
        .env("GIT_LFS_SKIP_SMUDGE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What git said, in one line.
pub(crate) fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ").chars().filter(|sign| !sign.is_control()).take(SAID_CHARS_MAX).collect()
}

/// Bytes of all files below a folder.
fn bytes_below(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(file) if file.is_dir() => open.push(entry.path()),
                Ok(file) => bytes += file.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}
