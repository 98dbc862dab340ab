//! One run of the `git` program: it asks nothing, takes no settings from around it, is heard only so far as is told,
//! and ends with all that it started as soon as nobody waits for it any more.

use std::path::Path;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::RepositoryError;

/// How often the room that a run takes is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long after its end is waited for what git said, should something hold its standard error open.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Most of what git says that is kept; the rest is read and dropped, since the other side chooses some of the words.
const SAID_BYTES_MAX: usize = 64 * 1024;

/// Most of what git says that is told.
const SAID_CHARS_MAX: usize = 600;

/// Variables of git that are handed on: where the certificates are that its user trusts.
const HANDED_ON: [&str; 2] = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];

/// The program, told to ask nothing. `owners`: it is a person's own, whose settings count and whose terminal ends it
/// with what it started; otherwise it stands alone.
pub(crate) fn git(owners: bool) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let of_git = name.to_str().is_some_and(|name| name.starts_with("GIT_"));
        if of_git && !HANDED_ON.iter().any(|kept| name == *kept) {
            command.env_remove(name);
        }
    }
    if !owners {
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.process_group(0);
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "true")
        .env("GIT_LFS_SKIP_SMUDGE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What a run may cost.
pub(crate) struct Bounds<'b> {
    /// What it is about, for who reads of it.
    pub(crate) about: &'b str,
    /// Whether it stands alone, as what is not a person's own does.
    pub(crate) alone: bool,
    /// How long it may take.
    pub(crate) time_max: Duration,
    /// The folder that it writes to, and the most that may lie there.
    pub(crate) room: Option<(&'b Path, u64)>,
}

impl Bounds<'_> {
    async fn look(&self, began: Instant) -> Result<(), RepositoryError> {
        let address = || self.about.to_owned();
        if began.elapsed() > self.time_max {
            let seconds = self.time_max.as_secs();
            return Err(RepositoryError::TooLong { address: address(), seconds });
        }
        let Some((folder, bytes_max)) = self.room else { return Ok(()) };
        let folder = folder.to_owned();
        let bytes = tokio::task::spawn_blocking(move || bytes_below(&folder)).await;
        match bytes.is_ok_and(|bytes| bytes > bytes_max) {
            true => Err(RepositoryError::TooLarge { address: address(), bytes_max }),
            false => Ok(()),
        }
    }
}

/// Runs it to its end, or to where it costs too much; then nothing that it started is left.
pub(crate) async fn run(mut command: Command, bounds: &Bounds<'_>) -> Result<(), RepositoryError> {
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => RepositoryError::NoGit(bounds.about.to_owned()),
        _ => RepositoryError::Run(error),
    })?;
    let group = Group::of(&child, bounds.alone);
    let mut kept = Vec::new();
    let ended = {
        let mut hearing = pin!(hear(child.stderr.take(), &mut kept));
        let mut heard = false;
        let began = Instant::now();
        let ended: Result<ExitStatus, RepositoryError> = loop {
            tokio::select! {
                status = child.wait() => break status.map_err(RepositoryError::Run),
                () = &mut hearing, if !heard => heard = true,
                () = sleep(LOOK_EVERY) => if let Err(error) = bounds.look(began).await {
                    break Err(error);
                },
            }
        };
        drop(group);
        if ended.is_err() {
            drop(timeout(LAST_WORDS, child.kill()).await);
        }
        if !heard {
            drop(timeout(LAST_WORDS, hearing).await);
        }
        ended
    };
    match ended?.success() {
        true => Ok(()),
        false => Err(RepositoryError::Git { address: bounds.about.to_owned(), said: said(&kept) }),
    }
}

/// The processes of a run that stands alone. They end with this value: what fetches for git outlives it otherwise.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child, alone: bool) -> Self {
        let pid = child.id().filter(|_| alone).and_then(|id| i32::try_from(id).ok());
        Self(pid.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // That none is left is the rule.
            kill_process_group(pid, Signal::KILL).ok();
        }
    }
}

/// Reads what is said to its end, and keeps the beginning.
async fn hear(stderr: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stderr) = stderr else { return };
    let mut block = vec![0; 8 * 1024];
    while let Ok(read @ 1..) = stderr.read(&mut block).await {
        let room = SAID_BYTES_MAX.saturating_sub(kept.len());
        kept.extend_from_slice(&block[..read.min(room)]);
    }
}

/// What git said, in one line.
fn said(stderr: &[u8]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: Bounds<'_> =
        Bounds { about: "a test", alone: true, time_max: Duration::from_secs(60), room: None };

    /// A shell in git's place, alone as git is.
    fn shell(words: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", words]).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    /// A file into which a child writes its number, and whether that child is there.
    fn is_there(file: &Path) -> Option<bool> {
        let number: u32 = std::fs::read_to_string(file).ok()?.trim().parse().ok()?;
        let state = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        // A child that nobody has waited for yet is dead, too.
        Some(!state.is_empty() && !state.contains(") Z "))
    }

    async fn until(what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn what_git_says_without_end_is_kept_in_part() {
        let mut endless = shell("head -c 50000000 /dev/zero | tr '\\0' x >&2; exit 1");
        let mut kept = Vec::new();
        let mut child = endless.spawn().unwrap();
        hear(child.stderr.take(), &mut kept).await;
        assert_eq!(kept.len(), SAID_BYTES_MAX);
        let error = run(shell("echo first >&2; echo ' second' >&2; exit 1"), &ABOUT).await;
        assert!(error.unwrap_err().to_string().ends_with("first; second"));
    }

    #[tokio::test]
    async fn what_git_started_ends_with_it_and_with_who_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (left, dropped) = (folder.path().join("left"), folder.path().join("dropped"));
        let began = Instant::now();
        run(shell(&format!("sleep 300 & echo $! > '{}'", left.display())), &ABOUT).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(30), "what it left behind was waited for");
        until("what it left behind ends", || is_there(&left) == Some(false)).await;

        let waits = shell(&format!("sleep 300 & echo $! > '{}'; wait", dropped.display()));
        let waiting = tokio::spawn(async move { run(waits, &ABOUT).await });
        until("it runs", || is_there(&dropped) == Some(true)).await;
        waiting.abort();
        until("its child ends", || is_there(&dropped) == Some(false)).await;
    }

    #[tokio::test]
    async fn what_takes_too_long_or_too_much_room_ends() {
        let short = Bounds { time_max: Duration::from_secs(1), ..ABOUT };
        let error = run(shell("sleep 300"), &short).await.unwrap_err();
        assert!(matches!(error, RepositoryError::TooLong { .. }), "{error}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pack"), [0; 100]).unwrap();
        let narrow = Bounds { room: Some((folder.path(), 99)), ..ABOUT };
        let error = run(shell("sleep 300"), &narrow).await.unwrap_err();
        assert!(matches!(error, RepositoryError::TooLarge { .. }), "{error}");
    }
}
