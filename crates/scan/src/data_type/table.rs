//! Tables in text (CSV and its like, RFC 4180): the first line as a header whose words name the columns,
//! and the values below them.
//!
//! A text whose first line is no such header costs nothing further. Values are read as UTF-8, else as
//! GB 18030, which is what spreadsheets in Chinese write.

mod rows;
mod share;

use std::borrow::Cow;

use encoding_rs::GB18030;
use memchr::{memchr, memrchr};

use super::json::{self, Fields};
use super::{DataHunt, column};
use crate::engine::Window;

use rows::Rows;
pub(crate) use share::TableStanding;

/// Separators of columns, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// A header lies within so many bytes of the start.
const HEADER_MAX: usize = 4096;
/// Longest head of a column, in characters.
const HEAD_MAX: usize = 64;
/// Most words of a head.
const WORDS_MAX: usize = 5;
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
        if !line.iter().any(|byte| DELIMITERS.contains(byte)) {
            return None;
        }
        let line = decode(line.trim_ascii_end());
        let delimiter = *DELIMITERS.iter().max_by_key(|delimiter| ends(&line, **delimiter))?;
        let heads: Vec<String> = cells(&line, delimiter as char);
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

/// How often a cell of a line ends with a delimiter.
fn ends(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    let ends = line.bytes().filter(|byte| {
        quoted ^= *byte == b'"';
        *byte == delimiter && !quoted
    });
    ends.count()
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
        window: &Window<'_>,
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
    pub(crate) fn finish(&mut self, window: &Window<'_>, data: Option<&mut DataHunt>) {
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
