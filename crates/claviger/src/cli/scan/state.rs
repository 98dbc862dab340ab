//! How far a scan has come, in a file: a run that was killed goes on where it was.
//!
//! A place is written only after everything found before it was handed to the system, so that nothing is
//! lost; what came after the last place that was written is scanned once more.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::item::Position;

/// Version of the file.
const VERSION: u32 = 1;
/// The place is written no more often than this.
const PAUSE: Duration = Duration::from_millis(500);

/// What was done, over all runs that make up a scan.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Total {
    /// Files, objects and blobs that were read.
    pub(super) files: u64,
    /// Bytes of them.
    pub(super) bytes: u64,
    /// Findings.
    pub(super) findings: u64,
    /// What could not be read, whole or in part.
    pub(super) unread: u64,
    /// What was too large, too old or not named.
    pub(super) left_out: u64,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    /// What the scan is about, so that it is not gone on with as another.
    asked: String,
    /// The key of fingerprints, in hexadecimal digits, unless the environment gives it: findings of all
    /// runs must be comparable.
    fingerprint_key: Option<String>,
    at: Option<Position>,
    total: Total,
    /// Whether the scan came to its end; another run then starts anew.
    complete: bool,
}

/// The file, if one is wanted.
pub(super) struct State {
    path: Option<PathBuf>,
    saved: Saved,
    written: Instant,
}

impl State {
    /// Reads the file of a scan that is about `asked`, or begins one.
    ///
    /// # Errors
    /// It cannot be read, or is about another scan.
    pub(super) fn open(path: Option<&Path>, asked: &str) -> anyhow::Result<Self> {
        let fresh = Saved {
            version: VERSION,
            asked: asked.to_owned(),
            fingerprint_key: None,
            at: None,
            total: Total::default(),
            complete: false,
        };
        let mut state =
            Self { path: path.map(Path::to_owned), saved: fresh, written: Instant::now() };
        let Some(path) = path else { return Ok(state) };
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(state),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read `{}`", path.display()));
            }
        };
        let saved: Saved = serde_json::from_slice(&text).with_context(|| {
            format!("`{}` is no state of a scan (hint: name another file)", path.display())
        })?;
        if saved.version != VERSION || (saved.asked != asked && !saved.complete) {
            bail!(
                "`{}` is the state of another scan\nhint: give the same arguments as then, or delete it",
                path.display()
            );
        }
        if !saved.complete {
            state.saved = saved;
        }
        Ok(state)
    }

    /// Where an earlier run came to.
    pub(super) fn position(&self) -> Option<&Position> {
        self.saved.at.as_ref()
    }

    /// What earlier runs did.
    pub(super) fn total(&self) -> Total {
        self.saved.total.clone()
    }

    /// The key of fingerprints of earlier runs.
    pub(super) fn fingerprint_key(&self) -> Option<&str> {
        self.saved.fingerprint_key.as_deref()
    }

    /// Keeps the key of fingerprints for later runs.
    pub(super) fn keep_fingerprint_key(&mut self, key: String) {
        self.saved.fingerprint_key = Some(key);
    }

    /// Everything up to a position is done and handed on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn reached(&mut self, position: Position, total: &Total) -> anyhow::Result<()> {
        if self.path.is_none() {
            return Ok(());
        }
        self.saved.at = Some(position);
        self.saved.total.clone_from(total);
        if self.written.elapsed() < PAUSE { Ok(()) } else { self.write() }
    }

    /// The run ends, with the scan at its end or not.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn end(&mut self, complete: bool) -> anyhow::Result<()> {
        self.saved.complete = complete;
        if complete {
            self.saved.fingerprint_key = None;
        }
        self.write()
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let told = || format!("cannot write `{}`", path.display());
        let mut name = path.clone().into_os_string();
        name.push(".new");
        // It may hold the key of fingerprints.
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&name)
            .with_context(told)?;
        let text = serde_json::to_vec_pretty(&self.saved)?;
        file.write_all(&text).and_then(|()| file.sync_data()).with_context(told)?;
        std::fs::rename(&name, path).with_context(told)?;
        self.written = Instant::now();
        Ok(())
    }
}
