//! Just enough XML: a writer for answers and a small tree for requests.
//!
//! Not `serde`, because object keys may hold blanks and line ends that must arrive untouched.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Elements nested deeper than this are refused; the deepest request of OSS and S3 has three.
const DEPTH_MAX: usize = 16;

/// An answer being written.
pub(crate) struct Xml(String);

impl Xml {
    /// A document whose root element is `root`, with what `fill` writes into it.
    pub(crate) fn document(root: &str, fill: impl FnOnce(&mut Self)) -> String {
        Self::with_attributes(root, "", fill)
    }

    /// Like [`Self::document`]; `attributes` stand as given after the root's name, such as ` xmlns="…"`.
    pub(crate) fn with_attributes(
        root: &str,
        attributes: &str,
        fill: impl FnOnce(&mut Self),
    ) -> String {
        let mut xml = Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
        xml.0.push_str(&format!("<{root}{attributes}>"));
        fill(&mut xml);
        xml.0.push_str(&format!("</{root}>"));
        xml.0
    }

    /// An element with children.
    pub(crate) fn element(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<{name}>"));
        fill(self);
        self.0.push_str(&format!("</{name}>"));
    }

    /// An element with text, escaped.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.element(name, |xml| xml.bare_text(text));
    }

    /// Text without an element of its own, escaped.
    pub(crate) fn bare_text(&mut self, text: &str) {
        text.chars().for_each(|c| self.character(c));
    }

    /// Line ends are escaped too: a reader would otherwise turn `\r` into `\n`.
    fn character(&mut self, c: char) {
        match c {
            '<' => self.0.push_str("&lt;"),
            '>' => self.0.push_str("&gt;"),
            '&' => self.0.push_str("&amp;"),
            '"' => self.0.push_str("&quot;"),
            c if c.is_control() => self.0.push_str(&format!("&#{};", u32::from(c))),
            c => self.0.push(c),
        }
    }
}

/// An element of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its name without prefix.
    pub(crate) name: String,
    /// Its own text, untrimmed.
    pub(crate) text: String,
    /// Its child elements in order.
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// Reads a document; `None` when it is not well-formed.
    pub(crate) fn parse(document: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) if open.len() < DEPTH_MAX => {
                    let name = tag.name().local_name().into_inner().to_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::Start(_) => return None,
                Event::Empty(tag) => {
                    let name = tag.name().local_name().into_inner().to_owned();
                    open.last_mut()?.children.push(Self { name, ..Self::default() });
                }
                Event::End(_) => {
                    let closed = open.pop()?;
                    open.last_mut()?.children.push(closed);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text),
                Event::CData(text) => open.last_mut()?.text.push_str(&text),
                Event::GeneralRef(reference) => {
                    open.last_mut()?.text.push(character_of(&reference)?);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        if open.len() != 1 {
            return None;
        }
        open.pop()?.children.pop()
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name, trimmed.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

/// Character references and the five predefined entities; nothing else is declared anywhere.
fn character_of(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(c) = reference.resolve_char_ref().ok()? {
        return Some(c);
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Node, Xml};

    #[test]
    fn what_is_written_reads_back_untouched() {
        let hostile = " a<b>&\"'\r\n\t]]> é 猫 ";
        let document = Xml::document("Root", |xml| xml.text("Key", hostile));
        let root = Node::parse(document.as_bytes()).unwrap();
        assert_eq!(root.name, "Root");
        assert_eq!(root.child("Key").unwrap().text, hostile);
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text in any::<String>()) {
            let document = Xml::document("Root", |xml| xml.text("Key", &text));
            let root = Node::parse(document.as_bytes());
            // XML has no way to write a NUL.
            if !text.contains('\0') {
                prop_assert_eq!(&root.unwrap().children[0].text, &text);
            }
        }

        #[test]
        fn no_document_makes_the_reader_panic(text in "[<>/&;a-c#x0-9!\\[\\]? -]{0,60}") {
            let _root = Node::parse(text.as_bytes());
        }
    }

    #[test]
    fn prefixes_and_comments_do_not_matter() {
        let root = Node::parse(b"<!-- c --><s:A xmlns:s='x'><s:B/><C> 1 </C></s:A>").unwrap();
        assert_eq!(root.name, "A");
        assert!(root.child("B").is_some());
        assert_eq!(root.child_text("C"), Some("1"));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in ["", "<A>", "<A></B>", "<A>&unknown;</A>", "text"] {
            assert_eq!(Node::parse(text.as_bytes()), None, "{text}");
        }
        let deep = "<A>".repeat(100) + &"</A>".repeat(100);
        assert_eq!(Node::parse(deep.as_bytes()), None);
    }
}
