//! How far a bucket is read, and what is to be looked at next.
//!
//! A *sweep* looks through all folders, and lists of each series the days in which files may still come late. A *look*
//! lists of each strand only what lies behind the files that came last, so that it costs one call a strand. What a new
//! source, or one that stood still, has not read yet is its *past*, which is read beside the present. A file is read
//! once, whichever of them lists it: what was read is known by name.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::series::Series;
use super::walk::{Ask, Brought, Strand, Walk};
use crate::gather::log_file::LATENESS;

/// A sweep lists so much more where it was not swept for a while; beyond, that is the past.
const STOP_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Files that are remembered of a strand at most.
const NEWEST_MAX: usize = 2_000;

/// The files of a strand that came last, by when they came.
#[derive(Debug, Default)]
struct Newest(BTreeSet<(Timestamp, String)>);

impl Newest {
    fn note(&mut self, brought: &Brought, overlap: SignedDuration) {
        let files = brought.files.iter().map(|file| (file.last_modified, file.name.clone()));
        self.0.extend(files);
        let Some((latest, _)) = self.0.last() else { return };
        let from = latest.saturating_sub(overlap).unwrap_or(*latest);
        self.0 = self.0.split_off(&(from, String::new()));
        while self.0.len() > NEWEST_MAX {
            self.0.pop_first();
        }
    }

    /// The name behind which the next one is looked for: where names are in the order of time close to the last,
    /// where they are in none somewhere before.
    fn first_name(&self) -> Option<&String> {
        self.0.iter().map(|(_, name)| name).min()
    }
}

/// How far the files of each series are read, as it stands in the state.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Kept(Vec<(Series, Timestamp)>);

/// How far a bucket is read.
#[derive(Debug)]
pub(super) struct Reach {
    root: String,
    /// What was written before is not read.
    begin: Timestamp,
    /// All files that were named before it are read.
    settled: BTreeMap<Series, Timestamp>,
    newest: BTreeMap<Strand, Newest>,
    overlap: SignedDuration,
}

/// What a new source, or one that stood still, has not read yet.
#[derive(Debug)]
pub(super) struct Past {
    /// What is left to be asked.
    pub(super) walk: Walk,
    of: Vec<Series>,
    settles: Timestamp,
}

impl Reach {
    pub(super) fn new(root: &str, begin: Timestamp, kept: Kept, overlap: SignedDuration) -> Self {
        let (settled, newest) = (kept.0.into_iter().collect(), BTreeMap::new());
        Self { root: root.to_owned(), begin, settled, newest, overlap }
    }

    /// As it is kept in the state.
    pub(super) fn kept(&self) -> Kept {
        Kept(self.settled.iter().map(|(series, at)| (series.clone(), *at)).collect())
    }

    /// Before it, no file is named that can still come late.
    fn present(&self, now: Timestamp) -> Timestamp {
        (now - LATENESS).max(self.begin)
    }

    /// A walk through all folders.
    pub(super) fn sweep(&self, now: Timestamp) -> Walk {
        let present = self.present(now);
        let near = |(series, at): (&Series, &Timestamp)| {
            (*at >= present - STOP_MAX).then(|| (series.clone(), present.min(*at)))
        };
        let since = self.settled.iter().filter_map(near).collect();
        Walk::through(&self.root, since, present, self.settled.keys().cloned().collect())
    }

    /// A walk that compares what was written since an instant.
    pub(super) fn audit(&self, since: Timestamp) -> Walk {
        let known = self.settled.keys().cloned().collect();
        let since = since.max(self.begin);
        Walk::through(&self.root, BTreeMap::new(), since, known).counting_aside()
    }

    /// A sweep that began now brought all. What is past of the series that it found.
    pub(super) fn swept(&mut self, sweep: &Walk, now: Timestamp) -> Option<Past> {
        let present = self.present(now);
        let mut of = Vec::new();
        let mut asks = Vec::new();
        for series in sweep.found() {
            let read = self.settled.get(series).copied().unwrap_or(self.begin);
            self.settled.entry(series.clone()).or_insert(self.begin);
            if sweep.since(series) <= read {
                self.settled.insert(series.clone(), present.max(read));
            } else {
                asks.push(Ask::of_series(
                    series.clone(),
                    series.since(read),
                    series.until(present),
                ));
                of.push(series.clone());
            }
        }
        let young = now - LATENESS;
        self.newest.retain(|strand, newest| match strand {
            Strand::Series(series) => self.settled.contains_key(series),
            // A sweep lists those in which nothing happens.
            Strand::Folder(_) => newest.0.last().is_some_and(|(latest, _)| *latest >= young),
        });
        let walk = Walk::along(&self.root, asks);
        (!of.is_empty()).then_some(Past { walk, of, settles: present })
    }

    /// A past was read.
    pub(super) fn settle(&mut self, past: Past) {
        for series in past.of {
            self.settled.insert(series, past.settles);
        }
    }

    /// How many listings a look takes.
    pub(super) fn strands(&self) -> u32 {
        u32::try_from(self.newest.len()).unwrap_or(u32::MAX).max(1)
    }

    /// A walk along what came last.
    pub(super) fn look(&self, now: Timestamp) -> Walk {
        let (today, tomorrow) = (now - self.overlap, now + STOP_MAX);
        let ask = |(strand, newest): (&Strand, &Newest)| match strand {
            Strand::Folder(folder) => Ask::of_folder(folder.clone(), newest.first_name().cloned()),
            Strand::Series(series) => {
                // A name of the future must not hide those that come until then.
                let known = newest.first_name().filter(|name| **name < series.until(tomorrow));
                let after = known.cloned().unwrap_or_else(|| series.since(today));
                Ask::of_series(series.clone(), after, series.end())
            }
        };
        Walk::along(&self.root, self.newest.iter().map(ask).collect())
    }

    /// Files were read that a walk brought.
    pub(super) fn note(&mut self, brought: &Brought) {
        let Some(strand) = &brought.strand else { return };
        let is_known = self.newest.contains_key(strand);
        let has_look = matches!(strand, Strand::Series(_)) || !brought.files.is_empty();
        if is_known || has_look {
            self.newest.entry(strand.clone()).or_default().note(brought, self.overlap);
        }
    }

    /// Whether a file is not too old to be read. One whose name tells the day is asked for by that.
    pub(super) fn is_wanted(&self, strand: Option<&Strand>, last_modified: Timestamp) -> bool {
        matches!(strand, Some(Strand::Series(_))) || last_modified >= self.begin
    }
}

#[cfg(test)]
mod tests;
