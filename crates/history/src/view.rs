//! What the history holds at one moment: the manifest, and what the write-ahead log holds beyond it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::Arc;

use jiff::civil::Date;

use crate::manifest::{FileEntry, Manifest, wal_path};
use crate::memtable::Snapshot;
use crate::merge::{Merge, Order};
use crate::moment::{Moment, day_of_number, start_of};
use crate::run::{ReadFailure, Run, Want};
use crate::state::{State, locked};
use crate::{HistoryError, opening, wal};

/// How often a reader looks again while the writer replaces what it looks at. Each replacement takes the
/// writer a second of work or more.
const LOOKS_MAX: usize = 100;

/// The history at one moment. A file of it may be replaced at any time; then a new view is taken.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) memory: Snapshot,
    days: BTreeMap<Date, Vec<FileEntry>>,
}

impl View {
    /// The days that may hold rows between two days, the oldest first.
    pub(crate) fn days(&self, first: Option<Date>, last: Option<Date>) -> BTreeSet<Date> {
        let in_memory = self.memory.rows_by_day().into_keys().map(day_of_number);
        let all = self.days.keys().copied().chain(in_memory);
        all.filter(|day| {
            first.is_none_or(|first| first <= *day) && last.is_none_or(|last| *day <= last)
        })
        .collect()
    }
}

impl State {
    /// The manifest in force: of a reader, what the writer wrote last.
    pub(crate) fn latest_manifest(&self) -> Result<Arc<Manifest>, HistoryError> {
        if self.owner.is_some() {
            return Ok(self.manifest());
        }
        let fail = |error| HistoryError::of_read(&self.dir, error);
        match Manifest::read(&self.dir).map_err(fail)? {
            Ok(manifest) => Ok(Arc::new(manifest)),
            Err(_) => opening::listed(&self.dir).map(|(manifest, _)| Arc::new(manifest)),
        }
    }

    /// The history now.
    pub(crate) fn view(&self) -> Result<View, HistoryError> {
        let view = |manifest: Arc<Manifest>, memory| {
            let days = manifest.days();
            View { manifest, memory, days }
        };
        if self.owner.is_some() {
            // The memory first: what becomes a segment in between is seen twice, not never.
            let memory = locked(&self.journal.tables).snapshot();
            return Ok(view(self.manifest(), memory));
        }
        let mut attempt = 0;
        loop {
            let manifest = self.latest_manifest()?;
            match self.foreign_memory(&manifest.wals) {
                Ok(memory) => return Ok(view(manifest, memory)),
                // The writer made segments of it meanwhile.
                Err((_, error)) if error.kind() == ErrorKind::NotFound && attempt < LOOKS_MAX => {
                    attempt += 1;
                }
                Err((path, error)) => return Err(HistoryError::of_read(&path, error)),
            }
        }
    }

    /// What the writer's write-ahead log holds.
    fn foreign_memory(
        &self,
        wals: &[u64],
    ) -> Result<Snapshot, (std::path::PathBuf, std::io::Error)> {
        let mut known = locked(&self.foreign);
        known.retain(|number, _| wals.contains(number));
        let mut memory = Snapshot::default();
        for number in wals {
            let path = wal_path(&self.dir, *number);
            let fail = |error| (path.clone(), error);
            let length = std::fs::metadata(&path).map_err(fail)?.len();
            if known.get(number).is_none_or(|(read, _)| *read != length) {
                let (_, scan) = wal::file::read(&path).map_err(fail)?;
                known.insert(*number, (length, Snapshot::of(scan.blocks)));
            }
            if let Some((_, rows)) = known.get(number) {
                memory.followed_by(rows);
            }
        }
        Ok(memory)
    }

    /// The wanted rows of a day, each event once.
    pub(crate) fn open_day(
        &self,
        view: &View,
        day: Date,
        want: &Want,
        order: Order,
        left_out: &BTreeSet<u64>,
    ) -> Result<Merge, ReadFailure> {
        let mut want = want.clone();
        let (start, end) = (start_of(day), day.tomorrow().ok().map(start_of));
        want.since = Some(want.since.map_or(start, |since| since.max(start)));
        want.until = match (want.until, end) {
            (Some(until), Some(end)) => Some(until.min(end)),
            (until, end) => until.or(end),
        };
        let mut runs: Vec<Box<dyn Run>> = Vec::new();
        let memory = view.memory.run(&want, order);
        if memory.len() > 0 {
            runs.push(Box::new(memory));
        }
        let files = view.days.get(&day).into_iter().flatten();
        for file in files.filter(|file| !left_out.contains(&file.number)) {
            runs.extend(self.open_run(file, &want)?);
        }
        Ok(Merge::new(order, runs))
    }

    /// Whether events between two days may be missing.
    pub(crate) fn lacks(&self, view: &View, since: Option<Moment>, until: Option<Moment>) -> bool {
        let (first, last) = (since.map(Moment::day), until.map(Moment::day));
        view.manifest.damage.iter().any(|damage| damage.touches(first, last))
    }
}
