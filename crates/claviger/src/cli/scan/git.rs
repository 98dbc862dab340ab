//! Git repositories as items to scan: all of their history, each blob once, with the commit that brought it.

use std::path::Path;
use std::sync::Arc;

pub(super) use claviger_repository::is_repository;
use claviger_repository::{Commit, History, ObjectId, Piece, Repository, RepositoryError};

use super::item::{Item, Listed, Position, Source};
use super::select::Select;

/// Opens the repository in a folder.
///
/// # Errors
/// There is none, or one that cannot be read.
pub(super) fn open(folder: &Path) -> anyhow::Result<Repository> {
    Repository::open(folder, claviger_scan::apply_git_delta).map_err(told)
}

/// An error with the way out below it, as commands tell it.
pub(super) fn told(error: RepositoryError) -> anyhow::Error {
    let hint = error.hint();
    let error = anyhow::Error::new(error);
    match hint {
        Some(hint) => anyhow::anyhow!("{error:#}\nhint: {hint}"),
        None => error,
    }
}

/// A history being listed.
pub(super) struct Walk {
    repository: Arc<Repository>,
    history: History,
    uri: String,
    start: Position,
    select: Arc<Select>,
    /// Items that a resumed listing passes over.
    skip: u64,
    count: u64,
    /// Whether missing objects were told.
    ended: bool,
}

impl Walk {
    /// Lists the history of a repository: `start` is the position before it, `from` one within it.
    pub(super) fn new(
        repository: Repository,
        uri: String,
        start: Position,
        select: Arc<Select>,
        from: Option<&Position>,
    ) -> Self {
        let repository = Arc::new(repository);
        let names: Vec<u8> = repository.names_ever().iter().flat_map(ObjectId::bytes).collect();
        let of = claviger_cloud::sign::sha256_hex(&names)[..16].to_owned();
        let skip = from.filter(|from| from.of == of).map_or(0, |from| from.inner);
        let history = History::whole(Arc::clone(&repository));
        let start = Position { of, ..start };
        Self { repository, history, uri, start, select, skip, count: 0, ended: false }
    }

    /// Where a piece stands, what is said of it, and where its bytes are; `None` where it is not chosen.
    fn chosen(&self, piece: Piece) -> Option<(Vec<String>, Option<String>, Source)> {
        let blob = |id| Source::Blob(Arc::clone(&self.repository), id);
        let by_time = |commit: &Commit| self.select.by_size_and_time(None, Some(commit.time()));
        match piece {
            Piece::Words { id, commit } => {
                let in_time = commit.as_deref().is_none_or(by_time);
                if !in_time || !self.select.include.is_empty() {
                    return None;
                }
                let words = self.repository.words(&id);
                let name = if commit.is_some() { "message" } else { "tag" };
                let place = vec![id.short(), name.to_owned()];
                let note = commit.as_deref().map(note);
                (!words.is_empty()).then_some((place, note, Source::Bytes(words)))
            }
            Piece::File { path, id, commit, again: false } => {
                let chosen = by_time(&commit) && self.select.by_path(path.as_bytes());
                chosen.then(|| (vec![commit.id.short(), path], Some(note(&commit)), blob(id)))
            }
            Piece::Loose(id) => {
                // What lies about has neither path nor time to be chosen by.
                let chosen = self.select.include.is_empty() && self.select.since.is_none();
                let place = vec!["no commit".to_owned(), format!("blob {}", id.short())];
                chosen.then(|| (place, None, blob(id)))
            }
            // A content is told where it was first.
            Piece::File { .. } | Piece::Listed(_) => None,
        }
    }
}

/// Who brought something, and when.
fn note(commit: &Commit) -> String {
    format!("in commit {} by {}, {}", commit.id.short(), commit.author, commit.time())
}

impl Iterator for Walk {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        while let Some(piece) = self.history.next() {
            let Some((path, note, source)) = self.chosen(piece) else { continue };
            self.count += 1;
            if self.count > self.skip {
                let position = Position { inner: self.count, ..self.start.clone() };
                let uri = self.uri.clone();
                return Some(Listed::Item(Item { uri, path, note, source, position }));
            }
        }
        let missing = self.history.missing();
        let told = format!("{}: {missing} objects are missing or damaged", self.uri);
        let first = !std::mem::replace(&mut self.ended, true);
        (first && missing > 0).then_some(Listed::Unread(told))
    }
}
