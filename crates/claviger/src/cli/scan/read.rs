//! One item read and scanned: what was found, what could not be read, and the lines around.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::atomic::{AtomicBool, Ordering};

use claviger_model::{FindingKind, Unread};
use claviger_scan::{Baseline, Limits, Report, Scan, Scanner};
use jiff::Timestamp;
use rustix::fs::SeekFrom;

use super::crew::Crew;
use super::excerpt;
use super::item::{Item, Listed, Position, Source};
use super::large::{self, Stream};
use super::progress::Tally;
use super::select::Select;

/// Bytes read at a time.
const BLOCK: usize = 256 * 1024;
/// A stretch of a file without data that is longer than this is passed over rather than read.
const HOLE_MIN: u64 = 1 << 20;
/// Only a file that takes so much less room than it is long is looked at for holes.
const SPARSE_MIN: u64 = 64 << 20;

/// What became of one item.
pub(super) struct Outcome {
    /// Its address, where it has one.
    pub(super) uri: Option<String>,
    /// Where the listing stands behind it.
    pub(super) position: Option<Position>,
    /// What it was.
    pub(super) done: Done,
}

/// What became of one item.
pub(super) enum Done {
    /// It was scanned; with the line around each finding, where it can be shown.
    Report(Report, Vec<Option<String>>),
    /// It is too large or too old.
    LeftOut,
    /// It could not be read at all.
    Unread(String),
    /// A target could not be listed.
    Failed {
        /// Why.
        why: String,
        /// Whether somebody refused it.
        refused: bool,
    },
}

/// How items are read.
pub(super) struct Reading<'r> {
    /// The rules.
    pub(super) scanner: &'r Scanner,
    /// What is known from an earlier scan.
    pub(super) baseline: Option<&'r Baseline>,
    /// What one item may cost.
    pub(super) limits: Limits,
    /// What is chosen.
    pub(super) select: &'r Select,
    /// What was done so far.
    pub(super) tally: &'r Tally,
    /// Whether lines around findings are wanted.
    pub(super) excerpts: bool,
    /// Set when the scan is to end.
    pub(super) stop: &'r AtomicBool,
}

/// What one thread works with.
pub(super) struct Room<'c, 'r> {
    /// Memory to read into.
    bytes: Vec<u8>,
    /// Who may help.
    crew: &'c Crew<'r>,
}

impl<'c, 'r> Room<'c, 'r> {
    /// The room of a thread of a crew.
    pub(super) fn new(crew: &'c Crew<'r>) -> Self {
        Self { bytes: vec![0; BLOCK], crew }
    }
}

impl<'r> Reading<'r> {
    /// Reads what a listing says.
    pub(super) fn work(&self, room: &mut Room<'_, 'r>, listed: Listed) -> Outcome {
        match listed {
            Listed::Item(item) => {
                let done = self.item(room, &item);
                self.tally.items.fetch_add(1, Ordering::Relaxed);
                Outcome { uri: Some(item.uri), position: Some(item.position), done }
            }
            Listed::Unread(why) => Outcome { uri: None, position: None, done: Done::Unread(why) },
            Listed::Failed { why, refused } => {
                Outcome { uri: None, position: None, done: Done::Failed { why, refused } }
            }
        }
    }

    fn item(&self, room: &mut Room<'_, 'r>, item: &Item) -> Done {
        let failed = |error: std::io::Error| Done::Unread(format!("{}: {error}", address(item)));
        let (mut report, excerpts) = match &item.source {
            Source::Stdin => (self.read(room, item, std::io::stdin().lock()), Vec::new()),
            Source::Bytes(bytes) => {
                let report = self.read(room, item, bytes.as_slice());
                let excerpts =
                    self.excerpts(&report, |from, to| Some(bytes.get(from..to)?.to_vec()));
                (report, excerpts)
            }
            Source::Blob(repository, id) => match repository.blob(id) {
                Some(blob) => (self.read(room, item, blob), Vec::new()),
                None => {
                    let why = std::io::Error::other("missing, damaged, or too large to be rebuilt");
                    return failed(why);
                }
            },
            Source::Object(bucket, object) => {
                let mut reader = bucket.read(object);
                let mut report = self.read(room, item, &mut reader);
                match reader.has_changed() {
                    Ok(true) => report.unread.push(changed(item)),
                    Ok(false) => {}
                    Err(error) => {
                        let why = format!("it cannot be told whether it changed: {error}");
                        report.unread.push(Unread { why, ..changed(item) });
                    }
                }
                (report, Vec::new())
            }
            Source::File(path) => match File::open(path).and_then(|file| {
                let meta = file.metadata()?;
                Ok((file, meta))
            }) {
                Ok((_, meta)) if !self.chooses(&meta) => return Done::LeftOut,
                Ok((file, meta)) => self.file(room, item, &file, &meta),
                Err(error) => return failed(error),
            },
        };
        let suppressed = report.suppressed.iter_mut().map(|suppressed| &mut suppressed.finding);
        for finding in report.findings.iter_mut().chain(suppressed) {
            finding.location.uri.clone_from(&item.uri);
            finding.location.path.splice(0..0, item.path.iter().cloned());
            finding.why.extend(item.note.clone());
        }
        for lone in &mut report.lone {
            lone.location.uri.clone_from(&item.uri);
            lone.location.path.splice(0..0, item.path.iter().cloned());
        }
        if let Some(baseline) = self.baseline {
            baseline.suppress(&mut report);
        }
        for unread in &mut report.unread {
            unread.uri.clone_from(&item.uri);
            unread.path.splice(0..0, item.path.iter().cloned());
        }
        Done::Report(report, excerpts)
    }

    fn chooses(&self, meta: &Metadata) -> bool {
        let changed = meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        !meta.is_file() || self.select.by_size_and_time(Some(meta.len()), changed)
    }

    fn file(
        &self,
        room: &mut Room<'_, 'r>,
        item: &Item,
        file: &File,
        meta: &Metadata,
    ) -> (Report, Vec<Option<String>>) {
        let sparse = meta.is_file() && meta.blocks() * 512 + SPARSE_MIN < meta.len();
        let mut report = match sparse.then(|| stretches(file)).flatten() {
            Some(stretches) => self.sparse(room, item, file, &stretches),
            None => self.read(room, item, file),
        };
        let after = file.metadata().ok().filter(|_| meta.is_file());
        let same = |after: &Metadata| {
            (after.len(), after.mtime(), after.mtime_nsec())
                == (meta.len(), meta.mtime(), meta.mtime_nsec())
        };
        if after.is_some_and(|after| !same(&after)) {
            report.unread.push(changed(item));
        }
        let excerpts = self.excerpts(&report, |from, to| {
            let mut bytes = vec![0; to - from];
            let read = file.read_at(&mut bytes, from as u64).ok()?;
            bytes.truncate(read);
            Some(bytes)
        });
        (report, excerpts)
    }

    /// Reads the stretches of a file that hold data, each as a content of its own.
    fn sparse(
        &self,
        room: &mut Room<'_, 'r>,
        item: &Item,
        file: &File,
        stretches: &[(u64, u64)],
    ) -> Report {
        let mut whole = Report::default();
        for (from, to) in stretches {
            let part = Stretch { file, at: *from, end: *to };
            let mut report = self.read(room, item, part);
            let name = format!("data at byte {from}");
            let paths = report.findings.iter_mut().map(|finding| &mut finding.location.path);
            let unread = report.unread.iter_mut().map(|unread| &mut unread.path);
            paths.chain(unread).filter(|_| *from > 0).for_each(|path| path.insert(0, name.clone()));
            whole.findings.append(&mut report.findings);
            whole.suppressed.append(&mut report.suppressed);
            whole.lone.append(&mut report.lone);
            whole.unread.append(&mut report.unread);
            whole.bytes += report.bytes;
        }
        whole
    }

    /// Reads to the end, or to where it fails.
    fn read(&self, room: &mut Room<'_, 'r>, item: &Item, reader: impl Read) -> Report {
        let name = item.path.last().unwrap_or(&item.uri);
        let mut scan = self.scanner.open(name, self.limits);
        let mut stream = Stream { reader, total: 0, tally: self.tally, stop: self.stop };
        let (last, failed) = self.read_all(&mut scan, room, &mut stream);
        let mut report = scan.finish_with(&room.bytes[..last]);
        // What was found before stands; that the rest was not read is said beside it.
        if let Some(why) = failed {
            let why = format!("{why}: read up to byte {}", stream.total);
            report.unread.push(Unread { why, ..changed(item) });
        }
        report
    }

    /// Scans a stream, once it is known to be large with the help of others, but for its last bytes: how many of
    /// them the room has, and why nothing more can be read where that is so.
    fn read_all(
        &self,
        scan: &mut Scan<'r>,
        room: &mut Room<'_, 'r>,
        stream: &mut Stream<'_, impl Read>,
    ) -> (usize, Option<String>) {
        loop {
            let is_large = stream.total >= Scan::SHARE_BYTES as u64;
            if is_large && room.crew.has_others() && scan.may_share() {
                return (0, large::read(scan, self.scanner, room.crew, stream).err());
            }
            let (filled, failed) = stream.fill(&mut room.bytes);
            if failed.is_some() || filled < room.bytes.len() {
                return (filled, failed);
            }
            scan.feed(&room.bytes);
        }
    }

    fn excerpts(
        &self,
        report: &Report,
        bytes: impl Fn(usize, usize) -> Option<Vec<u8>>,
    ) -> Vec<Option<String>> {
        if !self.excerpts {
            return Vec::new();
        }
        let known = excerpt::Known::of(report);
        let of = |finding: &claviger_model::Finding| {
            // A line of personal data is full of it.
            let plain = finding.location.path.is_empty() && finding.kind != FindingKind::Data;
            plain.then(|| excerpt::around(finding, &known, &bytes)).flatten()
        };
        report.findings.iter().map(of).collect()
    }
}

/// The address of an item with the names behind it.
fn address(item: &Item) -> String {
    let inner: String = item.path.iter().map(|name| format!("!{name}")).collect();
    format!("{}{inner}", item.uri)
}

fn changed(item: &Item) -> Unread {
    let why = "it changed while it was read".to_owned();
    Unread { uri: item.uri.clone(), path: Vec::new(), why }
}

/// The stretches of a file that hold data; `None` where the file system does not tell.
fn stretches(file: &File) -> Option<Vec<(u64, u64)>> {
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    let mut at = 0;
    let seek = |to| rustix::fs::seek(file, to);
    loop {
        let from = match seek(SeekFrom::Data(at)) {
            Ok(from) => from,
            Err(rustix::io::Errno::NXIO) => break,
            Err(_) => return None,
        };
        at = seek(SeekFrom::Hole(from)).ok()?;
        match stretches.last_mut() {
            Some(last) if from - last.1 < HOLE_MIN => last.1 = at,
            _ => stretches.push((from, at)),
        }
    }
    seek(SeekFrom::Start(0)).ok()?;
    Some(stretches)
}

/// A stretch of a file.
struct Stretch<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl Read for Stretch<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..room], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
