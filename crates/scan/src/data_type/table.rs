//! Tables in text (CSV and its like, RFC 4180): the first line as a header whose words name the columns,
//! and the values below them.
//!
//! A text whose first line is no such header costs nothing further. Values are read as UTF-8, else as
//! GB 18030, which is what spreadsheets in Chinese write.

mod share;

use std::borrow::Cow;

use encoding_rs::GB18030;
use memchr::{memchr, memchr3, memrchr};

use super::json::{self, Fields};
use super::{DataHunt, column};
use crate::engine::Window;

pub(crate) use share::TableStanding;

/// Separators of columns, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// A header lies within so many bytes of the start.
const HEADER_MAX: usize = 4096;
/// Longest head of a column, in characters.
const HEAD_MAX: usize = 64;
/// Most words of a head.
const WORDS_MAX: usize = 5;
/// Longest value that is looked at.
const VALUE_MAX: usize = 256;
/// A quoted value longer than this has lost its closing quote.
const QUOTED_MAX: u64 = 64 * 1024;
/// How far back the start of a row is looked for.
const ROW_REACH: usize = 512;
/// Words in heads of columns that hold keys.
const KEY_WORDS: [&str; 17] = [
    "privatekey",
    "private_key",
    "applicationkey",
    "application_key",
    "access-key",
    "secret",
    "accesskey",
    "access key",
    "access_key",
    "password",
    "passwd",
    "api key",
    "api_key",
    "apikey",
    "token",
    "密码",
    "密钥",
];

/// The header of a table.
#[derive(Clone)]
pub(crate) struct Header {
    delimiter: u8,
    /// Heads of the columns, in lower case.
    names: Vec<String>,
    /// The same as they stand.
    heads: Vec<String>,
    /// The heads that name keys, in letters and digits, by their column.
    keys: Vec<Option<String>>,
    /// The number of each column in the hunt for data.
    columns: Vec<usize>,
}

impl Header {
    /// The header that a line is; `None` when it is none.
    fn of(line: &[u8]) -> Option<Self> {
        let line = decode(line.trim_ascii_end());
        let split = |delimiter: u8| cells(&line, delimiter as char);
        let delimiter = *DELIMITERS.iter().max_by_key(|delimiter| split(**delimiter).len())?;
        let heads: Vec<String> = split(delimiter);
        let names: Vec<String> = heads.iter().map(|head| head.to_lowercase()).collect();
        if names.len() < 2 || !names.iter().all(|name| is_head(name)) {
            return None;
        }
        let sure = names.iter().any(|name| column::of(name).is_sure());
        let of_keys = |name: &String| KEY_WORDS.iter().any(|word| name.contains(word));
        let pairs = |name: &&String| is_half(name, &names);
        if !sure && !names.iter().any(|name| of_keys(name) || pairs(&name)) {
            return None;
        }
        let plain = |name: &String| name.chars().filter(|c| c.is_alphanumeric()).collect();
        let half = |name| Some(name).filter(pairs).map(plain);
        let keys: Vec<_> = names.iter().map(|name| key_of(name).or_else(|| half(name))).collect();
        Some(Self { delimiter, names, heads, keys, columns: Vec::new() })
    }

    /// Whether a head names keys.
    pub(crate) fn has_keys(&self) -> bool {
        self.keys.iter().any(Option::is_some)
    }

    /// The cells of a row below heads that name keys: the head in letters and digits, and the place of the
    /// value in the row.
    pub(crate) fn cells_of_keys(&self, row: &[u8]) -> Vec<(&str, std::ops::Range<usize>)> {
        let (mut start, mut quoted, mut found) = (0, false, Vec::new());
        let mut ends: Vec<usize> = Vec::new();
        for (at, byte) in row.iter().enumerate() {
            quoted ^= *byte == b'"';
            if *byte == self.delimiter && !quoted {
                ends.push(at);
            }
        }
        ends.push(row.len());
        for (key, end) in self.keys.iter().zip(ends) {
            let cell = &row[start..end];
            let sign = |byte: &u8| *byte <= b' ' || *byte == b'"';
            let lead = cell.iter().take_while(|byte| sign(byte)).count();
            let tail = cell[lead..].iter().rev().take_while(|byte| sign(byte)).count();
            if let Some(key) = key
                && lead + tail < cell.len()
            {
                found.push((key.as_str(), start + lead..end - tail));
            }
            start = end + 1;
        }
        found
    }

    /// The head of the column in which byte `at` of a text stands; `None` when its row began too far
    /// back to tell.
    pub(crate) fn name_at(&self, text: &[u8], at: usize) -> Option<&str> {
        let near = &text[at.saturating_sub(ROW_REACH)..at];
        let row = match memrchr(b'\n', near) {
            Some(end) => &near[end + 1..],
            None if at <= ROW_REACH => near,
            None => return None,
        };
        let (mut column, mut quoted) = (0, false);
        for byte in row {
            match *byte {
                b'"' => quoted = !quoted,
                byte if byte == self.delimiter && !quoted => column += 1,
                _ => {}
            }
        }
        self.heads.get(column).map(String::as_str)
    }
}

/// Whether a head is one of two that end in `ak` and `sk` after the same beginning: an id and its secret.
fn is_half(name: &str, names: &[String]) -> bool {
    let other = [("ak", "sk"), ("sk", "ak")].into_iter().find_map(|(own, other)| {
        let stem = name.strip_suffix(own)?;
        Some(format!("{stem}{other}"))
    });
    other.is_some_and(|other| names.contains(&other))
}

/// The name of a column of keys as it stands, in letters and digits: also where it ends in `ak` or `sk` as a word.
pub(crate) fn key_named(head: &str) -> Option<String> {
    let halves = ["ak", "sk", "Ak", "Sk", "AK", "SK"];
    let ends = |half: &&str| {
        head.strip_suffix(half).is_some_and(|stem| {
            let last = stem.chars().next_back();
            let apart = last.is_none_or(|last| !last.is_ascii_alphabetic());
            apart || (half.starts_with(['A', 'S']) && last.is_some_and(char::is_lowercase))
        })
    };
    let lower = head.to_lowercase();
    let plain = || lower.chars().filter(|c| c.is_alphanumeric()).collect();
    key_of(&lower).or_else(|| halves.iter().any(ends).then(plain))
}

/// A head that names keys, in letters and digits.
fn key_of(name: &str) -> Option<String> {
    let of_keys = KEY_WORDS.iter().any(|word| name.contains(word))
        || ["key id", "key", "keyid", "key_id"].iter().any(|end| name.ends_with(end));
    of_keys.then(|| name.chars().filter(|c| c.is_alphanumeric()).collect())
}

/// A head of a column is short, no value, no sentence, and says something.
fn is_head(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    !name.is_empty()
        && name.split_whitespace().count() <= WORDS_MAX
        && !name.starts_with(['/', '*', '<', '!'])
        && name.chars().count() <= HEAD_MAX
        && digits < 6
        && !name.contains(['@', '=', '{'])
}

/// The cells of a line, unquoted.
fn cells(line: &str, delimiter: char) -> Vec<String> {
    let mut quoted = false;
    let split = line.split(|character| {
        quoted ^= character == '"';
        character == delimiter && !quoted
    });
    split.map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0,
    }
}

/// A text read as a table, if it is one.
pub(crate) struct Table {
    state: State,
}

enum State {
    /// The start of the text has not been seen.
    Start,
    /// No table.
    None,
    /// Below a header.
    Rows(Header, Box<Rows>),
    /// Fields of objects.
    Fields(Box<Fields>),
}

impl Table {
    pub(crate) fn new(binary: bool) -> Self {
        Self { state: if binary { State::None } else { State::Start } }
    }

    /// The header, once it is known.
    pub(crate) fn header(&self) -> Option<&Header> {
        match &self.state {
            State::Rows(header, _) => Some(header),
            State::Start | State::None | State::Fields(_) => None,
        }
    }

    /// Reads `from..to` of the text in memory. The first time, all of a header is in memory.
    pub(crate) fn pass(
        &mut self,
        window: &Window,
        from: usize,
        to: usize,
        data: Option<&mut DataHunt>,
    ) {
        if matches!(self.state, State::Start) {
            self.state = match header_of(window.text()) {
                Some((header, end)) => State::Rows(header, Box::new(Rows::from(end as u64))),
                None if json::begins(window.text()) => State::Fields(Box::new(Fields::new())),
                None => State::None,
            };
        }
        let Some(data) = data else { return };
        data.begin_stretch();
        match &mut self.state {
            State::Rows(header, rows) => {
                if header.columns.is_empty() {
                    header.columns = header.names.iter().map(|name| data.column(name)).collect();
                }
                let begin = from.max((rows.begin.saturating_sub(window.base())) as usize);
                if begin < to {
                    rows.pass(header, window, begin, to, data);
                }
            }
            State::Fields(fields) => fields.pass(window, from, to, data),
            State::Start | State::None => {}
        }
    }

    /// Ends the text: its last row may lack a line break.
    pub(crate) fn finish(&mut self, window: &Window, data: Option<&mut DataHunt>) {
        if let (State::Rows(header, rows), Some(data)) = (&mut self.state, data) {
            rows.end_value(header, window, window.text().len(), data);
        }
    }
}

/// The header at the start of a text, and where it ends. Comments and the `sep=` of spreadsheets may
/// come before it.
fn header_of(text: &[u8]) -> Option<(Header, usize)> {
    let mut at = 0;
    loop {
        let rest = &text[at..text.len().min(HEADER_MAX)];
        let end = at + memchr(b'\n', rest)? + 1;
        let line = &text[at..end];
        at = end;
        if !line.starts_with(b"#") && !line.starts_with(b"sep=") && !line.trim_ascii().is_empty() {
            return Some((Header::of(line)?, end));
        }
    }
}

/// The rows of a table, read byte by byte as they come.
struct Rows {
    /// Offset in the text of the first row.
    begin: u64,
    /// The column being read.
    column: usize,
    /// Its value so far, unquoted, up to [`VALUE_MAX`] and one byte more.
    value: Vec<u8>,
    /// Where the value starts in the text, its quote left out.
    start: Option<u64>,
    /// Bytes since the opening quote; `None` outside of quotes.
    quoted: Option<u64>,
    /// Whether the value had quotes.
    was_quoted: bool,
    /// Whether the value says something, by the head of its column.
    is_wanted: bool,
}

impl From<u64> for Rows {
    fn from(begin: u64) -> Self {
        Self {
            begin,
            column: 0,
            value: Vec::new(),
            start: None,
            quoted: None,
            was_quoted: false,
            is_wanted: false,
        }
    }
}

impl Rows {
    fn pass(
        &mut self,
        header: &Header,
        window: &Window,
        from: usize,
        to: usize,
        data: &mut DataHunt,
    ) {
        let text = &window.text()[..to];
        let mut at = from;
        while at < to {
            let rest = &text[at..];
            let next = match self.quoted {
                Some(_) => memchr(b'"', rest),
                None => memchr3(header.delimiter, b'"', b'\n', rest),
            };
            let bytes = &rest[..next.unwrap_or(rest.len())];
            // Most cells stand whole in memory, without quotes.
            if let (Some(length), None, None) = (next, self.start, self.quoted)
                && text[at + length] != b'"'
                && !self.was_quoted
            {
                self.plain_cell(header, window, (at, at + length), data);
                self.column = if text[at + length] == b'\n' { 0 } else { self.column + 1 };
                at += length + 1;
                continue;
            }
            self.take(header, window.base() + at as u64, bytes, data);
            let Some(next) = next.map(|next| at + next) else { return };
            match text[next] {
                b'"' => self.quote(header, window.base() + next as u64, data),
                byte => {
                    self.end_value(header, window, next, data);
                    self.column = if byte == b'\n' { 0 } else { self.column + 1 };
                }
            }
            at = next + 1;
        }
    }

    /// Takes a cell that stands whole in memory.
    fn plain_cell(
        &self,
        header: &Header,
        window: &Window,
        (start, end): (usize, usize),
        data: &mut DataHunt,
    ) {
        if start == end {
            return;
        }
        let column = header.columns.get(self.column).copied().unwrap_or(0);
        let offset = window.base() + start as u64;
        data.begin_cell(offset, column);
        if data.has_meaning(column) {
            let value = &window.text()[start..end];
            count_value(column, window, value, (offset, end), 0, data);
        }
    }

    /// Takes bytes of a value that begin at `offset` of the text.
    fn take(&mut self, header: &Header, offset: u64, bytes: &[u8], data: &mut DataHunt) {
        if bytes.is_empty() {
            return;
        }
        if self.start.is_none() {
            self.start = Some(offset);
            let column = header.columns.get(self.column).copied().unwrap_or(0);
            data.begin_cell(offset, column);
            self.is_wanted = data.has_meaning(column);
        }
        // A quote that is doubled is told from one that opens by what stands before it.
        if self.is_wanted || self.value.is_empty() {
            let room = (VALUE_MAX + 1).saturating_sub(self.value.len());
            self.value.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        if let Some(length) = &mut self.quoted {
            *length += bytes.len() as u64;
            if *length > QUOTED_MAX {
                self.quoted = None;
            }
        }
    }

    fn quote(&mut self, header: &Header, offset: u64, data: &mut DataHunt) {
        if self.quoted.is_some() {
            self.quoted = None;
        } else if self.was_quoted {
            self.take(header, offset, b"\"", data);
            self.quoted = Some(0);
        } else if self.value.is_empty() {
            self.was_quoted = true;
            self.quoted = Some(0);
        } else {
            self.take(header, offset, b"\"", data);
        }
    }

    /// Ends the value at `end` of the text in memory, and counts it.
    fn end_value(&mut self, header: &Header, window: &Window, end: usize, data: &mut DataHunt) {
        let closed = usize::from(std::mem::take(&mut self.was_quoted));
        if let Some(start) = self.start.take()
            && self.is_wanted
        {
            let column = header.columns.get(self.column).copied().unwrap_or(0);
            count_value(column, window, &self.value, (start, end), closed, data);
        }
        self.value.clear();
    }
}

/// Counts the value of a column that began at an offset of the text and ends in memory, with its closing quote or
/// none.
fn count_value(
    column: usize,
    window: &Window,
    value: &[u8],
    (start, end): (u64, usize),
    closed: usize,
    data: &mut DataHunt,
) {
    let text = decode(value.trim_ascii());
    if text.is_empty() || value.len() > VALUE_MAX {
        return;
    }
    let first = start.saturating_sub(window.base()) as usize;
    let blanks = value.len() - value.trim_ascii_start().len();
    let last = first + blanks + value.trim_ascii().len();
    let last = last.min(end.saturating_sub(closed)).max(first + blanks);
    data.end_cell(column, &text, || window.place(first + blanks, last));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_by_its_words() {
        let names = |line: &str| Header::of(line.as_bytes()).map(|header| header.names);
        assert_eq!(names("Name,E-Mail\r\n").unwrap(), ["name", "e-mail"]);
        assert_eq!(names("\"姓名\"\t\"手机号\"\n").unwrap(), ["姓名", "手机号"]);
        assert!(names("User name,Access key ID,Secret access key\n").is_some());
        assert!(names("name,size,date\n").is_none());
        assert!(names("// The options of a password, to be read by all\n").is_none());
        assert!(names("Support for password options and more, in the module\n").is_none());
        assert!(names("the phone, she said, rang 12345678 times\n").is_none());
    }

    #[test]
    fn a_column_of_keys_is_known_by_its_name() {
        for name in ["QiniuAk", "minio_sk", "SK", "Access Key ID", "oss secret"] {
            assert!(key_named(name).is_some(), "{name}");
        }
        for name in ["task", "Peak", "disk", "host"] {
            assert!(key_named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_header_in_gb_18030_is_known() {
        let (line, _, _) = GB18030.encode("姓名,地址\n");
        assert_eq!(Header::of(&line).unwrap().names, ["姓名", "地址"]);
    }

    #[test]
    fn the_column_of_a_place_is_counted_over_quotes() {
        let header = Header::of(b"name,secret,phone\n").unwrap();
        let row = b"x\n\"a,b\",S";
        assert_eq!(header.name_at(row, row.len() - 1), Some("secret"));
    }
}
