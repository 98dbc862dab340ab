//! Where the blobs of a repository stand: the path, and the first commit in time that has them there.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

/// The name of an object: SHA-1 of what it is.
pub(super) type ObjectId = [u8; 20];

/// Folders inside each other that are followed.
const DEPTH_MAX: usize = 200;

/// The commits and trees of a repository.
#[derive(Default)]
pub(super) struct History {
    commits: Vec<Commit>,
    trees: HashMap<ObjectId, Vec<Entry>>,
}

struct Commit {
    id: ObjectId,
    tree: ObjectId,
    /// Seconds since 1970.
    time: i64,
    author: String,
}

struct Entry {
    name: String,
    id: ObjectId,
    is_tree: bool,
}

/// Where a blob stands.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) path: String,
    /// The commit in hexadecimal digits.
    pub(super) commit: String,
    /// Who made the commit and when, in words.
    pub(super) told: String,
}

impl History {
    pub(super) fn add_commit(&mut self, id: ObjectId, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let mut tree = None;
        let (mut author, mut time) = (String::new(), 0);
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if let Some(digits) = line.strip_prefix("tree ") {
                tree = object_id(digits);
            } else if let Some(rest) = line.strip_prefix("author ") {
                let (name, after) = rest.rsplit_once("> ").unwrap_or((rest, ""));
                author = format!("{name}>");
                time = after.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(0);
            }
        }
        if let Some(tree) = tree {
            self.commits.push(Commit { id, tree, time, author });
        }
    }

    pub(super) fn add_tree(&mut self, id: ObjectId, mut bytes: &[u8]) {
        let mut entries = Vec::new();
        while let Some(zero) = memchr::memchr(0, bytes) {
            let (head, rest) = bytes.split_at(zero);
            let Some((id, after)) = rest[1..].split_first_chunk::<20>() else { break };
            let head = String::from_utf8_lossy(head);
            if let Some((mode, name)) = head.split_once(' ') {
                let is_tree = matches!(mode, "40000" | "040000");
                entries.push(Entry { name: name.to_owned(), id: *id, is_tree });
            }
            bytes = after;
        }
        self.trees.insert(id, entries);
    }

    /// Where every blob stands, as far as the trees are known.
    pub(super) fn origins(&mut self) -> HashMap<ObjectId, Origin> {
        self.commits.sort_by_key(|commit| (commit.time, commit.id));
        let (mut origins, mut seen) = (HashMap::new(), HashSet::new());
        for commit in &self.commits {
            let time = Timestamp::from_second(commit.time).map(|time| time.to_string());
            let digits = hex(&commit.id);
            let told = format!(
                "in commit {} by {}, {}",
                &digits[..12],
                commit.author,
                time.unwrap_or_default()
            );
            let mut open = vec![(commit.tree, String::new(), 0)];
            while let Some((tree, folder, depth)) = open.pop() {
                if depth > DEPTH_MAX || !seen.insert(tree) {
                    continue;
                }
                for entry in self.trees.get(&tree).into_iter().flatten() {
                    let path = format!("{folder}{}", entry.name);
                    if entry.is_tree {
                        open.push((entry.id, format!("{path}/"), depth + 1));
                    } else {
                        origins.entry(entry.id).or_insert_with(|| Origin {
                            path,
                            commit: digits.clone(),
                            told: told.clone(),
                        });
                    }
                }
            }
        }
        origins
    }
}

/// Hexadecimal digits of an object's name.
pub(super) fn hex(id: &ObjectId) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn object_id(digits: &str) -> Option<ObjectId> {
    let digits = digits.as_bytes();
    let mut id = [0; 20];
    if digits.len() != 40 {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(digits.chunks(2)) {
        *byte = crate::decode::hex_byte(pair[0], pair[1])?;
    }
    Some(id)
}
