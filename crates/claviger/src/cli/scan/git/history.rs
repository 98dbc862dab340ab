//! The history of a repository as items: commits in the order of time, what each brought first, then what
//! no commit holds any more.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Kind, ObjectId, Repository};
use crate::cli::scan::item::{Item, Listed, Position, Source};
use crate::cli::scan::select::Select;

/// Folders inside each other that are followed.
const DEPTH_MAX: usize = 200;

struct Commit {
    id: ObjectId,
    tree: ObjectId,
    /// Seconds since 1970.
    time: i64,
    author: Arc<str>,
    parents: Vec<ObjectId>,
}

/// A history being listed.
pub(in crate::cli::scan) struct Walk {
    repository: Arc<Repository>,
    uri: String,
    start: Position,
    select: Arc<Select>,
    /// Items that a resumed listing passes over.
    skip: u64,
    count: u64,
    /// Commits that were not listed yet, oldest first.
    commits: VecDeque<Commit>,
    /// Objects that no name leads to.
    loose: VecDeque<ObjectId>,
    tags: VecDeque<ObjectId>,
    seen: HashSet<ObjectId>,
    /// Items of the commit that was listed last.
    ready: VecDeque<(Vec<String>, Option<String>, Source)>,
    missing: u64,
}

impl Walk {
    /// Lists the history of a repository: `start` is the position before it, `from` one within it.
    pub(in crate::cli::scan) fn new(
        repository: Repository,
        uri: String,
        start: Position,
        select: Arc<Select>,
        from: Option<&Position>,
    ) -> Self {
        let mut walk = Self {
            repository: Arc::new(repository),
            uri,
            start,
            select,
            skip: 0,
            count: 0,
            commits: VecDeque::new(),
            loose: VecDeque::new(),
            tags: VecDeque::new(),
            seen: HashSet::new(),
            ready: VecDeque::new(),
            missing: 0,
        };
        let tips = walk.repository.tips();
        let names: Vec<u8> = tips.iter().flat_map(|tip| tip.0).collect();
        walk.start.of = claviger_cloud::sign::sha256_hex(&names)[..16].to_owned();
        walk.skip = from.filter(|from| from.of == walk.start.of).map_or(0, |from| from.inner);
        let mut known = HashSet::new();
        walk.follow(tips, &mut known);
        // Commits that no name leads to any more: dropped stashes, rewritten branches.
        let ids = walk.repository.store.own_ids();
        let lost: Vec<ObjectId> = ids.into_iter().filter(|id| !known.contains(id)).collect();
        let of_kind = |id: &&ObjectId| {
            matches!(walk.repository.store.kind(id), Some(Kind::Commit | Kind::Tag))
        };
        let tips: Vec<ObjectId> = lost.iter().filter(of_kind).copied().collect();
        walk.follow(tips, &mut known);
        walk.loose = lost.into();
        walk.commits = in_order(std::mem::take(&mut walk.commits));
        walk
    }

    /// Gathers the commits and tags that some objects lead to.
    fn follow(&mut self, mut open: Vec<ObjectId>, known: &mut HashSet<ObjectId>) {
        let shallow: HashSet<ObjectId> = self.repository.shallow().into_iter().collect();
        // Logs name commits that are gone: only what a commit leads to is missed.
        let tips = open.len();
        let mut step = 0;
        let mut authors: HashSet<Arc<str>> = HashSet::new();
        while let Some(id) = open.pop() {
            step += 1;
            if !known.insert(id) {
                continue;
            }
            let Some((kind, object)) = self.repository.store.read(&id) else {
                self.missing += u64::from(step > tips);
                continue;
            };
            match kind {
                Kind::Commit => {
                    let Some(commit) = commit(id, &object, &mut authors) else { continue };
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

    /// Lists what a commit says, and what it brought.
    fn list_commit(&mut self, commit: &Commit) {
        let time = Timestamp::from_second(commit.time).unwrap_or_default();
        let short = commit.id.short();
        let note = format!("in commit {short} by {}, {time}", commit.author);
        let chosen = self.select.by_size_and_time(None, Some(time));
        self.seen.insert(commit.id);
        if chosen && self.select.include.is_empty() {
            self.push_message(commit.id, short.clone(), "message", Some(note.clone()));
        }
        let mut open = vec![(commit.tree, String::new(), 0)];
        while let Some((tree, folder, depth)) = open.pop() {
            if depth > DEPTH_MAX || !self.seen.insert(tree) {
                continue;
            }
            let Some((Kind::Tree, entries)) = self.repository.store.read(&tree) else {
                self.missing += 1;
                continue;
            };
            for (mode, name, id) in entries_of(&entries) {
                let path = format!("{folder}{name}");
                match mode {
                    Mode::Tree => open.push((id, format!("{path}/"), depth + 1)),
                    // Another repository's commit.
                    Mode::Link => {}
                    Mode::Blob if self.seen.insert(id) => {
                        if chosen && self.select.by_path(path.as_bytes()) {
                            let place = vec![short.clone(), path];
                            let source = Source::Blob(Arc::clone(&self.repository), id);
                            self.ready.push_back((place, Some(note.clone()), source));
                        }
                    }
                    Mode::Blob => {}
                }
            }
        }
    }

    /// Lists the words of a commit or a tag, which follow its first empty line.
    fn push_message(&mut self, id: ObjectId, short: String, name: &str, note: Option<String>) {
        let Some((_, object)) = self.repository.store.read(&id) else { return };
        let words = object.windows(2).position(|pair| pair == b"\n\n");
        let words = words.map_or(Vec::new(), |head| object[head + 2..].to_vec());
        if !words.is_empty() {
            self.ready.push_back((vec![short, name.to_owned()], note, Source::Bytes(words)));
        }
    }

    /// Makes more items ready; `false` at the end.
    fn advance(&mut self) -> bool {
        if let Some(commit) = self.commits.pop_front() {
            self.list_commit(&commit);
            return true;
        }
        if let Some(id) = self.tags.pop_front() {
            self.seen.insert(id);
            if self.select.include.is_empty() {
                self.push_message(id, id.short(), "tag", None);
            }
            return true;
        }
        let Some(id) = self.loose.pop_front() else { return false };
        // What lies about has neither path nor time to be chosen by.
        let chosen = self.select.include.is_empty() && self.select.since.is_none();
        if chosen && !self.seen.contains(&id) && self.repository.store.kind(&id) == Some(Kind::Blob)
        {
            self.seen.insert(id);
            let place = vec!["no commit".to_owned(), format!("blob {}", id.short())];
            self.ready.push_back((place, None, Source::Blob(Arc::clone(&self.repository), id)));
        }
        true
    }
}

impl Iterator for Walk {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            if let Some((path, note, source)) = self.ready.pop_front() {
                self.count += 1;
                if self.count <= self.skip {
                    continue;
                }
                let position = Position { inner: self.count, ..self.start.clone() };
                let uri = self.uri.clone();
                return Some(Listed::Item(Item { uri, path, note, source, position }));
            }
            if !self.advance() {
                let missing = std::mem::take(&mut self.missing);
                let told = format!("{}: {missing} objects are missing or damaged", self.uri);
                return (missing > 0).then_some(Listed::Unread(told));
            }
        }
    }
}

enum Mode {
    Tree,
    Blob,
    Link,
}

/// The entries of a tree: mode, name and object.
fn entries_of(mut bytes: &[u8]) -> Vec<(Mode, String, ObjectId)> {
    let mut entries = Vec::new();
    while let Some(zero) = bytes.iter().position(|byte| *byte == 0) {
        let (head, rest) = bytes.split_at(zero);
        let Some((id, after)) = rest[1..].split_first_chunk::<20>() else { break };
        let head = String::from_utf8_lossy(head);
        if let Some((mode, name)) = head.split_once(' ') {
            let mode = match mode {
                "40000" | "040000" => Mode::Tree,
                "160000" => Mode::Link,
                _ => Mode::Blob,
            };
            entries.push((mode, name.to_owned(), ObjectId(*id)));
        }
        bytes = after;
    }
    entries
}

/// The first field of this name in the head of an object.
fn field<'o>(object: &'o [u8], name: &[u8]) -> Option<&'o str> {
    let head = object.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let line = head.into_iter().find_map(|line| line.strip_prefix(name))?;
    std::str::from_utf8(line).ok()
}

/// Commits by time, none before its parents: clocks differ, and a second holds many commits.
fn in_order(commits: VecDeque<Commit>) -> VecDeque<Commit> {
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
    let key = |commit: &Commit, place: usize| Reverse((commit.time, commit.id, place));
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

fn commit(id: ObjectId, object: &[u8], authors: &mut HashSet<Arc<str>>) -> Option<Commit> {
    let tree = ObjectId::parse(field(object, b"tree ")?)?;
    let text = String::from_utf8_lossy(object);
    let head = || text.lines().take_while(|line| !line.is_empty());
    let line = head().find_map(|line| line.strip_prefix("author ")).unwrap_or_default();
    let (name, after) = line.rsplit_once("> ").unwrap_or((line, ""));
    let name = format!("{name}>");
    let author = authors.get(name.as_str()).cloned().unwrap_or_else(|| Arc::from(name.as_str()));
    authors.insert(Arc::clone(&author));
    let time = after.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0);
    let parents = head().filter_map(|line| line.strip_prefix("parent "));
    let parents = parents.filter_map(ObjectId::parse).collect();
    Some(Commit { id, tree, time, author, parents })
}
