//! Opens a history: puts in order what a killed process left, and finds what there is where the manifest
//! does not tell.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::damage::{below, quarantine};
use crate::journal::{Active, Frozen, Journal, Tables};
use crate::manifest::{FileEntry, Kind, Manifest, wal_path};
use crate::memtable::Snapshot;
use crate::moment::day_of_number;
use crate::segment::SegmentIndex;
use crate::state::{Owner, State, locked};
use crate::wal::{self, Scan, WalFile};
use crate::{Damage, HistoryError, archive, disk};

/// Opens a folder to write.
pub(crate) fn open(dir: &Path) -> Result<State, HistoryError> {
    let fail = |source| HistoryError::Open { path: dir.to_owned(), source };
    for folder in [dir, &dir.join("wal"), &dir.join("segments"), &dir.join("days")] {
        disk::make_dir(folder).map_err(fail)?;
    }
    let owner = occupy(dir)?;
    let mut manifest = match Manifest::read(dir).map_err(fail)? {
        Ok(manifest) => manifest,
        Err(why) => found_again(dir, &why)?,
    };
    let kept: BTreeSet<PathBuf> = names(dir, &manifest).collect();
    let mut number_max = 0;
    for file in files_below(dir).map_err(fail)? {
        number_max = number_max.max(file.number.unwrap_or_default());
        if !kept.contains(&file.path.with_extension("")) {
            disk::discard(&file.path);
        }
    }
    manifest.next = manifest.next.max(number_max + 1);
    note_missing(dir, &mut manifest);
    let (journal, damage) = take_up_wals(dir, &mut manifest)?;
    manifest.damage.retain(|known| damage.iter().all(|new| new.file != known.file));
    manifest.damage.extend(damage);
    let state = State::new(dir.to_owned(), Some(owner), manifest, journal);
    let mut active = locked(&state.journal.active);
    if active.is_none() {
        state.rotate(&mut active)?;
    } else {
        state.edit(|_| {})?;
    }
    drop(active);
    Ok(state)
}

/// Opens a folder to read.
pub(crate) fn open_to_read(dir: &Path) -> Result<State, HistoryError> {
    std::fs::read_dir(dir).map_err(|source| HistoryError::Open { path: dir.to_owned(), source })?;
    let state = State::new(dir.to_owned(), None, Manifest::default(), Journal::default());
    state.view()?;
    Ok(state)
}

/// Takes the folder for this process.
fn occupy(dir: &Path) -> Result<Owner, HistoryError> {
    let path = dir.join("lock");
    let fail = |source| HistoryError::Open { path: path.clone(), source };
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(Owner(file)),
        Err(TryLockError::WouldBlock) => Err(HistoryError::Occupied { path: dir.to_owned() }),
        Err(TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// The files that a manifest names, without their endings.
fn names(dir: &Path, manifest: &Manifest) -> impl Iterator<Item = PathBuf> {
    let wals = manifest.wals.iter().map(|number| wal_path(dir, *number));
    let all: Vec<PathBuf> = wals.chain(manifest.files.iter().map(|file| file.path(dir))).collect();
    all.into_iter().map(|path| path.with_extension(""))
}

/// A file of the history as the folder shows it.
struct Listed {
    path: PathBuf,
    /// `None` for what has no number for a name.
    number: Option<u64>,
    /// The day that its folder names.
    day: Option<Date>,
}

/// Every file of the log and of days.
fn files_below(dir: &Path) -> io::Result<Vec<Listed>> {
    let mut files = Vec::new();
    let mut list = |folder: &Path, day: Option<Date>| -> io::Result<()> {
        for entry in disk::entries(folder)? {
            let number = entry.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            files.push(Listed { path: entry, number, day });
        }
        Ok(())
    };
    list(&dir.join("wal"), None)?;
    for kind in ["segments", "days"] {
        for folder in disk::entries(&dir.join(kind))? {
            let name = folder.file_name().and_then(|name| name.to_str()?.strip_prefix("day="));
            if let Some(day) = name.and_then(|name| name.parse().ok()) {
                list(&folder, Some(day))?;
            }
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}

/// What a folder holds by the files themselves, and those that tell nothing. Files that were about to be
/// removed are found again; their events are repeats, which are read once.
pub(crate) fn listed(dir: &Path) -> Result<(Manifest, Vec<PathBuf>), HistoryError> {
    let mut manifest = Manifest::default();
    let mut unreadable = Vec::new();
    let fail = |error| HistoryError::of_read(dir, error);
    for file in files_below(dir).map_err(fail)? {
        let Some(number) = file.number else { continue };
        let ending = file.path.extension().and_then(|ending| ending.to_str());
        manifest.next = manifest.next.max(number + 1);
        match (ending, file.day) {
            (Some("wal"), None) if wal::file::was_begun(&file.path) => manifest.wals.push(number),
            (Some("segment"), Some(day)) => match segment_entry(&file.path, number, day) {
                Ok(entry) => manifest.files.push(entry),
                Err(_) => unreadable.push(file.path),
            },
            (Some("parquet"), Some(day)) => match archive_entry(&file.path, number, day) {
                Ok(entry) => manifest.files.push(entry),
                Err(_) => unreadable.push(file.path),
            },
            _ => {}
        }
    }
    Ok((manifest, unreadable))
}

fn segment_entry(path: &Path, number: u64, day: Date) -> io::Result<FileEntry> {
    let file = File::open(path)?;
    let (bytes, index) = (file.metadata()?.len(), SegmentIndex::read(&file)?);
    let (recency, rows, in_millis) = (index.recency, index.rows, index.in_millis);
    let kind = Kind::Segment;
    Ok(FileEntry { number, kind, day, level: 0, recency, rows, bytes, in_millis })
}

fn archive_entry(path: &Path, number: u64, day: Date) -> io::Result<FileEntry> {
    let bytes = path.metadata()?.len();
    let (file, index) = archive::open_index(path)?;
    Ok(FileEntry {
        number,
        kind: Kind::Archive,
        day,
        level: 0,
        recency: index.recency,
        rows: index.rows,
        bytes: bytes + file.metadata()?.len(),
        in_millis: index.unit == archive::Unit::Millis,
    })
}

/// The manifest by the files themselves, where the one that was is not there or not readable.
fn found_again(dir: &Path, why: &str) -> Result<Manifest, HistoryError> {
    let (mut manifest, unreadable) = listed(dir)?;
    for path in &unreadable {
        let day = path.parent().and_then(|folder| {
            folder.file_name()?.to_str()?.strip_prefix("day=")?.parse::<Date>().ok()
        });
        manifest.damage.push(Damage {
            file: below(dir, path),
            bytes: path.metadata().map_or(0, |file| file.len()),
            moved_to: quarantine(dir, path),
            first_day: day,
            last_day: day,
            events: None,
            why: "the file does not tell what it holds".to_owned(),
        });
    }
    let path = Manifest::path(dir);
    let is_new = manifest.wals.is_empty() && manifest.files.is_empty() && unreadable.is_empty();
    if path.exists() || !is_new {
        manifest.damage.push(Damage {
            file: below(dir, &path),
            bytes: path.metadata().map_or(0, |file| file.len()),
            moved_to: if path.exists() { quarantine(dir, &path) } else { None },
            first_day: None,
            last_day: None,
            events: Some(0),
            why: format!("the manifest was not readable ({why}); it was made again from the files"),
        });
    }
    Ok(manifest)
}

/// Takes files that are gone out of the manifest, and says so.
fn note_missing(dir: &Path, manifest: &mut Manifest) {
    let is_gone = |file: &FileEntry| !file.path(dir).exists();
    let gone: Vec<FileEntry> = manifest.files.extract_if(.., |file| is_gone(file)).collect();
    for file in gone {
        manifest.damage.push(Damage {
            file: below(dir, &file.path(dir)),
            moved_to: None,
            first_day: Some(file.day),
            last_day: Some(file.day),
            events: Some(file.rows),
            bytes: file.bytes,
            why: "the file is gone".to_owned(),
        });
    }
}

/// Reads the write-ahead log. The last file is appended to again; what damage there is is told.
fn take_up_wals(
    dir: &Path,
    manifest: &mut Manifest,
) -> Result<(Journal, Vec<Damage>), HistoryError> {
    let (mut tables, mut active, mut damage) = (Tables::default(), None, Vec::new());
    let numbers = std::mem::take(&mut manifest.wals);
    let last = numbers.last().copied();
    for number in numbers {
        let path = wal_path(dir, number);
        let lost = |bytes, scan: &Scan, why: &str| damage_of_wal(dir, &path, bytes, scan, why);
        if !path.exists() {
            damage.push(lost(0, &Scan::default(), "the file is gone"));
            continue;
        }
        let (file, scan) = WalFile::take_up(&path)?;
        let Some(file) = file else {
            let bytes = path.metadata().map_or(0, |file| file.len());
            let mut one = lost(bytes, &scan, "the head of the file is damaged");
            one.moved_to = quarantine(dir, &path);
            damage.push(one);
            continue;
        };
        manifest.wals.push(number);
        let is_damaged = scan.damaged > 0;
        if is_damaged {
            damage.push(lost(scan.damaged, &scan, "a stretch of the file is damaged"));
        }
        if last == Some(number) && !is_damaged {
            scan.blocks.into_iter().for_each(|block| tables.active.add(block));
            active = Some(Active { number, file });
        } else {
            let bytes = scan.blocks.iter().map(crate::block::Block::bytes).sum();
            let rows = Snapshot::of(scan.blocks);
            tables.frozen.push(Arc::new(Frozen { number, rows, bytes, is_damaged }));
        }
    }
    Ok((Journal::of(active, tables), damage))
}

/// What is lost of a file of the log. What was around it tells the days.
fn damage_of_wal(dir: &Path, path: &Path, bytes: u64, scan: &Scan, why: &str) -> Damage {
    let numbers = scan
        .blocks
        .iter()
        .flat_map(|block| (0..block.rows()).map(|row| block.time(row).day_number()));
    let days: BTreeSet<i64> = numbers.collect();
    Damage {
        file: below(dir, path),
        moved_to: None,
        first_day: days.first().copied().map(day_of_number),
        last_day: days.last().copied().map(day_of_number),
        events: None,
        bytes,
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_given_back_is_free_although_a_program_being_started_has_its_lock_open() {
        let dir = tempfile::tempdir().unwrap();
        let owner = occupy(dir.path()).unwrap();
        // What a process is between `fork` and `exec`: the same open file once more.
        let inherited = owner.0.try_clone().unwrap();
        assert!(matches!(occupy(dir.path()), Err(HistoryError::Occupied { .. })));
        drop(owner);
        assert!(occupy(dir.path()).is_ok());
        drop(inherited);
    }
}
