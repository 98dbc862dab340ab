//! A commit: who made it and when, of what it is the state, and what it follows.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::object::ObjectId;

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its name.
    pub id: ObjectId,
    /// When its author made it, in seconds since 1970.
    pub(crate) second: i64,
    /// Name and address of its author, as `Li Wei <li.wei@example.com>`.
    pub author: Arc<str>,
    /// The commits that it follows.
    pub parents: Vec<ObjectId>,
    /// The folder that it is the state of.
    pub(crate) tree: ObjectId,
}

impl Commit {
    /// When its author made it; what no calendar has is 1970.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        Timestamp::from_second(self.second).unwrap_or_default()
    }

    /// Reads a commit; each author is kept once.
    pub(crate) fn read(
        id: ObjectId,
        object: &[u8],
        authors: &mut HashSet<Arc<str>>,
    ) -> Option<Self> {
        let tree = ObjectId::parse(field(object, b"tree ")?)?;
        let text = String::from_utf8_lossy(object);
        let head = || text.lines().take_while(|line| !line.is_empty());
        let line = head().find_map(|line| line.strip_prefix("author ")).unwrap_or_default();
        let (name, after) = line.rsplit_once("> ").unwrap_or((line, ""));
        let name = format!("{name}>");
        let author =
            authors.get(name.as_str()).cloned().unwrap_or_else(|| Arc::from(name.as_str()));
        authors.insert(Arc::clone(&author));
        let second = after.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0);
        let parents = head().filter_map(|line| line.strip_prefix("parent "));
        let parents = parents.filter_map(ObjectId::parse).collect();
        Some(Self { id, second, author, parents, tree })
    }
}

/// The first field of this name in the head of an object.
pub(crate) fn field<'o>(object: &'o [u8], name: &[u8]) -> Option<&'o str> {
    let head = object.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let line = head.into_iter().find_map(|line| line.strip_prefix(name))?;
    std::str::from_utf8(line).ok()
}

/// Commits by time, none before its parents: clocks differ, and a second holds many commits.
pub(crate) fn in_order(commits: VecDeque<Commit>) -> VecDeque<Commit> {
    let mut commits: Vec<Option<Commit>> = commits.into_iter().map(Some).collect();
    let known = commits.iter().flatten().enumerate();
    let places: HashMap<ObjectId, usize> =
        known.map(|(place, commit)| (commit.id, place)).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut waits_for = vec![0; commits.len()];
    for (place, commit) in commits.iter().flatten().enumerate() {
        for parent in commit.parents.iter().filter_map(|parent| places.get(parent)) {
            children.entry(*parent).or_default().push(place);
            waits_for[place] += 1;
        }
    }
    let key = |commit: &Commit, place: usize| Reverse((commit.second, commit.id, place));
    let free = commits.iter().flatten().enumerate().filter(|(place, _)| waits_for[*place] == 0);
    let mut free: BinaryHeap<_> = free.map(|(place, commit)| key(commit, place)).collect();
    let mut ordered = VecDeque::with_capacity(commits.len());
    while let Some(Reverse((_, _, place))) = free.pop() {
        ordered.extend(commits[place].take());
        for child in children.remove(&place).unwrap_or_default() {
            waits_for[child] -= 1;
            if let Some(commit) = commits[child].as_ref().filter(|_| waits_for[child] == 0) {
                free.push(key(commit, child));
            }
        }
    }
    ordered
}
