//! Reads one JSON text in one pass, without making anything of it: each value becomes a slot that says
//! what it is, where it stands and what follows it.
//!
//! Strict as RFC 8259 in all but one thing: text may hold what is no Unicode (bytes that are no UTF-8, half
//! a surrogate pair), which is replaced where the text is asked for. A client's odd words must not cost
//! the event.

use wide::u8x16;

/// Values inside each other: `serde_json`'s limit, too.
const DEPTH_MAX: usize = 127;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    /// Text without escapes.
    Text,
    /// Text with escapes.
    Escaped,
    List,
    Object,
}

/// One value. The slots of what it holds follow its own; the members of an object are a name and a
/// value each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) kind: Kind,
    /// First byte; of text, the one after the quote.
    pub(super) start: u32,
    /// The byte after the last one; of text, the closing quote.
    pub(super) end: u32,
    /// The slot after this value and all that it holds.
    pub(super) next: u32,
}

/// Where a text ceases to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) at: usize,
}

/// The slots of one value. Kept from record to record, so that none is allocated anew.
#[derive(Debug, Default)]
pub(in crate::format) struct Tape {
    pub(super) slots: Vec<Slot>,
    /// The objects and lists that are not closed.
    open: Vec<u32>,
}

impl Tape {
    /// Reads the value that the bytes begin with; returns the byte after it. A line end is space; on
    /// one line, or where a `{` stands at the left edge of the next one, it breaks the value off.
    pub(super) fn scan(&mut self, bytes: &[u8], one_line: bool) -> Result<usize, Broken> {
        self.slots.clear();
        self.open.clear();
        let mut scan = Scan { bytes, at: 0, one_line };
        loop {
            if !self.value(&mut scan)? {
                continue;
            }
            loop {
                let Some(top) = self.open.last().map(|top| *top as usize) else {
                    return Ok(scan.at);
                };
                let is_object = self.slots[top].kind == Kind::Object;
                match (scan.next()?, is_object) {
                    (b',', true) => {
                        scan.at += 1;
                        self.name(&mut scan)?;
                        break;
                    }
                    (b',', false) => {
                        scan.at += 1;
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        scan.at += 1;
                        self.close(top, scan.at);
                    }
                    _ => return Err(scan.broken()),
                }
            }
        }
    }

    /// Reads a value, or the opening of one that holds others: `false` where its first one is due.
    #[inline(always)]
    fn value(&mut self, scan: &mut Scan<'_>) -> Result<bool, Broken> {
        let byte = scan.next()?;
        let start = scan.at;
        match byte {
            b'"' => {
                let kind = scan.text()?;
                self.push(kind, start + 1, scan.at - 1);
            }
            b'{' => {
                self.open(Kind::Object, scan)?;
                if scan.next()? != b'}' {
                    self.name(scan)?;
                    return Ok(false);
                }
                scan.at += 1;
                self.close(self.slots.len() - 1, scan.at);
            }
            b'[' => {
                self.open(Kind::List, scan)?;
                if scan.next()? != b']' {
                    return Ok(false);
                }
                scan.at += 1;
                self.close(self.slots.len() - 1, scan.at);
            }
            b't' => self.word(scan, "true", Kind::True)?,
            b'f' => self.word(scan, "false", Kind::False)?,
            b'n' => self.word(scan, "null", Kind::Null)?,
            _ => {
                scan.number()?;
                self.push(Kind::Number, start, scan.at);
            }
        }
        Ok(true)
    }

    fn word(&mut self, scan: &mut Scan<'_>, word: &str, kind: Kind) -> Result<(), Broken> {
        let start = scan.at;
        for expected in word.bytes() {
            if scan.byte()? != expected {
                return Err(scan.broken());
            }
            scan.at += 1;
        }
        self.push(kind, start, scan.at);
        Ok(())
    }

    /// Reads the name of a member and the colon after it.
    #[inline(always)]
    fn name(&mut self, scan: &mut Scan<'_>) -> Result<(), Broken> {
        if scan.next()? != b'"' {
            return Err(scan.broken());
        }
        let start = scan.at;
        let kind = scan.text()?;
        self.push(kind, start + 1, scan.at - 1);
        if scan.next()? != b':' {
            return Err(scan.broken());
        }
        scan.at += 1;
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = self.slots.len() as u32 + 1;
        self.slots.push(Slot { kind, start: start as u32, end: end as u32, next });
    }

    fn open(&mut self, kind: Kind, scan: &mut Scan<'_>) -> Result<(), Broken> {
        if self.open.len() == DEPTH_MAX {
            return Err(scan.broken());
        }
        self.open.push(self.slots.len() as u32);
        self.push(kind, scan.at, scan.at);
        scan.at += 1;
        Ok(())
    }

    fn close(&mut self, top: usize, end: usize) {
        self.open.pop();
        let next = self.slots.len() as u32;
        if let Some(slot) = self.slots.get_mut(top) {
            slot.end = end as u32;
            slot.next = next;
        }
    }
}

/// The bytes, and how far they were read.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    one_line: bool,
}

impl Scan<'_> {
    fn broken(&self) -> Broken {
        Broken { at: self.at }
    }

    fn byte(&self) -> Result<u8, Broken> {
        self.bytes.get(self.at).copied().ok_or(Broken { at: self.at })
    }

    /// The next byte that is no space; it stays to be read.
    #[inline(always)]
    fn next(&mut self) -> Result<u8, Broken> {
        match self.bytes.get(self.at) {
            // Logs are rarely written with space between their values.
            Some(byte @ b'!'..) => Ok(*byte),
            _ => self.next_after_space(),
        }
    }

    #[cold]
    fn next_after_space(&mut self) -> Result<u8, Broken> {
        loop {
            match self.byte()? {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\n' if self.one_line || self.bytes.get(self.at + 1) == Some(&b'{') => {
                    return Err(self.broken());
                }
                b'\n' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    /// Reads text from its opening to behind its closing quote.
    #[inline(always)]
    fn text(&mut self) -> Result<Kind, Broken> {
        self.at += 1 + plain_bytes(self.bytes.get(self.at + 1..).unwrap_or_default());
        match self.bytes.get(self.at) {
            Some(b'"') => {
                self.at += 1;
                Ok(Kind::Text)
            }
            _ => self.text_with_escapes(),
        }
    }

    /// The rest of a text, from what is not plain in it.
    fn text_with_escapes(&mut self) -> Result<Kind, Broken> {
        let mut kind = Kind::Text;
        loop {
            self.at += plain_bytes(self.bytes.get(self.at..).unwrap_or_default());
            match self.byte()? {
                b'"' => {
                    self.at += 1;
                    return Ok(kind);
                }
                b'\\' => {
                    kind = Kind::Escaped;
                    self.at += 1;
                    self.escape()?;
                }
                _ => return Err(self.broken()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Broken> {
        match self.byte()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte()?.is_ascii_hexdigit() {
                        return Err(self.broken());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.broken()),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Broken> {
        if self.byte()? == b'-' {
            self.at += 1;
        }
        if self.byte()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Broken> {
        if !self.byte()?.is_ascii_digit() {
            return Err(self.broken());
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }
}

/// How many bytes stand before the first quote, backslash or control character. Most texts of a log are
/// shorter than one vector, so this neither looks for the end byte by byte nor sets up a search.
#[inline]
fn plain_bytes(bytes: &[u8]) -> usize {
    let (vectors, rest) = bytes.as_chunks::<16>();
    for (vector, place) in vectors.iter().zip((0..).step_by(16)) {
        let vector = u8x16::new(*vector);
        let control = vector.min(u8x16::splat(0x1f)).simd_eq(vector);
        let found =
            vector.simd_eq(u8x16::splat(b'"')) | vector.simd_eq(u8x16::splat(b'\\')) | control;
        let found = found.to_bitmask();
        if found != 0 {
            return place + found.trailing_zeros() as usize;
        }
    }
    let is_plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    bytes.len() - rest.len() + rest.iter().take_while(|byte| is_plain(byte)).count()
}
