//! A copy of a repository that lies elsewhere, kept and brought up to date: only what is new travels.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use claviger_dial::Guard;

use crate::fetch::{Login, Run};
use crate::program::{self, Bounds};
use crate::{Address, ObjectId, RepositoryError, is_repository};

/// What is brought: every branch, tag and request to merge. What a host makes anew of such a request whenever its
/// target moves is nobody's work.
const NAMES: [&str; 3] = ["+refs/*:refs/*", "^refs/pull/*/merge", "^refs/merge-requests/*/merge"];

/// A file that a killed run left is this old at least: git holds locks for a moment, and writes at what it receives
/// all the time.
const LEFT_BEHIND: Duration = Duration::from_secs(120);

/// Longest tidying: it is tried again when more is new.
const TIDY_TIME_MAX: Duration = Duration::from_secs(1800);

/// Longest time to make an empty copy.
const MAKE_TIME_MAX: Duration = Duration::from_secs(60);

/// A copy in a folder.
pub struct Mirror {
    folder: PathBuf,
}

impl Mirror {
    /// The copy in a folder, which is made when it is brought up to date first.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Brings it up to date.
    ///
    /// # Errors
    /// The address is refused, there is no `git`, or it fails.
    pub async fn update(
        &self,
        address: &Address,
        guard: &Guard,
        login: Option<&Login>,
    ) -> Result<(), RepositoryError> {
        let run = Run::to(address, guard, login).await?;
        self.make().await?;
        self.forget_left_behind(LEFT_BEHIND).await;
        let fetched = run.git(&self.folder, false, |command, url| {
            command.arg("--git-dir").arg(&self.folder);
            command.args(["fetch", "--prune", "--quiet", "--no-tags", "--no-write-fetch-head"]);
            command.args(["--force", "--", url]).args(NAMES);
        });
        let fetched = fetched.await;
        if fetched.as_ref().is_err_and(RepositoryError::is_beyond_bounds) {
            // Nobody writes there any more: what came of it fills the disk for nothing.
            self.forget_left_behind(Duration::ZERO).await;
        }
        fetched
    }

    /// Packs what many updates left as single files, and lets go of what no name leads to any more.
    ///
    /// # Errors
    /// `git` fails.
    pub async fn tidy(&self) -> Result<(), RepositoryError> {
        let mut command = program::git(false);
        command.args(["-c", "gc.autoDetach=false", "--git-dir"]).arg(&self.folder);
        command.args(["gc", "--auto", "--quiet", "--prune=now"]);
        let tidied = self.run(command, TIDY_TIME_MAX).await;
        if tidied.is_err() {
            self.forget_left_behind(Duration::ZERO).await;
        }
        tidied
    }

    /// Whether the other side still hands out a commit that no name leads to there, to whoever knows what it is
    /// called.
    ///
    /// # Errors
    /// The address is refused, there is no `git`, or the other side cannot be reached.
    pub async fn is_handed_out(
        &self,
        commit: &ObjectId,
        address: &Address,
        guard: &Guard,
        login: Option<&Login>,
    ) -> Result<bool, RepositoryError> {
        // Goes when it ends.
        let room = tempfile::Builder::new().prefix("claviger-git-").tempdir();
        let room = room.map_err(RepositoryError::Run)?;
        let trial = Self { folder: room.path().join("trial.git") };
        trial.make().await?;
        let run = Run::to(address, guard, login).await?;
        let asked = run
            .git(&trial.folder, false, |command, url| {
                command.arg("--git-dir").arg(&trial.folder);
                command.args(["fetch", "--quiet", "--no-tags", "--depth=1", "--filter=tree:0"]);
                command.args(["--", url, &commit.hex()]);
            })
            .await;
        match asked {
            Ok(()) => Ok(true),
            Err(RepositoryError::Git { said, .. }) if is_refusal(&said) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes an empty copy without hooks, where there is none.
    async fn make(&self) -> Result<(), RepositoryError> {
        if is_repository(&self.folder) {
            return Ok(());
        }
        // What not everybody may read there, nobody else may read here.
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.folder).map_err(RepositoryError::Run)?;
        let mut command = program::git(false);
        command.args(["init", "--bare", "--quiet", "--template=", "--object-format=sha1", "--"]);
        command.arg(&self.folder);
        self.run(command, MAKE_TIME_MAX).await
    }

    /// Runs git here.
    async fn run(
        &self,
        command: tokio::process::Command,
        time_max: Duration,
    ) -> Result<(), RepositoryError> {
        let about = self.folder.display().to_string();
        program::run(command, &Bounds { about: &about, alone: true, time_max, room: None }).await
    }

    async fn forget_left_behind(&self, age_min: Duration) {
        let folder = self.folder.clone();
        let forgotten =
            tokio::task::spawn_blocking(move || forget_left_behind(&folder, age_min)).await;
        drop(forgotten);
    }
}

/// Whether the other side answered, and does not hand it out.
fn is_refusal(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "not our ref",
        "unadvertised object",
        "no such ref",
        "couldn't find remote ref",
        "unable to find",
    ]
    .iter()
    .any(|words| said.contains(words))
}

/// Removes locks and half-received packs of a run that was killed so long ago.
fn forget_left_behind(folder: &Path, age_min: Duration) {
    let now = SystemTime::now();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Ok(file) = entry.metadata() else { continue };
            if file.is_dir() {
                open.push(path);
                continue;
            }
            let name = name.to_string_lossy();
            let passing = name.ends_with(".lock") || name.starts_with("tmp_");
            let age = file.modified().ok().and_then(|at| now.duration_since(at).ok());
            if passing && age.is_some_and(|age| age >= age_min) {
                drop(std::fs::remove_file(path));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_what_one_at_work_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("objects/pack");
        std::fs::create_dir_all(&pack).unwrap();
        let (half, whole) = (pack.join("tmp_pack_a1"), pack.join("pack-a1.pack"));
        std::fs::write(&half, "PACK").unwrap();
        std::fs::write(&whole, "PACK").unwrap();
        forget_left_behind(folder.path(), LEFT_BEHIND);
        assert!(half.exists());
        forget_left_behind(folder.path(), Duration::ZERO);
        assert!(!half.exists() && whole.exists());
    }
}
