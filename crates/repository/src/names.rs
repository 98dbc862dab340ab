//! What the names of a repository point to: branches, tags and the rest, loose or packed, and what its logs of
//! names tell.

use std::collections::BTreeMap;
use std::path::Path;

use crate::object::ObjectId;

/// Largest file about names that is read.
const NAMES_BYTES_MAX: u64 = 64 << 20;
/// Folders of names inside each other.
const DEPTH_MAX: usize = 16;

/// Every name that counts now, with what it points to. A loose name goes before a packed one, which may be of the
/// past, and is read first: packing writes a name to where all are before it takes the loose one away.
pub(crate) fn in_force(folder: &Path) -> BTreeMap<String, ObjectId> {
    let mut names = BTreeMap::new();
    each_file(&folder.join("refs"), &mut |path| {
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        let text = text_of(path).unwrap_or_default();
        if let Some(id) = text.split_whitespace().next().and_then(ObjectId::parse) {
            names.insert(name, id);
        }
    });
    let packed = text_of(&folder.join("packed-refs")).unwrap_or_default();
    for line in packed.lines().filter(|line| !line.starts_with(['#', '^'])) {
        if let Some((id, name)) = line.split_once(' ')
            && let Some(id) = ObjectId::parse(id)
        {
            names.entry(name.to_owned()).or_insert(id);
        }
    }
    if let Some(id) = text_of(&folder.join("HEAD")).as_deref().map(str::trim) {
        names.extend(ObjectId::parse(id).map(|id| ("HEAD".to_owned(), id)));
    }
    names
}

/// What every name, every log of names and every leftover of a merge points to, or did.
pub(crate) fn ever(folder: &Path) -> Vec<ObjectId> {
    let mut tips = Vec::new();
    for inner in ["refs", "logs"] {
        each_file(&folder.join(inner), &mut |path| tips.extend(ids_in(path)));
    }
    for name in ["HEAD", "packed-refs", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD"] {
        tips.extend(ids_in(&folder.join(name)));
    }
    tips.sort_unstable();
    tips.dedup();
    tips
}

/// Every file below a folder; links are not followed.
fn each_file(folder: &Path, take: &mut impl FnMut(&Path)) {
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => {
                    open.push((entry.path(), depth + 1));
                }
                Ok(kind) if kind.is_file() => take(&entry.path()),
                _ => {}
            }
        }
    }
}

/// A file about names; `None` where there is none, or one that is too large.
pub(crate) fn text_of(path: &Path) -> Option<String> {
    let short = std::fs::metadata(path).is_ok_and(|file| file.len() <= NAMES_BYTES_MAX);
    let bytes = short.then(|| std::fs::read(path).ok()).flatten()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Every name of an object among the first words of each line.
pub(crate) fn ids_in(path: &Path) -> Vec<ObjectId> {
    let text = text_of(path).unwrap_or_default();
    let words = text.lines().flat_map(|line| line.split([' ', '\t']).take(2));
    words.filter_map(|word| ObjectId::parse(word.trim_start_matches('^'))).collect()
}
