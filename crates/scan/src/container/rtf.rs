//! Rich Text Format: the words a person reads, and the files that are embedded as hexadecimal digits.
//!
//! Source: RTF specification 1.9.1. Read as it comes; groups are only counted.

use super::{Container, Kind};
use crate::container::made::Made;
use crate::content::Content;
use crate::decode::hex_byte;
use crate::walk::Walk;

/// Recognises the first control word.
pub(super) const KIND: Kind =
    Kind { recognises: |head, _| head.starts_with(b"{\\rtf"), open: || Box::new(Rtf::default()) };

/// Groups inside each other that are told apart.
const DEPTH_MAX: usize = 1024;
/// Longest control word with its number.
const WORD_MAX: usize = 64;
/// Groups whose text is no text of the document.
const HIDDEN: [&str; 12] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
    "xmlnstbl",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Text,
    Hidden,
    /// Hexadecimal digits of a file.
    Data,
}

enum State {
    Text,
    /// Behind a backslash, with what stands there so far.
    Control(Vec<u8>),
    /// Two digits of a byte to come.
    Byte(Vec<u8>),
    /// Bytes that stand as they are.
    Binary(usize),
}

struct Rtf {
    text: Option<Made>,
    state: State,
    groups: Vec<Group>,
    /// Characters that stand for a Unicode character and are passed over.
    skip: u32,
    /// The first digit of a byte of a file.
    digit: Option<u8>,
    file: Option<Content>,
    /// Bytes of the file that were not handed on yet.
    file_bytes: Vec<u8>,
    files: u32,
    /// Bytes in the character set of the document, so far not told.
    pending: Vec<u8>,
    output: Vec<u8>,
}

impl Default for Rtf {
    fn default() -> Self {
        Self {
            text: None,
            state: State::Text,
            groups: Vec::new(),
            skip: 0,
            digit: None,
            file: None,
            file_bytes: Vec::new(),
            files: 0,
            pending: Vec::new(),
            output: Vec::new(),
        }
    }
}

impl Rtf {
    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or(Group::Text)
    }

    fn byte(&mut self, byte: u8, walk: &mut Walk<'_>) {
        match &mut self.state {
            State::Text => self.plain(byte, walk),
            State::Binary(left) => {
                *left -= 1;
                if *left == 0 {
                    self.state = State::Text;
                }
            }
            State::Byte(digits) => {
                digits.push(byte);
                if let [high, low] = digits[..] {
                    self.state = State::Text;
                    self.character(hex_byte(high, low).unwrap_or(b' '));
                }
            }
            State::Control(word) => {
                let is_part = byte.is_ascii_alphanumeric() || byte == b'-';
                if word.is_empty() && !byte.is_ascii_alphabetic() {
                    self.state = State::Text;
                    self.symbol(byte);
                } else if is_part && word.len() < WORD_MAX {
                    word.push(byte);
                } else {
                    let word = std::mem::take(word);
                    self.state = State::Text;
                    self.word(&word);
                    // A blank belongs to the word before it.
                    if byte != b' ' {
                        self.byte(byte, walk);
                    }
                }
            }
        }
    }

    fn plain(&mut self, byte: u8, walk: &mut Walk<'_>) {
        match byte {
            b'{' => {
                if self.groups.len() < DEPTH_MAX {
                    self.groups.push(self.group());
                }
            }
            b'}' => {
                let was_data = self.group() == Group::Data;
                self.groups.pop();
                if was_data && self.group() != Group::Data {
                    self.end_file(walk);
                }
            }
            b'\\' => self.state = State::Control(Vec::new()),
            b'\r' | b'\n' => {}
            byte => match self.group() {
                Group::Data => self.digit(byte),
                Group::Text | Group::Hidden => self.character(byte),
            },
        }
    }

    /// One character that is not a letter, behind a backslash.
    fn symbol(&mut self, byte: u8) {
        match byte {
            b'\'' => self.state = State::Byte(Vec::new()),
            b'*' => {
                // What follows is optional: a reader that does not know it passes over it.
                if let Some(group) = self.groups.last_mut() {
                    *group = Group::Hidden;
                }
            }
            b'~' => self.character(b' '),
            b'_' => self.character(b'-'),
            b'\\' | b'{' | b'}' => self.character(byte),
            b'\r' | b'\n' => self.character(b'\n'),
            _ => {}
        }
    }

    fn word(&mut self, word: &[u8]) {
        let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (name, number) = word.split_at(letters);
        let name = std::str::from_utf8(name).unwrap_or_default();
        let number = std::str::from_utf8(number).unwrap_or_default().parse::<i64>().ok();
        let shown = match name {
            "par" | "line" | "row" | "sect" | "page" => "\n",
            "tab" | "cell" | "nestcell" => "\t",
            "emdash" | "endash" => "-",
            "lquote" | "rquote" => "'",
            "ldblquote" | "rdblquote" => "\"",
            _ => "",
        };
        shown.bytes().for_each(|byte| self.character(byte));
        match name {
            "u" => {
                // Negative numbers stand for the upper half of 16 bits.
                let code = number.unwrap_or(0).rem_euclid(0x1_0000);
                let code = u32::try_from(code).ok().and_then(char::from_u32);
                if self.group() == Group::Text {
                    self.flush_pending();
                    let character = code.unwrap_or(char::REPLACEMENT_CHARACTER);
                    self.output.extend_from_slice(character.to_string().as_bytes());
                }
                self.skip = 1;
            }
            "bin" => {
                let length = number.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
                if length > 0 {
                    self.state = State::Binary(length);
                }
            }
            "objdata" | "pict" => {
                if let Some(group) = self.groups.last_mut() {
                    *group = Group::Data;
                }
            }
            // Fields and bookmarks say where links lead.
            "fldinst" | "annotation" | "objname" => {
                if let Some(group) = self.groups.last_mut() {
                    *group = Group::Text;
                }
            }
            name if HIDDEN.contains(&name) => {
                if let Some(group) = self.groups.last_mut() {
                    *group = Group::Hidden;
                }
            }
            _ => {}
        }
    }

    /// A character of the document, in its own character set.
    fn character(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.group() == Group::Text {
            self.pending.push(byte);
        }
    }

    fn flush_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&pending);
        self.output.extend_from_slice(text.as_bytes());
    }

    /// A digit of an embedded file.
    fn digit(&mut self, byte: u8) {
        if !byte.is_ascii_hexdigit() {
            return;
        }
        let Some(high) = self.digit.take() else {
            self.digit = Some(byte);
            return;
        };
        if self.file.is_none() {
            self.files += 1;
            self.file = Some(Content::new());
        }
        self.file_bytes.extend(hex_byte(high, byte));
    }

    fn file_name(&self) -> String {
        format!("object {}", self.files)
    }

    fn flush_file(&mut self, walk: &mut Walk<'_>) {
        let (name, bytes) = (self.file_name(), std::mem::take(&mut self.file_bytes));
        let Some(file) = self.file.as_mut().filter(|_| !bytes.is_empty()) else { return };
        walk.within(&name, |walk| {
            if walk.take_expanded(bytes.len()) {
                file.feed(&bytes, walk);
            }
        });
    }

    fn end_file(&mut self, walk: &mut Walk<'_>) {
        self.digit = None;
        self.flush_file(walk);
        let name = self.file_name();
        if let Some(file) = self.file.take() {
            walk.within(&name, |walk| file.finish(walk));
        }
    }

    fn flush(&mut self, walk: &mut Walk<'_>) {
        self.flush_file(walk);
        self.flush_pending();
        let text = self.text.get_or_insert_with(|| Made::new("text", walk));
        text.push(&self.output, walk);
        self.output.clear();
    }
}

impl Container for Rtf {
    fn feed(&mut self, block: &[u8], walk: &mut Walk<'_>) {
        for byte in block {
            self.byte(*byte, walk);
        }
        self.flush(walk);
    }

    fn finish(mut self: Box<Self>, walk: &mut Walk<'_>) {
        self.end_file(walk);
        self.flush(walk);
        if let Some(text) = self.text {
            text.finish(walk);
        }
    }
}
