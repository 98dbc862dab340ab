//! Git packs (gitformat-pack, version 2 and 3): each object once, deltas resolved, with the commit that
//! brought it.
//!
//! Objects are unpacked three times: to find where each ends, to learn the trees, and to read the blobs
//! with their paths. So no more is in memory than the objects that one chain of deltas needs.

use std::collections::HashMap;

use sha1::{Digest, Sha1};

use super::delta;
use super::history::{History, ObjectId, Origin, hex};
use crate::codec::{Codec, Deflate, salvage};
use crate::content::Content;
use crate::walk::Walk;

/// Largest object that is held.
const OBJECT_MAX: usize = 64 << 20;
/// Longest chain of deltas; git itself makes 50, `gc --aggressive` 250.
const CHAIN_MAX: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ObjectKind {
    Commit,
    Tree,
    Blob,
    Tag,
}

enum Base {
    /// The object is whole.
    None(ObjectKind),
    /// A delta to the object at this index.
    At(usize),
    /// A delta to an object with this name.
    Named(ObjectId),
}

struct Object {
    base: Base,
    /// Where its compressed data begin.
    data: usize,
}

/// Reads a pack.
///
/// # Errors
/// It is none; the reason in words.
pub(super) fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let Some([_, _, _, _, 0, 0, 0, 2 | 3, count @ ..]) = bytes.first_chunk::<12>() else {
        return Err("unknown version of the pack format".to_owned());
    };
    let count = u32::from_be_bytes(*count);
    let objects = list(bytes, count, walk);
    let mut pack = Pack { bytes, objects, children: HashMap::new() };
    pack.link();
    let mut history = History::default();
    let mut resolved = 0;
    pack.each(walk, &mut |kind, object, walk| {
        resolved += 1;
        match kind {
            ObjectKind::Commit => history.add_commit(object_id(kind, object), object),
            ObjectKind::Tree => history.add_tree(object_id(kind, object), object),
            ObjectKind::Blob | ObjectKind::Tag => return true,
        }
        walk.take_expanded(object.len())
    });
    let missing = pack.objects.len().saturating_sub(resolved);
    if missing > 0 {
        walk.unread(format!(
            "{missing} objects of the pack are not read: they are damaged, too large, or made from objects elsewhere"
        ));
    }
    let origins = history.origins();
    pack.each(walk, &mut |kind, object, walk| tell(kind, object, &origins, walk));
    Ok(())
}

/// Finds where each object of a pack stands.
fn list(bytes: &[u8], count: u32, walk: &mut Walk<'_>) -> Vec<Object> {
    let (mut objects, mut places) = (Vec::new(), HashMap::new());
    let mut at = 12;
    for number in 0..count {
        if !walk.take_steps(1) {
            break;
        }
        let found = object(bytes, at, &places);
        let end = found.as_ref().and_then(|object| stream_end(bytes, object.data, walk));
        let (Some(object), Some(end)) = (found, end) else {
            walk.unread(format!(
                "damaged git pack: {} of {count} objects are not read",
                count - number
            ));
            break;
        };
        places.insert(at, objects.len());
        objects.push(object);
        at = end;
    }
    objects
}

/// The object that begins at a byte.
fn object(bytes: &[u8], start: usize, places: &HashMap<usize, usize>) -> Option<Object> {
    let mut at = start;
    let first = *bytes.get(at)?;
    let mut more = first & 0x80 != 0;
    at += 1;
    while more {
        more = bytes.get(at)? & 0x80 != 0;
        at += 1;
    }
    let base = match first >> 4 & 7 {
        1 => Base::None(ObjectKind::Commit),
        2 => Base::None(ObjectKind::Tree),
        3 => Base::None(ObjectKind::Blob),
        4 => Base::None(ObjectKind::Tag),
        6 => {
            let mut back = 0usize;
            loop {
                let byte = *bytes.get(at)?;
                at += 1;
                back = back.checked_mul(128)? | usize::from(byte & 0x7F);
                if byte & 0x80 == 0 {
                    break;
                }
                back += 1;
            }
            Base::At(*places.get(&start.checked_sub(back)?)?)
        }
        7 => {
            let id = bytes.get(at..)?.first_chunk()?;
            at += id.len();
            Base::Named(*id)
        }
        _ => return None,
    };
    Some(Object { base, data: at })
}

/// Where the compressed data that begin at a byte end.
fn stream_end(bytes: &[u8], start: usize, walk: &mut Walk<'_>) -> Option<usize> {
    let (mut codec, mut at, mut output) = (Deflate::zlib(), start, Vec::new());
    loop {
        output.clear();
        let step = codec.step(bytes.get(at..)?, true, &mut output).ok()?;
        at += step.taken;
        if step.done {
            return Some(at);
        }
        if (step.taken == 0 && output.is_empty()) || !walk.take_steps(1) {
            return None;
        }
    }
}

struct Pack<'p> {
    bytes: &'p [u8],
    objects: Vec<Object>,
    /// Deltas by the index of the object that they are to.
    children: HashMap<usize, Vec<usize>>,
}

/// What is done with each object, by its kind and content; `false` ends the round.
type Visit<'v, 's> = dyn FnMut(ObjectKind, &[u8], &mut Walk<'s>) -> bool + 'v;

impl Pack<'_> {
    fn link(&mut self) {
        for (index, object) in self.objects.iter().enumerate() {
            if let Base::At(base) = object.base {
                self.children.entry(base).or_default().push(index);
            }
        }
    }

    /// Unpacks every object, bases before the deltas to them.
    fn each<'s>(&self, walk: &mut Walk<'s>, visit: &mut Visit<'_, 's>) {
        // Deltas by name wait until the object with that name is met.
        let mut waiting: HashMap<ObjectId, Vec<usize>> = HashMap::new();
        for (index, object) in self.objects.iter().enumerate() {
            if let Base::Named(id) = object.base {
                waiting.entry(id).or_default().push(index);
            }
        }
        for root in 0..self.objects.len() {
            let Base::None(kind) = self.objects[root].base else { continue };
            let Some(whole) = self.inflate(root) else { continue };
            // Objects whose deltas are not all unpacked yet, outermost first.
            let mut open = vec![(whole, Vec::new())];
            let mut fresh = Some(root);
            while let Some((content, deltas)) = open.last_mut() {
                if let Some(index) = fresh.take() {
                    if !walk.take_steps(1) || !visit(kind, content, walk) {
                        return;
                    }
                    let by_name = match waiting.is_empty() {
                        true => None,
                        false => waiting.remove(&object_id(kind, content)),
                    };
                    deltas.extend(self.children.get(&index).into_iter().flatten());
                    deltas.extend(by_name.into_iter().flatten());
                }
                let Some(next) = deltas.pop() else {
                    open.pop();
                    continue;
                };
                let made =
                    self.inflate(next).and_then(|delta| delta::apply(content, &delta, OBJECT_MAX));
                if let Some(made) = made.filter(|_| open.len() < CHAIN_MAX) {
                    open.push((made, Vec::new()));
                    fresh = Some(next);
                }
            }
        }
    }

    /// The data of an object as they stand in the pack: itself, or a delta.
    fn inflate(&self, index: usize) -> Option<Vec<u8>> {
        let data = self.bytes.get(self.objects[index].data..)?;
        let (data, damage) = salvage(&mut Deflate::zlib(), data, OBJECT_MAX);
        damage.is_none().then_some(data)
    }
}

fn object_id(kind: ObjectKind, content: &[u8]) -> ObjectId {
    let word = match kind {
        ObjectKind::Commit => "commit",
        ObjectKind::Tree => "tree",
        ObjectKind::Blob => "blob",
        ObjectKind::Tag => "tag",
    };
    let mut hash = Sha1::new();
    hash.update(format!("{word} {}\0", content.len()));
    hash.update(content);
    hash.finalize().into()
}

/// Reads an object: blobs where they stand, what commits and tags say under their names.
fn tell(
    kind: ObjectKind,
    content: &[u8],
    origins: &HashMap<ObjectId, Origin>,
    walk: &mut Walk<'_>,
) -> bool {
    let id = object_id(kind, content);
    let digits = hex(&id);
    let (folder, name, note) = match (kind, origins.get(&id)) {
        (ObjectKind::Tree, _) => return true,
        (ObjectKind::Blob, Some(origin)) => {
            (origin.commit[..12].to_owned(), origin.path.clone(), origin.told.clone())
        }
        (ObjectKind::Blob, None) => {
            ("no commit".to_owned(), format!("blob {}", &digits[..12]), String::new())
        }
        (ObjectKind::Commit, _) => (digits[..12].to_owned(), "message".to_owned(), String::new()),
        (ObjectKind::Tag, _) => (digits[..12].to_owned(), "tag".to_owned(), String::new()),
    };
    // Before the empty line a commit or a tag has the fields of git's own.
    let content = match kind {
        ObjectKind::Blob => content,
        _ => memchr::memmem::find(content, b"\n\n").map_or(content, |head| &content[head + 2..]),
    };
    if !walk.take_entry() {
        return false;
    }
    walk.noting(&note, |walk| {
        walk.within(&folder, |walk| {
            walk.within(&name, |walk| {
                let fits = walk.take_expanded(content.len());
                if fits {
                    let mut inner = Content::new();
                    inner.feed(content, walk);
                    inner.finish(walk);
                }
                fits
            })
        })
    })
}
