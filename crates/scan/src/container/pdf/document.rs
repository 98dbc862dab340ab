//! The objects of a PDF file by their numbers, found by looking for them rather than by the file's own
//! table, which is often wrong and never needed.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::filter;
use super::font::Font;
use super::object::{Dictionary, Object, Reader};
use crate::walk::Walk;

/// Longest stream that is unpacked.
const STREAM_MAX: usize = 64 << 20;
/// Bytes of object streams that are kept.
const OBJECT_STREAMS_MAX: usize = 64 << 20;
/// References that lead to references.
const REFERENCES_MAX: u32 = 16;

/// Where an object stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Byte of the file after `N G obj`.
    File(usize),
    /// Which of the unpacked object streams, and the byte in it.
    Packed(usize, usize),
}

/// A PDF file.
pub(super) struct Document<'d> {
    bytes: &'d [u8],
    places: BTreeMap<u32, Place>,
    packed: Vec<Vec<u8>>,
    /// Places of objects that were replaced later.
    pub(super) replaced: Vec<usize>,
    pub(super) is_encrypted: bool,
    /// Fonts by the numbers of their objects.
    pub(super) fonts: HashMap<u32, Font>,
    /// Streams that were read as what they are.
    pub(super) used: HashSet<u32>,
    root: Option<u32>,
}

impl<'d> Document<'d> {
    pub(super) fn open(bytes: &'d [u8], walk: &mut Walk<'_>) -> Self {
        let mut document = Self {
            bytes,
            places: BTreeMap::new(),
            packed: Vec::new(),
            replaced: Vec::new(),
            is_encrypted: false,
            fonts: HashMap::new(),
            used: HashSet::new(),
            root: None,
        };
        for at in memchr::memmem::find_iter(bytes, b"obj") {
            if !walk.take_steps(1) {
                break;
            }
            if let Some(number) = number_before(bytes, at) {
                let place = Place::File(at + 3);
                if let Some(Place::File(old)) = document.places.insert(number, place) {
                    document.replaced.push(old);
                }
            }
        }
        document.read_trailers();
        document.read_streams(walk);
        document
    }

    /// The dictionaries after `trailer` say where the document begins and whether it is encrypted.
    fn read_trailers(&mut self) {
        for at in memchr::memmem::find_iter(self.bytes, b"trailer") {
            if let Some(Object::Dictionary(trailer)) = Reader::new(self.bytes, at + 7).object() {
                self.read_trailer(&trailer);
            }
        }
    }

    fn read_trailer(&mut self, trailer: &Dictionary) {
        self.is_encrypted |= *trailer.get("Encrypt") != Object::Null;
        self.root = trailer.get("Root").reference().or(self.root);
    }

    /// Unpacks the streams that hold objects, and reads those that stand for trailers.
    fn read_streams(&mut self, walk: &mut Walk<'_>) {
        let mut kept = 0;
        let mut in_order: Vec<(usize, u32)> = self
            .places
            .iter()
            .filter_map(|(number, place)| match place {
                Place::File(at) => Some((*at, *number)),
                Place::Packed(..) => None,
            })
            .collect();
        in_order.sort_unstable();
        for (at, number) in in_order {
            let Some((dictionary, data)) = self.stream_at(at) else { continue };
            if dictionary.says("Type", "XRef") {
                self.read_trailer(&dictionary);
                self.used.insert(number);
            }
            if !dictionary.says("Type", "ObjStm") || self.is_encrypted {
                continue;
            }
            self.used.insert(number);
            let Some(unpacked) = filter::unpacked(&dictionary, data, STREAM_MAX) else { continue };
            kept += unpacked.len();
            if kept > OBJECT_STREAMS_MAX || !walk.take_expanded(unpacked.len()) {
                walk.unread("objects of the PDF are too large to be held: not read");
                return;
            }
            self.list_packed(&dictionary, unpacked, at);
        }
    }

    /// Notes the objects of an object stream (ISO 32000-1 §7.5.7) that are not written again after it.
    fn list_packed(&mut self, dictionary: &Dictionary, unpacked: Vec<u8>, stream: usize) {
        let count = dictionary.get("N").count().unwrap_or(0).min(unpacked.len());
        let first = dictionary.get("First").count().unwrap_or(0);
        let mut reader = Reader::new(&unpacked, 0);
        let mut places = Vec::new();
        for _ in 0..count {
            let number = reader.object().and_then(|object| object.count());
            let offset = reader.object().and_then(|object| object.count());
            let (Some(number), Some(offset)) = (number, offset) else { break };
            places.push((number as u32, first + offset));
        }
        let index = self.packed.len();
        for (number, at) in places {
            let later = matches!(self.places.get(&number), Some(Place::File(at)) if *at > stream);
            if !later {
                self.places.insert(number, Place::Packed(index, at));
            }
        }
        self.packed.push(unpacked);
    }

    /// The numbers of all objects.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.places.keys().copied().collect()
    }

    /// An object by its number; null where there is none.
    pub(super) fn object(&self, number: u32) -> Object {
        let object = match self.places.get(&number) {
            Some(Place::File(at)) => Reader::new(self.bytes, *at).object(),
            Some(Place::Packed(index, at)) => Reader::new(&self.packed[*index], *at).object(),
            None => None,
        };
        object.unwrap_or(Object::Null)
    }

    /// What a reference leads to.
    pub(super) fn resolved(&self, object: &Object) -> Object {
        let mut object = object.clone();
        for _ in 0..REFERENCES_MAX {
            match object {
                Object::Reference(number) => object = self.object(number),
                other => return other,
            }
        }
        Object::Null
    }

    /// The dictionary and the unpacked data of a stream; `None` for what is none, or is a picture.
    pub(super) fn stream(&self, number: u32, walk: &mut Walk<'_>) -> Option<(Dictionary, Vec<u8>)> {
        let Some(Place::File(at)) = self.places.get(&number) else { return None };
        self.unpacked_at(*at, walk)
    }

    /// The stream at a byte of the file.
    pub(super) fn unpacked_at(
        &self,
        at: usize,
        walk: &mut Walk<'_>,
    ) -> Option<(Dictionary, Vec<u8>)> {
        let (dictionary, data) = self.stream_at(at)?;
        let unpacked = filter::unpacked(&dictionary, data, STREAM_MAX)?;
        walk.take_expanded(unpacked.len()).then_some((dictionary, unpacked))
    }

    fn stream_at(&self, at: usize) -> Option<(Dictionary, &'d [u8])> {
        let mut reader = Reader::new(self.bytes, at);
        let Object::Dictionary(dictionary) = reader.object()? else { return None };
        reader.blanks();
        let rest = self.bytes.get(reader.at..)?.strip_prefix(b"stream")?;
        let rest = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n")).unwrap_or(rest);
        let length = self.resolved(dictionary.get("Length")).count();
        let told = length.and_then(|length| rest.split_at_checked(length));
        let fits = |after: &[u8]| after.trim_ascii_start().starts_with(b"endstream");
        let data = match told {
            Some((data, after)) if fits(after) => data,
            _ => &rest[..memchr::memmem::find(rest, b"endstream").unwrap_or(rest.len())],
        };
        Some((dictionary, data))
    }

    /// The catalog, from which all pages can be reached.
    pub(super) fn catalog(&self) -> Option<Object> {
        let is_catalog = |object: &Object| {
            object.dictionary().is_some_and(|dictionary| *dictionary.get("Pages") != Object::Null)
        };
        let told = self.root.map(|root| self.object(root)).filter(is_catalog);
        told.or_else(|| {
            self.places.keys().rev().map(|number| self.object(*number)).find(|object| {
                is_catalog(object)
                    && object.dictionary().is_some_and(|found| found.says("Type", "Catalog"))
            })
        })
    }

    /// The number of the font that resources have under a name, read the first time.
    pub(super) fn font(
        &mut self,
        resources: &Dictionary,
        name: &[u8],
        walk: &mut Walk<'_>,
    ) -> Option<u32> {
        let fonts = self.resolved(resources.get("Font"));
        let number = fonts.dictionary()?.get(&String::from_utf8_lossy(name)).reference()?;
        if !self.fonts.contains_key(&number) {
            let font = self.object(number);
            let font = font.dictionary()?;
            let map = font.get("ToUnicode").reference();
            self.used.extend(map);
            let map = map.and_then(|map| self.stream(map, walk)).map(|(_, map)| map);
            let font = Font::read(font, map.as_deref(), &|object| self.resolved(object));
            self.fonts.insert(number, font);
        }
        Some(number)
    }
}

/// The number of the object whose `obj` stands at `at`: `12 0 obj`.
fn number_before(bytes: &[u8], at: usize) -> Option<u32> {
    let head = bytes[at.saturating_sub(24)..at].trim_ascii_end();
    let generation = head.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let head = &head[..head.len() - generation];
    let blank = head.trim_ascii_end();
    let digits = blank.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if generation == 0 || blank.len() == head.len() || digits == 0 {
        return None;
    }
    std::str::from_utf8(&blank[blank.len() - digits..]).ok()?.parse().ok()
}
