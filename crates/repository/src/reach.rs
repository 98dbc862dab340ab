//! What commits and tags some objects lead to.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::commit::{Commit, field};
use crate::object::{Kind, ObjectId};
use crate::repository::Repository;

/// Commits and tags that were reached, and what was missed on the way.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) commits: VecDeque<Commit>,
    pub(crate) tags: VecDeque<ObjectId>,
    pub(crate) missing: u64,
    authors: HashSet<Arc<str>>,
}

impl Reached {
    /// Gathers the commits and tags that some objects lead to, but for what is known already.
    pub(crate) fn follow(
        &mut self,
        repository: &Repository,
        mut open: Vec<ObjectId>,
        known: &mut HashSet<ObjectId>,
    ) {
        let shallow: HashSet<ObjectId> = repository.shallow().into_iter().collect();
        // Logs name commits that are gone: only what a commit leads to is missed.
        let tips = open.len();
        let mut step = 0;
        while let Some(id) = open.pop() {
            step += 1;
            if !known.insert(id) {
                continue;
            }
            let Some((kind, object)) = repository.store.read(&id) else {
                self.missing += u64::from(step > tips);
                continue;
            };
            match kind {
                Kind::Commit => {
                    let Some(commit) = Commit::read(id, &object, &mut self.authors) else {
                        continue;
                    };
                    if !shallow.contains(&id) {
                        open.extend(&commit.parents);
                    }
                    self.commits.push_back(commit);
                }
                Kind::Tag => {
                    self.tags.push_back(id);
                    let target = field(&object, b"object ").and_then(ObjectId::parse);
                    open.extend(target);
                }
                // Names may lead to them; they are read with the objects that no commit holds.
                Kind::Tree | Kind::Blob => {}
            }
        }
    }
}

impl Repository {
    /// Every commit and tag that some objects lead to, and those objects: 20 bytes each.
    #[must_use]
    pub fn reach(&self, tips: &[ObjectId]) -> HashSet<ObjectId> {
        let mut known = HashSet::new();
        let mut open = tips.to_vec();
        let mut authors = HashSet::new();
        let shallow: HashSet<ObjectId> = self.shallow().into_iter().collect();
        while let Some(id) = open.pop() {
            if known.contains(&id) {
                continue;
            }
            let Some((kind, object)) = self.store.read(&id) else { continue };
            known.insert(id);
            match kind {
                Kind::Commit if !shallow.contains(&id) => {
                    let commit = Commit::read(id, &object, &mut authors);
                    open.extend(commit.into_iter().flat_map(|commit| commit.parents));
                    authors.clear();
                }
                Kind::Tag => open.extend(field(&object, b"object ").and_then(ObjectId::parse)),
                _ => {}
            }
        }
        known
    }
}
