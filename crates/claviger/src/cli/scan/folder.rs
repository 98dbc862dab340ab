//! Files and folders, in the order of names as bytes. Links inside folders are not followed, so none
//! can lead in a circle; a repository's objects are read as its history.

use std::ffi::{OsStr, OsString};
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
    /// The folders on the way.
    open: Vec<Open>,
    /// What the folders could not say.
    unread: Vec<String>,
    /// The history that is being read, before the listing goes on.
    history: Option<git::Walk>,
}

/// A folder that is being read.
struct Open {
    folder: PathBuf,
    /// Entries that were not visited, last first.
    entries: Vec<(OsString, FileType)>,
}

impl Walk {
    /// Lists `root`, the target of this number, from the start or behind a position.
    pub(super) fn new(target: usize, root: &Path, manner: Manner, from: Option<&Position>) -> Self {
        let behind = from.map(|from| PathBuf::from(OsStr::from_bytes(&from.path)));
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
        walk.enter(root.to_owned());
        walk
    }

    /// Opens a folder: its entries come next.
    fn enter(&mut self, folder: PathBuf) {
        let is_repository = git::is_repository(&folder);
        if is_repository && self.manner.history {
            self.begin_history(&folder);
        }
        let mut entries = Vec::new();
        let mut failed = |error: std::io::Error| {
            self.unread.push(format!("{}: {error}", folder.display()));
        };
        match std::fs::read_dir(&folder) {
            Ok(read) => {
                for entry in read {
                    match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                        // The objects are the history, which is read as such or not at all.
                        Ok((name, _)) if is_repository && name == "objects" => {}
                        Ok(entry) => entries.push(entry),
                        Err(error) => failed(error),
                    }
                }
            }
            Err(error) => failed(error),
        }
        entries.sort_unstable_by(|a, b| b.0.cmp(&a.0));
        self.open.push(Open { folder, entries });
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

    /// What stands behind the root in the path of an entry, which begins with it as it was given.
    fn below<'p>(&self, path: &'p Path) -> &'p [u8] {
        let root = self.root.as_os_str().len();
        let behind = path.as_os_str().as_bytes().get(root..).unwrap_or_default();
        behind.strip_prefix(b"/").unwrap_or(behind)
    }

    fn visit(&mut self, path: PathBuf, kind: FileType) -> Option<Listed> {
        let below = self.below(&path);
        if kind.is_dir() {
            if self.manner.select.exclude.matches(below) {
                self.manner.left_out.fetch_add(1, Ordering::Relaxed);
            } else {
                self.enter(path);
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
            uri: path.to_string_lossy().into_owned(),
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
            let Open { folder, entries } = self.open.last_mut()?;
            match entries.pop() {
                Some((name, kind)) => {
                    let path = folder.join(name);
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
