//! What is asked of a bucket, one listing after the other: each answer says what is asked next. Folders are looked
//! through level by level; of files whose names tell their day those since an instant alone are listed, all others
//! folder by folder.

use std::collections::{BTreeMap, BTreeSet};

use claviger_cloud::{FolderPage, ObjectInfo};
use jiff::Timestamp;

use super::aside::{Holds, holds, is_log};
use super::series::Series;

/// Folders that one walk looks into: an organization of 1,000 accounts in all regions has as many.
pub(super) const FOLDERS_MAX: usize = 50_000;

/// One listing to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    /// What the names begin with.
    pub(super) prefix: String,
    /// Names up to this one are not wanted.
    pub(super) after: Option<String>,
    /// Where the page before ended.
    pub(super) next: Option<String>,
    what: What,
    is_aside: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// What lies directly in a folder; whether folders in it are looked into.
    Folder { deeper: bool },
    /// What lies in the folder of a year, if it is one.
    Year(Series),
    /// Files of a series before a text.
    Series { series: Series, end: String },
}

impl Ask {
    fn folder(prefix: String, is_aside: bool) -> Self {
        Self { prefix, after: None, next: None, what: What::Folder { deeper: true }, is_aside }
    }

    /// Whether what lies below a folder is told by the folder alone.
    pub(super) fn is_folded(&self) -> bool {
        matches!(self.what, What::Folder { .. })
    }

    /// The files of a series behind a text and before another.
    pub(super) fn of_series(series: Series, after: String, end: String) -> Self {
        let prefix = series.prefix();
        let what = What::Series { series, end };
        Self { prefix, after: Some(after), next: None, what, is_aside: false }
    }

    /// The files that lie directly in a folder, behind a text.
    pub(super) fn of_folder(prefix: String, after: Option<String>) -> Self {
        Self { prefix, after, next: None, what: What::Folder { deeper: false }, is_aside: false }
    }
}

/// Files that are listed together, in an order of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strand {
    /// Those of a series.
    Series(Series),
    /// Those directly in a folder whose names tell no day.
    Folder(String),
}

/// What an answer brought.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// What they are of.
    pub(super) strand: Option<Strand>,
    /// Log files.
    pub(super) files: Vec<ObjectInfo>,
    /// Objects that are none.
    pub(super) skipped: u64,
}

/// A walk through a bucket.
#[derive(Debug)]
pub(super) struct Walk {
    root: String,
    /// What is asked next is the last.
    asks: Vec<Ask>,
    /// From when on the files of a series are listed; of those that are not here from `otherwise` on.
    since: BTreeMap<Series, Timestamp>,
    otherwise: Timestamp,
    /// Series that need no proof.
    known: BTreeSet<Series>,
    found: BTreeMap<Series, bool>,
    /// Whether what lies aside is counted.
    counts_aside: bool,
    folders_left: usize,
}

impl Walk {
    /// A walk through all that is below a text.
    pub(super) fn through(
        root: &str,
        since: BTreeMap<Series, Timestamp>,
        otherwise: Timestamp,
        known: BTreeSet<Series>,
    ) -> Self {
        let asks = vec![Ask::folder(root.to_owned(), false)];
        Self { since, otherwise, known, ..Self::along(root, asks) }
    }

    /// A walk along these alone.
    pub(super) fn along(root: &str, mut asks: Vec<Ask>) -> Self {
        asks.reverse();
        Self {
            root: root.to_owned(),
            asks,
            since: BTreeMap::new(),
            otherwise: Timestamp::MIN,
            known: BTreeSet::new(),
            found: BTreeMap::new(),
            counts_aside: false,
            folders_left: FOLDERS_MAX,
        }
    }

    /// The same, which counts what lies aside.
    pub(super) fn counting_aside(mut self) -> Self {
        self.counts_aside = true;
        self
    }

    /// What is to be asked next; `None` at the end.
    pub(super) fn next_ask(&mut self) -> Option<Ask> {
        self.asks.pop()
    }

    /// The series of which there are files.
    pub(super) fn found(&self) -> impl Iterator<Item = &Series> {
        self.found.iter().filter(|(_, is_aside)| !**is_aside).map(|(series, _)| series)
    }

    /// From when on the files of a series are listed.
    pub(super) fn since(&self, series: &Series) -> Timestamp {
        self.since.get(series).copied().unwrap_or(self.otherwise)
    }

    /// Whether there were more folders than are looked into.
    pub(super) fn is_cut(&self) -> bool {
        self.folders_left == 0
    }

    /// Takes an answer. What it makes ask further is asked next.
    pub(super) fn take(&mut self, ask: Ask, page: FolderPage) -> Brought {
        let mut brought = match &ask.what {
            What::Folder { deeper } => self.take_folder(&ask, *deeper, &page),
            What::Year(series) => {
                let is_log = |file: &&ObjectInfo| is_log(&file.name, file.bytes);
                let mut files = page.objects.iter().filter(is_log);
                match files.all(|file| series.day(&file.name).is_some()) {
                    true if page.objects.is_empty() => {}
                    true => self.find(series.clone(), ask.is_aside),
                    false => self.enter(ask.prefix.clone(), ask.is_aside),
                }
                return Brought::default();
            }
            What::Series { series, end } => {
                let is_last = page.objects.last().is_some_and(|last| last.name >= *end);
                let within = page.objects.into_iter().filter(|file| file.name < *end);
                let strand = Some(Strand::Series(series.clone()));
                if let Some(next) = page.next.filter(|_| !is_last) {
                    self.asks.push(Ask { next: Some(next), ..ask.clone() });
                }
                Brought { strand, files: within.collect(), skipped: 0 }
            }
        };
        brought.strand = brought.strand.filter(|_| !ask.is_aside);
        let before = brought.files.len();
        brought.files.retain(|file| !ask.is_aside && is_log(&file.name, file.bytes));
        brought.skipped = (before - brought.files.len()) as u64;
        brought
    }

    fn take_folder(&mut self, ask: &Ask, deeper: bool, page: &FolderPage) -> Brought {
        let last_file = page.objects.last().map(|file| &file.name);
        let last = page.folders.last().into_iter().chain(last_file).max();
        if let Some(next) = &page.next {
            let series = last.and_then(|last| Some((last, Series::of(&self.root, last)?)));
            let behind = series.and_then(|(last, series)| series.behind_year(last));
            let next = Some(next.clone()).filter(|_| behind.is_none());
            let after = behind.or_else(|| ask.after.clone());
            self.asks.push(Ask { after, next, ..ask.clone() });
        }
        let mut files = Vec::new();
        for file in &page.objects {
            match Series::of(&self.root, &file.name) {
                Some(series) if deeper => self.find(series, ask.is_aside),
                Some(_) => {}
                None => files.push(file.clone()),
            }
        }
        for folder in page.folders.iter().filter(|_| deeper) {
            let is_aside = match holds(folder) {
                Holds::Logs => ask.is_aside,
                Holds::Aside if self.counts_aside => true,
                Holds::Aside | Holds::OfOthers => continue,
            };
            self.meet(folder, is_aside);
        }
        Brought { strand: Some(Strand::Folder(ask.prefix.clone())), files, skipped: 0 }
    }

    /// Asks for what is in a folder, by what its name says.
    fn meet(&mut self, folder: &str, is_aside: bool) {
        if let Some(series) = Series::of(&self.root, folder) {
            self.find(series, is_aside);
            return;
        }
        match Series::perhaps(&self.root, folder) {
            Some(series) if self.known.contains(&series) => self.find(series, is_aside),
            Some(series) if self.found.contains_key(&series) => {}
            Some(series) => {
                let what = What::Year(series);
                let prefix = folder.to_owned();
                self.asks.push(Ask { prefix, after: None, next: None, what, is_aside });
            }
            None => self.enter(folder.to_owned(), is_aside),
        }
    }

    fn enter(&mut self, folder: String, is_aside: bool) {
        if self.folders_left > 0 {
            self.folders_left -= 1;
            self.asks.push(Ask::folder(folder, is_aside));
        }
    }

    /// Asks for the files of a series, once.
    fn find(&mut self, series: Series, is_aside: bool) {
        if self.found.contains_key(&series) || self.folders_left == 0 {
            return;
        }
        self.folders_left -= 1;
        self.found.insert(series.clone(), is_aside);
        let (after, end) = (series.since(self.since(&series)), series.end());
        self.asks.push(Ask { is_aside, ..Ask::of_series(series, after, end) });
    }
}
