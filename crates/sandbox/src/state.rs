//! Keeps the world over a restart: one snapshot, replaced whole, and a file for each content.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;

use crate::error::SandboxError;
use crate::world::{Bucket, SharedWorld, World};

/// Changes within this time are written together.
const PAUSE: Duration = Duration::from_millis(200);

fn snapshot(folder: &Path) -> PathBuf {
    folder.join("world.json")
}

/// The world that a folder keeps; `None` where it keeps none yet.
///
/// # Errors
/// The snapshot or a content cannot be read.
pub(crate) fn load(folder: &Path) -> Result<Option<World>, SandboxError> {
    let path = snapshot(folder);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SandboxError::Load { path, source }),
    };
    let mut world: World =
        serde_json::from_slice(&text).map_err(|source| SandboxError::Damaged { path, source })?;
    for object in world.buckets.values_mut().flat_map(Bucket::every_version_mut) {
        let path = folder.join("objects").join(&object.sha256);
        let bytes = std::fs::read(&path).map_err(|source| SandboxError::Load { path, source })?;
        object.content = Bytes::from(bytes);
    }
    Ok(Some(world))
}

/// What is to be written: taken from the world in one short look, so that no request waits for a disk.
struct Snapshot {
    /// The world without contents.
    text: Vec<u8>,
    /// Contents by their SHA-256.
    contents: BTreeMap<String, Bytes>,
}

impl Snapshot {
    fn of(world: &World) -> Result<Self, serde_json::Error> {
        let objects = world.buckets.values().flat_map(Bucket::every_version);
        Ok(Self {
            text: serde_json::to_vec(world)?,
            contents: objects
                .map(|object| (object.sha256.clone(), object.content.clone()))
                .collect(),
        })
    }

    /// Contents first, so that the world never names one that is not there; then what it no longer
    /// names goes.
    fn write(&self, folder: &Path) -> Result<(), SandboxError> {
        let contents = folder.join("objects");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SandboxError::Save { path, source }
        };
        std::fs::create_dir_all(&contents).map_err(failed(&contents))?;
        for (sha256, bytes) in &self.contents {
            let path = contents.join(sha256);
            if !path.exists() {
                replace(&path, bytes).map_err(failed(&path))?;
            }
        }
        let path = snapshot(folder);
        replace(&path, &self.text).map_err(failed(&path))?;
        for entry in std::fs::read_dir(&contents).map_err(failed(&contents))? {
            let entry = entry.map_err(failed(&contents))?;
            let named = entry.file_name().to_str().is_some_and(|it| self.contents.contains_key(it));
            if !named {
                std::fs::remove_file(entry.path()).map_err(failed(&entry.path()))?;
            }
        }
        Ok(())
    }
}

/// Writes the world into a folder.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn save(world: &SharedWorld, folder: &Path) -> Result<(), SandboxError> {
    let taken = Snapshot::of(&world.read());
    taken.map_err(|source| SandboxError::Damaged { path: snapshot(folder), source })?.write(folder)
}

/// Replaces a file whole; only its owner may read it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}

/// Writes the world after each change, for as long as the practice cloud lives.
pub(crate) async fn keep(world: Arc<SharedWorld>, folder: PathBuf) {
    loop {
        world.changed.notified().await;
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = save(&world, &folder) {
            tracing::error!(%error, "the practice cloud's state is not kept");
        }
    }
}
