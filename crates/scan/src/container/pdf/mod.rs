//! PDF: the text of each page as it is seen, then what stands beside pages: addresses of links, form
//! fields, properties, attached files, and streams that no page shows any more.
//!
//! Source: ISO 32000-1. Pictures of text are not read.

mod document;
mod filter;
mod font;
mod object;
mod page;

use std::collections::HashSet;

use self::document::Document;
use self::object::{Dictionary, Object};
use super::Kind;
use super::held::{Format, Held};
use super::made::{hold_inside, tell};
use crate::walk::Walk;

/// Recognises the header, which may stand behind other bytes.
pub(super) const KIND: Kind = Kind {
    recognises: |head, _| {
        // The first letter is the `P`.
        let head = &head[..head.len().min(1024)];
        let letter = head.iter().position(u8::is_ascii_alphanumeric);
        let magic = letter.and_then(|letter| head.get(letter.checked_sub(1)?..));
        magic.is_some_and(|magic| magic.starts_with(b"%PDF-"))
    },
    open: || Held::open(&Format { name: "PDF", read }),
};

/// Levels of the tree of pages.
const LEVELS_MAX: u32 = 64;
/// The end mark stands in so many bytes at the end.
const TAIL: usize = 2048;
/// Shortest string of an object that is told.
const STRING_MIN: usize = 4;

fn read(bytes: &[u8], walk: &mut Walk<'_>) -> Result<(), String> {
    let mut document = Document::open(bytes, walk);
    if document.is_encrypted {
        walk.unread("encrypted PDF: not read");
        return Ok(());
    }
    let numbers = document.numbers();
    if numbers.is_empty() {
        return Err("it has no objects".to_owned());
    }
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if memchr::memmem::find(tail, b"%%EOF").is_none() {
        walk.unread("PDF ends too early: what is whole in it was read");
    }
    let mut pages = Pages { found: Vec::new(), seen: HashSet::new() };
    if let Some(Object::Dictionary(catalog)) = document.catalog() {
        pages.walk(&document, catalog.get("Pages"), &Dictionary::default(), 0, walk);
    }
    if pages.found.is_empty() {
        for number in &numbers {
            if let Object::Dictionary(object) = document.object(*number)
                && object.says("Type", "Page")
            {
                let reference = Object::Reference(*number);
                pages.walk(&document, &reference, &Dictionary::default(), 0, walk);
            }
        }
    }
    for (index, page) in pages.found.iter().enumerate() {
        if !walk.take_entry() {
            return Ok(());
        }
        let text = page_text(&mut document, page, walk);
        if !text.is_empty() {
            tell(&format!("page {}", index + 1), &text, walk);
        }
    }
    beside(&mut document, &numbers, walk);
    Ok(())
}

/// The pages of a document, in order.
struct Pages {
    found: Vec<Page>,
    seen: HashSet<u32>,
}

struct Page {
    contents: Object,
    resources: Dictionary,
}

impl Pages {
    fn walk(
        &mut self,
        document: &Document<'_>,
        node: &Object,
        inherited: &Dictionary,
        level: u32,
        walk: &mut Walk<'_>,
    ) {
        let is_new = node.reference().is_none_or(|number| self.seen.insert(number));
        let Object::Dictionary(node) = document.resolved(node) else { return };
        if !is_new || level > LEVELS_MAX || !walk.take_steps(1) {
            return;
        }
        let own = document.resolved(node.get("Resources"));
        let resources = own.dictionary().unwrap_or(inherited);
        match document.resolved(node.get("Kids")) {
            Object::Array(kids) => {
                for kid in &kids {
                    self.walk(document, kid, resources, level + 1, walk);
                }
            }
            _ => self.found.push(Page {
                contents: node.get("Contents").clone(),
                resources: resources.clone(),
            }),
        }
    }
}

fn page_text(document: &mut Document<'_>, page: &Page, walk: &mut Walk<'_>) -> String {
    let contents = match (&page.contents, document.resolved(&page.contents)) {
        (_, Object::Array(contents)) => contents,
        (one, _) => vec![one.clone()],
    };
    let mut content = Vec::new();
    for number in contents.iter().filter_map(Object::reference) {
        document.used.insert(number);
        if let Some((_, part)) = document.stream(number, walk) {
            content.extend_from_slice(&part);
            content.push(b'\n');
        }
    }
    page::text(document, &content, &page.resources, walk)
}

/// What stands beside pages.
fn beside(document: &mut Document<'_>, numbers: &[u32], walk: &mut Walk<'_>) {
    let (mut text, mut names) = (String::new(), Vec::new());
    for number in numbers {
        if !walk.take_steps(1) {
            return;
        }
        let object = document.object(*number);
        strings("", &object, &mut text);
        if let Some(file) = object.dictionary()
            && let Some(streams) = document.resolved(file.get("EF")).dictionary()
        {
            let name = ["UF", "F"].map(|key| document.resolved(file.get(key)));
            let name = name.iter().find_map(|name| match name {
                Object::Text(name) => Some(decoded(name)),
                _ => None,
            });
            let stream = ["F", "UF"].iter().find_map(|key| streams.get(key).reference());
            names.extend(stream.zip(name));
        }
    }
    if !text.is_empty() {
        tell("properties", &text, walk);
    }
    for number in numbers {
        if document.used.contains(number) {
            continue;
        }
        let Some((dictionary, data)) = document.stream(*number, walk) else { continue };
        let name = names.iter().find(|(stream, _)| stream == number).map(|(_, name)| name.clone());
        if name.is_none() && (is_machinery(&dictionary) || data.contains(&0)) {
            continue;
        }
        let name = name.unwrap_or_else(|| format!("stream {number}"));
        if !hold_inside(&name, &data, walk) {
            return;
        }
    }
    for at in std::mem::take(&mut document.replaced) {
        let Some((dictionary, data)) = document.unpacked_at(at, walk) else { continue };
        let name = format!("replaced stream at byte {at}");
        if !is_machinery(&dictionary) && !hold_inside(&name, &data, walk) {
            return;
        }
    }
}

/// Streams that hold no text: fonts, pictures, colours, maps of characters.
fn is_machinery(dictionary: &Dictionary) -> bool {
    let is_font = ["Length1", "Length2", "Length3", "N", "FunctionType", "ShadingType", "CMapName"];
    let kinds = ["XRef", "ObjStm", "CMap"];
    is_font.iter().any(|name| *dictionary.get(name) != Object::Null)
        || kinds.iter().any(|kind| dictionary.says("Type", kind))
        || ["Image", "Type1C", "CIDFontType0C", "OpenType"]
            .iter()
            .any(|kind| dictionary.says("Subtype", kind))
}

/// The strings of an object, each with its name, one a line.
fn strings(name: &str, object: &Object, text: &mut String) {
    match object {
        Object::Text(string) if string.len() >= STRING_MIN => {
            let string = decoded(string);
            if string.chars().all(|c| !c.is_control() || c.is_ascii_whitespace()) {
                text.push_str(&format!("{name}: {string}\n"));
            }
        }
        Object::Array(objects) => objects.iter().for_each(|object| strings(name, object, text)),
        Object::Dictionary(Dictionary(entries)) => {
            for (name, object) in entries {
                strings(&String::from_utf8_lossy(name), object, text);
            }
        }
        _ => {}
    }
}

/// A string outside of pages: UTF-16 or UTF-8 by its mark, else near enough to Latin.
fn decoded(string: &[u8]) -> String {
    let encoding = encoding_rs::Encoding::for_bom(string);
    match encoding {
        Some((encoding, _)) => encoding.decode(string).0.into_owned(),
        None => encoding_rs::WINDOWS_1252.decode_without_bom_handling(string).0.into_owned(),
    }
}
