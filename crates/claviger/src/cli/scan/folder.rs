//! Files and folders, in the order of names as bytes. Links inside folders are not followed, so none
//! can lead in a circle; a repository's objects are read as its history.

use std::fs::FileType;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::git;
use super::item::{Item, Listed, Position, Source};
use super::select::Select;

/// How a folder is read.
#[derive(Clone)]
pub(super) struct Manner {
    /// What is chosen.
    pub(super) select: Arc<Select>,
    /// Whether repositories are read with their history.
    pub(super) history: bool,
    /// Counts links that are not followed.
    pub(super) links: Arc<AtomicU64>,
    /// Counts what the choice leaves out.
    pub(super) left_out: Arc<AtomicU64>,
}

/// A folder being listed.
pub(super) struct Walk {
    target: usize,
    root: PathBuf,
    manner: Manner,
    /// What the listing begins behind.
    from: Option<Position>,
    /// The same as a path.
    behind: Option<PathBuf>,
    /// Entries that were not visited, of each folder on the way, last first.
    open: Vec<Vec<(PathBuf, FileType)>>,
    /// What the folders could not say.
    unread: Vec<String>,
    /// The history that is being read, before the listing goes on.
    history: Option<git::Walk>,
}

impl Walk {
    /// Lists `root`, the target of this number, from the start or behind a position.
    pub(super) fn new(target: usize, root: &Path, manner: Manner, from: Option<&Position>) -> Self {
        let bytes = from.map(Position::path_bytes);
        let behind = bytes.map(|bytes| PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)));
        let mut walk = Self {
            target,
            root: root.to_owned(),
            manner,
            from: from.cloned(),
            behind,
            open: Vec::new(),
            unread: Vec::new(),
            history: None,
        };
        walk.enter(root);
        walk
    }

    /// Opens a folder: its entries come next.
    fn enter(&mut self, folder: &Path) {
        let is_repository = git::is_repository(folder);
        if is_repository && self.manner.history {
            self.begin_history(folder);
        }
        let mut entries = Vec::new();
        let mut failed = |error: std::io::Error| {
            self.unread.push(format!("{}: {error}", folder.display()));
        };
        match std::fs::read_dir(folder) {
            Ok(read) => {
                for entry in read {
                    match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                        // The objects are the history, which is read as such or not at all.
                        Ok((path, _)) if is_repository && path.ends_with("objects") => {}
                        Ok(entry) => entries.push(entry),
                        Err(error) => failed(error),
                    }
                }
            }
            Err(error) => failed(error),
        }
        entries.sort_by(|a, b| b.0.cmp(&a.0));
        self.open.push(entries);
    }

    fn begin_history(&mut self, folder: &Path) {
        let from = match &self.behind {
            Some(behind) if folder < behind.as_path() => return,
            Some(behind) if folder == behind.as_path() => self.from.as_ref(),
            _ => None,
        };
        let uri = folder.display().to_string();
        let start = Position::of_path(self.target, folder.as_os_str().as_bytes());
        match git::open(folder) {
            Ok(repository) => {
                let select = Arc::clone(&self.manner.select);
                self.history = Some(git::Walk::new(repository, uri, start, select, from));
            }
            Err(error) => self.unread.push(format!("{uri}: {error:#}")),
        }
    }

    fn visit(&mut self, path: PathBuf, kind: FileType) -> Option<Listed> {
        let below = path.strip_prefix(&self.root).unwrap_or(&path);
        let below = below.as_os_str().as_bytes();
        if kind.is_dir() {
            if self.manner.select.exclude.matches(below) {
                self.manner.left_out.fetch_add(1, Ordering::Relaxed);
            } else {
                self.enter(&path);
            }
            return None;
        }
        if self.behind.as_ref().is_some_and(|behind| path <= *behind) {
            return None;
        }
        if kind.is_symlink() {
            self.manner.links.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if !self.manner.select.by_path(below) {
            self.manner.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if !kind.is_file() {
            return Some(Listed::Unread(format!("{}: {} is no file", path.display(), word(kind))));
        }
        Some(Listed::Item(Item {
            uri: path.display().to_string(),
            path: Vec::new(),
            note: None,
            position: Position::of_path(self.target, path.as_os_str().as_bytes()),
            source: Source::File(path),
        }))
    }
}

/// What stands where a file might.
fn word(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

impl Iterator for Walk {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            if let Some(why) = self.unread.pop() {
                return Some(Listed::Unread(why));
            }
            if let Some(history) = &mut self.history {
                match history.next() {
                    Some(listed) => return Some(listed),
                    None => self.history = None,
                }
            }
            match self.open.last_mut()?.pop() {
                Some((path, kind)) => {
                    if let Some(listed) = self.visit(path, kind) {
                        return Some(listed);
                    }
                }
                None => {
                    self.open.pop();
                }
            }
        }
    }
}
