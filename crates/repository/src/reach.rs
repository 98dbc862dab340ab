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
    /// Gathers the commits and tags that some objects lead to, but for what is known already. Of those objects
    /// `may_lack` are not missed, unless another one leads to them.
    pub(crate) fn follow(
        &mut self,
        repository: &Repository,
        tips: Vec<ObjectId>,
        known: &mut HashSet<ObjectId>,
        may_lack: &HashSet<ObjectId>,
    ) {
        let shallow: HashSet<ObjectId> = repository.shallow().into_iter().collect();
        // With each, whether it is missed where it lacks.
        let mut open: Vec<(ObjectId, bool)> =
            tips.into_iter().map(|id| (id, !may_lack.contains(&id))).collect();
        let mut lacking = HashSet::new();
        while let Some((id, is_missed)) = open.pop() {
            if !known.insert(id) {
                self.missing += u64::from(is_missed && lacking.remove(&id));
                continue;
            }
            let Some((kind, object)) = repository.store.read(&id) else {
                self.missing += u64::from(is_missed);
                if !is_missed {
                    lacking.insert(id);
                }
                continue;
            };
            match kind {
                Kind::Commit => {
                    let Some(commit) = Commit::read(id, &object, &mut self.authors) else {
                        continue;
                    };
                    if !shallow.contains(&id) {
                        open.extend(commit.parents.iter().map(|parent| (*parent, true)));
                    }
                    self.commits.push_back(commit);
                }
                Kind::Tag => {
                    self.tags.push_back(id);
                    let target = field(&object, b"object ").and_then(ObjectId::parse);
                    open.extend(target.map(|target| (target, true)));
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
