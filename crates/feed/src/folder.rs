//! Log files on this machine: every file at and below a path, followed as it grows.
//!
//! A file is known by its place on the disk and by its first bytes, not by its name, so that a rotated one
//! is not read again: renamed, copied and truncated, or packed afterwards. What was read is a position
//! that the caller keeps with what it made of the lines; opened again with the positions that were kept,
//! a folder goes on where it was. It looks when it is asked to, and never waits.

mod position;
mod reader;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::FeedError;
use position::{HEAD_MATCH_MIN, Position};
use reader::{Reader, Step};

/// Files that are followed; of more, those with the greatest names are left out, and it is said.
const FILES_MAX: usize = 20_000;

/// Folders in folders that are walked.
const DEPTH_MAX: usize = 16;

/// How long the position of a file that is gone is kept: until a rotation has packed it.
const GONE_KEPT: Duration = Duration::from_secs(3600);

/// A stretch of whole lines of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The file as it is named now, below the path that is followed.
    pub name: String,
    /// The lines.
    pub lines: Vec<u8>,
    /// Lines of the file before these.
    pub lines_before: u64,
    /// Bytes of the file, unpacked, before these.
    pub bytes_before: u64,
    /// When the file was written last.
    pub modified: SystemTime,
    /// The part whose position this moves on.
    pub part: String,
    /// The position after these lines, to be kept with them.
    pub position: String,
    /// Of the file something will never be read: why.
    pub lost: Option<String>,
    /// What stands here in place of lines and could not be read: its bytes, and why.
    pub unreadable: Option<(u64, String)>,
    /// The format in which earlier lines of the file were.
    pub format: Option<String>,
}

/// What a look at the folder saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Bytes that wait to be read.
    pub backlog: u64,
    /// Files that cannot be read, and why.
    pub troubles: Vec<String>,
    /// Parts whose files are gone for long, and need not be remembered.
    pub gone: Vec<String>,
}

/// One followed file.
struct Part {
    position: Position,
    path: PathBuf,
    seen: Option<Seen>,
    reader: Option<Reader>,
    gone_since: Option<SystemTime>,
}

/// What a file looked like when it was read to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    size: u64,
    modified: SystemTime,
    waits: bool,
}

/// The files at and below a path.
pub struct Folder {
    root: PathBuf,
    parts: BTreeMap<String, Part>,
    to_read: VecDeque<String>,
}

impl Folder {
    /// Follows a path, from the positions that were kept.
    #[must_use]
    pub fn open(root: PathBuf, positions: Vec<(String, String)>) -> Self {
        let part = |(key, text): (String, String)| {
            let position = Position::parse(&text)?;
            let path = root.join(&position.name);
            let gone_since = None;
            Some((key, Part { position, path, seen: None, reader: None, gone_since }))
        };
        let parts = positions.into_iter().filter_map(part).collect();
        Self { root, parts, to_read: VecDeque::new() }
    }

    /// Looks which files there are and which of them have something to read.
    ///
    /// # Errors
    /// The path itself cannot be looked at.
    pub fn look(&mut self, now: SystemTime) -> Result<Look, FeedError> {
        let failed = |source| FeedError::Folder { path: self.root.clone(), source };
        let mut look = Look::default();
        let mut files = Vec::new();
        let meta = fs::metadata(&self.root).map_err(failed)?;
        if meta.is_dir() {
            fs::read_dir(&self.root).map_err(failed)?;
            walk(&self.root, &mut files, &mut look.troubles);
        } else {
            files.push((self.root.clone(), meta));
        }
        // The oldest first, so that a rotated file is read before the one that took its name; of two
        // written in one moment, the longer name (`a.log.1`) is the older.
        files.sort_by_key(|(path, meta)| (meta.modified().ok(), Reverse(path.clone())));
        let mut here = BTreeSet::new();
        self.to_read.clear();
        for (path, meta) in files {
            let key = key_of(&meta);
            if here.insert(key.clone())
                && let Err(error) = self.see(&key, &path, &meta, now, &mut look)
            {
                look.troubles.push(format!("{}: {error}", path.display()));
            }
        }
        self.forget_gone(&here, now, &mut look);
        Ok(look)
    }

    /// Keeps the format that a file's lines turned out to be in.
    pub fn set_format(&mut self, part: &str, format: &str) {
        if let Some(part) = self.parts.get_mut(part) {
            part.position.format = Some(format.to_owned());
        }
    }

    /// A file that may have more to read waits for the next look.
    pub fn put_off(&mut self, part: &str) {
        self.to_read.retain(|key| key != part);
        if let Some(seen) = self.parts.get_mut(part).and_then(|part| part.seen.as_mut()) {
            seen.waits = true;
        }
    }

    /// The next lines, after a look; `None` where nothing is left to read for now.
    ///
    /// # Errors
    /// A file cannot be read; the others can.
    pub fn next(&mut self, now: SystemTime) -> Result<Option<Chunk>, FeedError> {
        while let Some(key) = self.to_read.front().cloned() {
            let Some(part) = self.parts.get_mut(&key) else {
                self.to_read.pop_front();
                continue;
            };
            match part.step(&key, now) {
                Ok(Some(step)) => return Ok(Some(part.chunk(&key, step))),
                Ok(None) => {
                    self.to_read.pop_front();
                }
                Err(source) => {
                    let path = part.path.clone();
                    self.to_read.pop_front();
                    return Err(FeedError::Folder { path, source });
                }
            }
        }
        Ok(None)
    }

    /// Finds out whether a file has something to read.
    fn see(
        &mut self,
        key: &str,
        path: &Path,
        meta: &Metadata,
        now: SystemTime,
        look: &mut Look,
    ) -> io::Result<()> {
        let modified = meta.modified()?;
        let size = meta.len();
        if let Some(part) = self.parts.get_mut(key) {
            part.gone_since = None;
            part.path = path.to_owned();
            let unchanged =
                part.seen.is_some_and(|seen| seen.size == size && seen.modified == modified);
            if unchanged && !part.seen.is_some_and(|seen| seen.waits) {
                return Ok(());
            }
        }
        let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
        let known = match self.parts.get_mut(key) {
            Some(part) if part.position.head_length > 0 && part.is_still(path, size)? => {
                part.position.name.clone_from(&name);
                true
            }
            _ => false,
        };
        if !known {
            let lost = self.parts.get(key).and_then(Part::lost_by_truncation);
            let mut position = self.position_of_copy(path, size)?.unwrap_or_default();
            position.name = name;
            position.lost = lost;
            let part = Part {
                position,
                path: path.to_owned(),
                seen: None,
                reader: None,
                gone_since: None,
            };
            self.parts.insert(key.to_owned(), part);
        }
        let Some(part) = self.parts.get_mut(key) else { return Ok(()) };
        part.seen = Some(Seen { size, modified, waits: false });
        if part.position.done {
            return Ok(());
        }
        look.backlog += size.saturating_sub(part.position.offset);
        let quiet = now.duration_since(modified).unwrap_or_default();
        if !part.position.is_at_end(size) || part.waits_long_enough(quiet) {
            self.to_read.push_back(key.to_owned());
        }
        Ok(())
    }

    /// Where to go on in a file that is new here, but whose first bytes are known: a copy of one that is
    /// truncated next, or one packed after it was read.
    fn position_of_copy(&self, path: &Path, size: u64) -> io::Result<Option<Position>> {
        let heads = self.parts.values().map(|part| &part.position);
        let longest = heads.clone().map(|position| position.head_length).max().unwrap_or(0);
        if longest < HEAD_MATCH_MIN || size == 0 {
            return Ok(None);
        }
        let head = reader::head(path, longest)?;
        let same = |position: &&Position| {
            position.head_length >= HEAD_MATCH_MIN && position.begins(&head) && position.offset > 0
        };
        let furthest = heads.filter(same).max_by_key(|position| position.offset);
        Ok(furthest.map(|position| Position { done: false, lost: None, ..position.clone() }))
    }

    fn forget_gone(&mut self, here: &BTreeSet<String>, now: SystemTime, look: &mut Look) {
        for (key, part) in self.parts.iter_mut().filter(|(key, _)| !here.contains(*key)) {
            let since = *part.gone_since.get_or_insert(now);
            part.reader = None;
            if now.duration_since(since).unwrap_or_default() >= GONE_KEPT {
                look.gone.push(key.clone());
            }
        }
        for key in &look.gone {
            self.parts.remove(key);
        }
    }
}

impl Part {
    /// Whether a file is the one that was read, only longer.
    fn is_still(&self, path: &Path, size: u64) -> io::Result<bool> {
        if !self.position.packed && size < self.position.offset {
            return Ok(false);
        }
        Ok(self.position.begins(&reader::head(path, self.position.head_length)?))
    }

    /// Of a file that was truncated: what of it had been seen and not read.
    fn lost_by_truncation(&self) -> Option<String> {
        let seen = self.seen.map_or(0, |seen| seen.size);
        let unread = seen.saturating_sub(self.position.offset);
        let name = &self.position.name;
        let begun = self.position.head_length > 0;
        (begun && unread > 0 && !self.position.packed && !self.position.done)
            .then(|| format!("{name} was truncated before {unread} bytes of it were read"))
    }

    /// Whether a last line without an end has waited so long that none will come.
    fn waits_long_enough(&self, quiet: Duration) -> bool {
        quiet >= reader::QUIET_DOCUMENT
    }

    fn step(&mut self, key: &str, now: SystemTime) -> io::Result<Option<Step>> {
        if self.position.done {
            return Ok(None);
        }
        let before = self.position.clone();
        let modified = self.seen.map_or(now, |seen| seen.modified);
        let quiet = now.duration_since(modified).unwrap_or_default();
        let reader = match self.reader.take() {
            Some(reader) => Some(reader),
            None => Reader::open(&self.path, key, &mut self.position)?,
        };
        let Some(mut reader) = reader else { return Ok(self.look_again(before)) };
        let step = reader.step(&mut self.position, quiet)?;
        if !reader.is_still(&self.position)? {
            return Ok(self.look_again(before));
        }
        if step.is_some() {
            self.reader = Some(reader);
        } else if let Some(seen) = &mut self.seen {
            seen.waits = !self.position.done && reader.holds_rest();
        }
        Ok(step)
    }

    /// What was read was not the file that was looked at: nothing of it counts, and the next look sees
    /// what became of it.
    fn look_again(&mut self, before: Position) -> Option<Step> {
        self.position = before;
        self.seen = self.seen.map(|seen| Seen { waits: true, ..seen });
        None
    }

    fn chunk(&mut self, key: &str, step: Step) -> Chunk {
        let lost = self.position.lost.take();
        Chunk {
            name: self.position.name.clone(),
            lines: step.lines,
            lines_before: step.lines_before,
            bytes_before: step.bytes_before,
            modified: self.seen.map_or(SystemTime::UNIX_EPOCH, |seen| seen.modified),
            part: key.to_owned(),
            position: self.position.to_text(),
            lost,
            unreadable: step.unreadable,
            format: self.position.format.clone(),
        }
    }
}

/// A file's place on the disk.
fn key_of(meta: &Metadata) -> String {
    format!("{:x}-{:x}", meta.dev(), meta.ino())
}

/// Every file below a folder. Links to folders are not followed, so that no circle is walked; hidden
/// files are left out, because editors and shippers keep theirs so.
fn walk(root: &Path, files: &mut Vec<(PathBuf, Metadata)>, troubles: &mut Vec<String>) {
    let mut open = VecDeque::from([(root.to_owned(), 0)]);
    while let Some((folder, depth)) = open.pop_front() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                troubles.push(format!("{}: {error}", folder.display()));
                continue;
            }
        };
        let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        found.sort();
        for path in found {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
            // A file may be gone by now: that is no trouble.
            let Some(meta) = fs::metadata(&path).ok().filter(|_| !hidden) else { continue };
            if meta.is_file() && files.len() < FILES_MAX {
                files.push((path, meta));
            } else if meta.is_file() {
                troubles
                    .push(format!("more than {FILES_MAX} files: {} is left out", path.display()));
                return;
            } else if meta.is_dir() && !path.is_symlink() && depth < DEPTH_MAX {
                open.push_back((path, depth + 1));
            }
        }
    }
}
