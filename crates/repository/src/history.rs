//! The history of a repository: commits in the order of time, what each brought first, then what no commit holds
//! any more.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::again::Again;
use crate::commit::{Commit, in_order};
use crate::object::{Kind, ObjectId};
use crate::reach::Reached;
use crate::repository::Repository;
use crate::tree::{Mode, entries_of};

/// Folders inside each other that are followed.
const DEPTH_MAX: usize = 200;

/// What is remembered as seen where a history is read piece by piece: about 150 MB. Beyond it some is seen twice,
/// which costs time alone.
const SEEN_MAX: usize = 4 << 20;

/// A piece of a history.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The words of a commit, or of a tag, which has none.
    Words {
        /// The commit or tag that holds them.
        id: ObjectId,
        /// The commit.
        commit: Option<Arc<Commit>>,
    },
    /// A file as a commit brought it.
    File {
        /// Where it lies in the repository.
        path: String,
        /// Its content.
        id: ObjectId,
        /// The commit.
        commit: Arc<Commit>,
        /// Whether its content was listed before, under another path.
        again: bool,
    },
    /// Nothing more is to be read of a commit: it and all that it follows were listed.
    Listed(Arc<Commit>),
    /// A file that no commit holds.
    Loose(ObjectId),
}

/// A history being listed.
pub struct History {
    repository: Arc<Repository>,
    /// Commits that were not listed yet, oldest first.
    commits: VecDeque<Commit>,
    /// Objects that no name leads to.
    loose: VecDeque<ObjectId>,
    tags: VecDeque<ObjectId>,
    /// Objects, and objects at their paths.
    seen: HashSet<ObjectId>,
    paths: RandomState,
    seen_max: usize,
    /// Commits whose files are among what was seen.
    marked: HashSet<ObjectId>,
    ready: VecDeque<Piece>,
    missing: u64,
    passed_over: u64,
}

impl History {
    /// All of it, with what no name leads to any more: dropped stashes, rewritten branches, single files.
    #[must_use]
    pub fn whole(repository: Arc<Repository>) -> Self {
        let (mut known, mut reached) = (HashSet::new(), Reached::default());
        let ever = repository.names_ever();
        // Logs name commits that are gone.
        let stands: HashSet<&ObjectId> = repository.names().values().collect();
        let may_lack: HashSet<ObjectId> =
            ever.iter().filter(|id| !stands.contains(id)).copied().collect();
        reached.follow(&repository, ever, &mut known, &may_lack);
        let ids = repository.store.own_ids();
        let lost: Vec<ObjectId> = ids.into_iter().filter(|id| !known.contains(id)).collect();
        let of_kind =
            |id: &&ObjectId| matches!(repository.store.kind(id), Some(Kind::Commit | Kind::Tag));
        let tips: Vec<ObjectId> = lost.iter().filter(of_kind).copied().collect();
        reached.follow(&repository, tips, &mut known, &may_lack);
        Self { loose: lost.into(), seen_max: usize::MAX, ..Self::of(repository, reached) }
    }

    /// What some commits lead to and others do not: the pieces that came since the others were listed.
    #[must_use]
    pub fn since(repository: Arc<Repository>, tips: &[ObjectId], listed: &[ObjectId]) -> Self {
        let mut known = repository.reach(listed);
        let mut reached = Reached::default();
        reached.follow(&repository, tips.to_vec(), &mut known, &HashSet::new());
        Self::of(repository, reached)
    }

    fn of(repository: Arc<Repository>, reached: Reached) -> Self {
        Self {
            repository,
            commits: in_order(reached.commits),
            loose: VecDeque::new(),
            tags: reached.tags,
            seen: HashSet::new(),
            paths: RandomState::new(),
            seen_max: SEEN_MAX,
            marked: HashSet::new(),
            ready: VecDeque::new(),
            missing: reached.missing,
            passed_over: 0,
        }
    }

    /// Commits that were not listed yet.
    #[must_use]
    pub fn commits_left(&self) -> usize {
        self.commits.len()
    }

    /// How many objects were missing or damaged so far.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// How many folders and files were passed over, since a commit held too many that were seen under other paths.
    #[must_use]
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Lists what a commit says, and what it brought.
    fn list_commit(&mut self, commit: Commit) {
        self.forget_when_full();
        for parent in &commit.parents {
            self.mark(*parent);
        }
        let commit = Arc::new(commit);
        self.seen.insert(commit.id);
        self.marked.insert(commit.id);
        self.ready.push_back(Piece::Words { id: commit.id, commit: Some(Arc::clone(&commit)) });
        let mut files = Vec::new();
        self.walk(commit.tree, &mut |path, id, again| files.push((path, id, again)));
        let file = |(path, id, again)| Piece::File { path, id, commit: Arc::clone(&commit), again };
        self.ready.extend(files.into_iter().map(file));
        self.ready.push_back(Piece::Listed(commit));
    }

    /// Takes the files of a commit for seen that was listed another time.
    fn mark(&mut self, id: ObjectId) {
        if !self.marked.insert(id) {
            return;
        }
        if let Some(commit) = self.repository.commit(&id) {
            self.walk(commit.tree, &mut |_, _, _| {});
        }
    }

    /// Visits what was not seen of a tree at its path, and says of each file whether its content was seen elsewhere.
    fn walk(&mut self, tree: ObjectId, take: &mut impl FnMut(String, ObjectId, bool)) {
        let mut room = Again::of_one_commit();
        let mut open = vec![(tree, String::new(), 0)];
        while let Some((tree, folder, depth)) = open.pop() {
            if depth > DEPTH_MAX || !self.is_new_at(&folder, tree) {
                continue;
            }
            let again = !self.seen.insert(tree);
            if again && room.is_spent() {
                self.passed_over += 1;
                continue;
            }
            let Some((Kind::Tree, entries)) = self.repository.store.read(&tree) else {
                self.missing += 1;
                continue;
            };
            for (mode, name, id) in entries_of(&entries) {
                let path = format!("{folder}{name}");
                if again && !room.take(path.len()) {
                    self.passed_over += 1;
                    break;
                }
                match mode {
                    Mode::Tree => open.push((id, format!("{path}/"), depth + 1)),
                    Mode::Blob if self.is_new_at(&path, id) => {
                        let again = !self.seen.insert(id);
                        take(path, id, again);
                    }
                    // Another repository's commit, or a file that was seen.
                    Mode::Link | Mode::Blob => {}
                }
            }
        }
    }

    /// Whether an object is seen at a path for the first time.
    fn is_new_at(&mut self, path: &str, mut id: ObjectId) -> bool {
        // An object at a path is remembered like an object of another name.
        let of_path = self.paths.hash_one(path).to_ne_bytes();
        id.0.iter_mut().zip(of_path).for_each(|(byte, other)| *byte ^= other);
        self.seen.insert(id)
    }

    fn forget_when_full(&mut self) {
        if self.seen.len() > self.seen_max {
            self.seen = HashSet::new();
            self.marked = HashSet::new();
        }
    }

    /// Makes more pieces ready; `false` at the end.
    fn advance(&mut self) -> bool {
        if let Some(commit) = self.commits.pop_front() {
            self.list_commit(commit);
            return true;
        }
        if let Some(id) = self.tags.pop_front() {
            self.seen.insert(id);
            self.ready.push_back(Piece::Words { id, commit: None });
            return true;
        }
        let Some(id) = self.loose.pop_front() else { return false };
        if !self.seen.contains(&id) && self.repository.store.kind(&id) == Some(Kind::Blob) {
            self.seen.insert(id);
            self.ready.push_back(Piece::Loose(id));
        }
        true
    }
}

impl Iterator for History {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if !self.advance() {
                return None;
            }
        }
    }
}
