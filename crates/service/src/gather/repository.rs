//! Reads what is new in the history of a repository, a batch at a time: what was found and how far was read are
//! committed together, so that a killed run goes on where it stood and reads nothing twice that was committed.
//!
//! Memory holds one batch, one block of a file, and about a hundred bytes for each commit that was not read before.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read;
use std::sync::Arc;

use claviger_model::{Finding, RiskEventId, WatchedRepository};
use claviger_repository::{History, ObjectId, Piece, Repository};
use claviger_scan::Limits;
use claviger_store::repositories::{self, Progress};

use super::code::{self, Content, PATHS_MAX};
use crate::{Service, ServiceError};

/// Bytes read of a file at a time.
const BLOCK: usize = 256 * 1024;

/// A batch ends after so many contents, bytes or findings, and no more findings than that are committed at once:
/// other writers wait for moments, and a killed run loses little.
const CONTENTS_AT_ONCE: u64 = 2_000;
const BYTES_AT_ONCE: u64 = 64 << 20;
const FINDINGS_AT_ONCE: usize = 200;

/// Findings kept of one content.
const FINDINGS_MAX: u64 = 10_000;

/// A repository being read.
pub(crate) struct Reading<'s> {
    service: &'s Service,
    repository: &'s WatchedRepository,
    files: Arc<Repository>,
    /// Commits that were read with all that they follow, none of which follows another.
    heads: Vec<ObjectId>,
    /// Those of them that were committed.
    noted: Vec<String>,
    /// Contents in which something was found, each with how many paths it was told under beside the first.
    telling: HashMap<ObjectId, u32>,
    batch: Batch,
}

/// What was read and is not committed yet.
#[derive(Default)]
struct Batch {
    found: Vec<(Content, Finding)>,
    /// Of commits that were read to their end.
    done: Progress,
    /// Of the commit that is being read.
    begun: Progress,
    contents: u64,
    bytes: u64,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.contents >= CONTENTS_AT_ONCE
            || self.bytes >= BYTES_AT_ONCE
            || self.found.len() >= FINDINGS_AT_ONCE
    }

    /// A commit was read to its end: what it brought is counted with it, so that a run that is killed in the middle
    /// of one counts nothing twice.
    fn end_commit(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        self.done.commits += begun.commits;
        self.done.blobs += begun.blobs;
        self.done.unread += begun.unread;
        self.done.unread_why = begun.unread_why.or(self.done.unread_why.take());
    }

    fn cannot_read(&mut self, why: String) {
        self.begun.unread += 1;
        self.begun.unread_why = Some(why);
    }
}

impl<'s> Reading<'s> {
    /// Begins behind the commits that were read before; `telling` are the contents in which something was found then.
    pub(crate) fn behind(
        service: &'s Service,
        repository: &'s WatchedRepository,
        files: Arc<Repository>,
        walked: Vec<ObjectId>,
        telling: HashSet<ObjectId>,
    ) -> Self {
        let noted = walked.iter().map(ObjectId::hex).collect();
        let batch = Batch::default();
        let telling = telling.into_iter().map(|id| (id, 0)).collect();
        Self { service, repository, files, heads: walked, noted, telling, batch }
    }

    /// Reads all that some commits and tags lead to and was not read before.
    pub(crate) async fn read(&mut self, tips: &[ObjectId]) -> Result<(), ServiceError> {
        let files = Arc::clone(&self.files);
        let heads = self.heads.clone();
        let mut history = tokio::task::block_in_place(|| History::since(files, tips, &heads));
        loop {
            let more = tokio::task::block_in_place(|| self.fill(&mut history));
            self.service.go_on_reading()?;
            if !more {
                break;
            }
            self.commit().await?;
        }
        self.batch.end_commit();
        self.count_left_out(&history);
        self.heads = tips.to_vec();
        self.commit().await
    }

    fn count_left_out(&mut self, history: &History) {
        let (missing, passed_over) = (history.missing(), history.passed_over());
        let done = &mut self.batch.done;
        done.unread += missing + passed_over;
        if passed_over > 0 {
            done.unread_why =
                Some(format!("{passed_over} copies of files and folders are too many"));
        }
        if missing > 0 {
            done.unread_why =
                Some(format!("{missing} objects of the history are missing or damaged"));
        }
    }

    /// Reads contents that were found elsewhere in the history.
    pub(crate) async fn read_contents(
        &mut self,
        contents: Vec<Content>,
    ) -> Result<(), ServiceError> {
        for content in contents {
            tokio::task::block_in_place(|| self.scan(content));
            self.service.go_on_reading()?;
            if self.batch.is_full() {
                self.commit().await?;
            }
        }
        // They were counted when they were read first.
        self.batch.begun = Progress::default();
        self.commit().await
    }

    /// Reads until a batch is full; `false` at the end of the history.
    fn fill(&mut self, history: &mut History) -> bool {
        for piece in history.by_ref() {
            match piece {
                Piece::Words { id, commit } => {
                    self.batch.begun.blobs += 1;
                    self.scan(Content::of_words(id, commit.as_deref()));
                    if commit.is_none() {
                        self.batch.end_commit();
                    }
                }
                Piece::File { path, id, commit, again: false } => {
                    self.batch.begun.blobs += 1;
                    self.scan(Content::of_file(path, id, &commit));
                }
                Piece::File { path, id, commit, again: true } => {
                    self.scan_again(Content::of_file(path, id, &commit));
                }
                Piece::Listed(commit) => {
                    self.batch.begun.commits += 1;
                    self.batch.end_commit();
                    self.heads.retain(|head| !commit.parents.contains(head));
                    self.heads.push(commit.id);
                }
                Piece::Loose(_) => {}
            }
            if self.batch.is_full() || self.service.readings().are_ending() {
                return true;
            }
        }
        false
    }

    /// Scans a content under another path, if it holds anything.
    fn scan_again(&mut self, content: Content) {
        match self.telling.get_mut(&content.id) {
            Some(paths) if *paths < PATHS_MAX => {
                *paths += 1;
                self.scan(content);
            }
            Some(_) => {
                let why = format!("what it holds is told under {PATHS_MAX} other paths");
                self.batch.cannot_read(format!("{}: {why}", told(&content)));
            }
            None => {}
        }
    }

    /// Scans one content.
    fn scan(&mut self, content: Content) {
        self.batch.contents += 1;
        let uri = content.uri(self.repository);
        let limits = Limits { findings: FINDINGS_MAX, ..Limits::default() };
        let mut scan = self.service.code_scanner().open(&uri, limits);
        if content.file.is_none() {
            scan.feed(&self.files.words(&content.id));
        } else if let Some(mut blob) = self.files.blob(&content.id) {
            let mut block = vec![0; BLOCK];
            loop {
                match blob.read(&mut block) {
                    Ok(0) => break,
                    Ok(read) => scan.feed(&block[..read]),
                    Err(error) => {
                        self.batch.cannot_read(format!("{}: {error}", told(&content)));
                        break;
                    }
                }
            }
        } else {
            let why = "missing, damaged, or too large to be rebuilt";
            self.batch.cannot_read(format!("{}: {why}", told(&content)));
        }
        let report = scan.finish();
        self.batch.bytes += report.bytes;
        if let Some(unread) = report.unread.first() {
            self.batch.cannot_read(format!("{}: {}", told(&content), unread.why));
        }
        if !report.findings.is_empty() {
            self.telling.entry(content.id).or_default();
        }
        let found = report.findings.into_iter().map(|finding| (content.clone(), finding));
        self.batch.found.extend(found);
    }

    /// Commits what was found, the last part of it with how far was read.
    async fn commit(&mut self) -> Result<(), ServiceError> {
        let mut batch = std::mem::take(&mut self.batch);
        // The rest of the commit comes with the next batch.
        self.batch.begun = std::mem::take(&mut batch.begun);
        while batch.found.len() > FINDINGS_AT_ONCE {
            let rest = batch.found.split_off(FINDINGS_AT_ONCE);
            self.commit_part(&batch.found, &Progress::default()).await?;
            batch.found = rest;
        }
        self.noted = self.heads.iter().map(ObjectId::hex).collect();
        self.commit_part(&batch.found, &batch.done).await
    }

    /// Commits findings with the heads that are noted.
    async fn commit_part(
        &self,
        found: &[(Content, Finding)],
        done: &Progress,
    ) -> Result<(), ServiceError> {
        let mut told: BTreeSet<RiskEventId> = BTreeSet::new();
        let mut tx = self.service.store().write().await?;
        let id = &self.repository.id;
        if !repositories::note_progress(&mut tx, id, &self.noted, done).await? {
            return Err(ServiceError::not_found("repository", id));
        }
        for (content, finding) in found {
            let found = (content, finding);
            told.extend(code::keep(self.service, &mut tx, self.repository, found).await?);
        }
        tx.commit().await?;
        self.service.wake_workers();
        self.service.tell_pages("repositories");
        for event in &told {
            self.service.tell_pages(event.as_str());
        }
        if !told.is_empty() {
            self.service.tell_pages("events");
        }
        Ok(())
    }
}

/// A content in the words of a person.
fn told(content: &Content) -> String {
    let file = content.file.as_deref().unwrap_or("the message");
    format!("{file} in commit {}", content.commit.short())
}
