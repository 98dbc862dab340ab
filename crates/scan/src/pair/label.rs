//! What names a value: the key of `key = value`, of JSON, YAML, XML or a command line, the words before
//! it in prose, the line above it, or the head of its column.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::GB18030;
use memchr::{memchr2_iter, memrchr};

use crate::credential::{entity, grid, insert};
use crate::data_type::Header;
use crate::rule::{is_random, is_worded};

/// How far back a name is looked for.
const REACH: usize = 160;
/// Longest name, in bytes.
const NAME_MAX: usize = 48;
/// Words of prose that are kept before a value.
const WORDS_MAX: usize = 3;
/// A word this long with a digit in it is a value, no name.
const WORD_MAX: usize = 20;
/// Shortest key, and fewest digits of one.
const KEY_MIN: usize = 16;
const KEY_DIGITS: usize = 3;

/// Names that say nothing: the name proper comes before them, as in
/// `{"name": "SECRET", "value": "…"}`.
const GENERIC: [&str; 6] = ["value", "string", "text", "content", "data", "v"];
/// The same of elements of HTML.
const GENERIC_ELEMENTS: [&str; 7] = ["td", "th", "dd", "dt", "code", "span", "pre"];
/// Words that say a value is a secret.
const SECRET: [&str; 9] =
    ["secret", "private", "passw", "pwd", "密钥", "秘钥", "私钥", "密码", "ak_sk"];
/// Words that say it is something else.
const OTHER: [&str; 16] = [
    "token",
    "signature",
    "hash",
    "sha1",
    "sha2",
    "md5",
    "etag",
    "digest",
    "checksum",
    "commit",
    "request",
    "trace",
    "nonce",
    "uuid",
    "cookie",
    "fingerprint",
];
/// Words of key names that say nothing about whose key it is, longest first.
const VOCABULARY: [&str; 16] = [
    "credentials",
    "credential",
    "default",
    "aliyun",
    "alibaba",
    "access",
    "secret",
    "cloud",
    "amazon",
    "value",
    "aws",
    "oss",
    "key",
    "id",
    "s3",
    "sts",
];

/// The name of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    /// As it stands, in lower case.
    name: String,
    /// Whether it is a key (`key = value`) rather than words before a value.
    is_key: bool,
    /// Whether `sk` is a word of it: `ossSk`, `OSS_SK2`.
    has_sk: bool,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Label {
    /// The name of what stands at `at`; `None` where nothing names it.
    pub(crate) fn of(text: &[u8], at: usize, header: Option<&Header>) -> Option<Self> {
        let near = &text[at.saturating_sub(REACH)..at];
        let line_start = memrchr(b'\n', near).map_or(0, |end| end + 1);
        if let Some(name) = header.and_then(|header| header.name_at(text, at)) {
            return Some(Self::named(name));
        }
        let column = insert::column_at(text, at).or_else(|| grid::column_at(text, at));
        let column = column.map(|name| Self::named(&String::from_utf8_lossy(name)));
        // Of rows of names and values the name stands beside the value.
        if let Some(label) = column.filter(|label| !GENERIC.contains(&label.name.as_str())) {
            return Some(label);
        }
        let line = trim(&near[line_start..]);
        if line.is_empty() {
            return above(&near[..line_start]);
        }
        let label = declared(near, line_start).or_else(|| on_line(line))?;
        let name = label.name.as_str();
        if GENERIC.contains(&name) || (line.ends_with(b">") && GENERIC_ELEMENTS.contains(&name)) {
            let own = field_of_name(near).or_else(|| behind(&text[at..]));
            return own.or_else(|| before_generic(near, &label)).or(Some(label));
        }
        Some(label)
    }

    /// A name that stands elsewhere, as that of a file.
    pub(crate) fn named(name: &str) -> Self {
        Self::new(name, true)
    }

    fn new(name: &str, is_key: bool) -> Self {
        let is_word = |at: usize| {
            let (before, after) = (&name[..at], &name[at + 2..]);
            let first = name.as_bytes()[at];
            let begins = !before.ends_with(|c: char| c.is_ascii_alphabetic())
                || (first == b'S' && before.ends_with(|c: char| c.is_ascii_lowercase()));
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            begins && !rest.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let bytes = name.as_bytes();
        let begins = |last: usize| last.checked_sub(1).filter(|at| sk_at(bytes, *at));
        let has_sk = memchr2_iter(b'k', b'K', bytes).filter_map(begins).any(is_word);
        Self { name: name.to_lowercase(), is_key, has_sk }
    }

    /// The name as it stands, in lower case.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a key (`key = value`) rather than words before a value.
    pub(crate) fn is_key(&self) -> bool {
        self.is_key
    }

    /// Whether it says that the value is the id of an access key.
    pub(crate) fn says_id(&self) -> bool {
        let plain: String = self.name.chars().filter(|c| c.is_alphanumeric()).collect();
        let ends = ["accesskeyid", "accesskey", "accessid", "secretid", "akid", "ak", "keyid"];
        self.is_key && ends.iter().any(|end| plain.ends_with(end))
    }

    /// Whether it says that the value is a secret.
    pub(crate) fn says_secret(&self) -> bool {
        let named = SECRET.iter().any(|word| self.name.contains(word)) || self.has_sk;
        named && !self.ends_otherwise()
    }

    /// Whether it says that the value is something that is no secret of a pair.
    pub(crate) fn says_other(&self) -> bool {
        !self.says_secret() && OTHER.iter().any(|word| self.name.contains(word))
    }

    /// Whose key it is: what is left of a key's name without the words that all such names have.
    pub(crate) fn owner(&self) -> Option<String> {
        let key = self.name.rsplit(' ').next().filter(|_| self.is_key)?;
        let mut rest = key.replace(|c: char| !c.is_alphanumeric(), " ");
        for word in VOCABULARY {
            rest = rest.replace(word, " ");
        }
        let owner: Vec<&str> = rest.split_whitespace().map(without_short_word).collect();
        let owner: Vec<&str> = owner.into_iter().filter(|word| !word.is_empty()).collect();
        (!owner.is_empty()).then(|| owner.join("_"))
    }

    /// `secret_hash` is a hash.
    fn ends_otherwise(&self) -> bool {
        let tail: String =
            self.name.chars().rev().take(8).collect::<Vec<_>>().iter().rev().collect();
        ["hash", "sha1", "sha256", "md5", "digest", "checksum", "arn", "version"]
            .iter()
            .any(|word| tail.ends_with(word))
    }
}

/// Whether `sk`, `SK` or `Sk` stands at a place.
fn sk_at(name: &[u8], at: usize) -> bool {
    matches!(name[at..], [b's', b'k', ..] | [b'S', b'K' | b'k', ..])
}

/// `1` for `ak1` and `sk1`, nothing for `ak` and `sk`, and any other word as it is.
fn without_short_word(word: &str) -> &str {
    let rest = word.strip_prefix("ak").or_else(|| word.strip_prefix("sk"));
    rest.filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(word)
}

/// Cuts quotes, blanks and backslashes off the end, and blanks and list marks off the start. Quotes may be entities
/// of HTML, and a terminal's colours and the opening of a text in XML say nothing.
fn trim(line: &[u8]) -> &[u8] {
    let mut line = line.trim_ascii();
    loop {
        let head = match line {
            [head @ .., b'"' | b'\'' | b'`' | b'\\' | b'(' | b'*' | b'-'] => head,
            [head @ .., b'@' | b'{'] if !head.is_empty() => head,
            [.., b'm'] => without_colour(line),
            [.., b';'] => without_entity(line),
            _ => line.strip_suffix(b"<![CDATA[").unwrap_or(line),
        };
        if head.len() == line.len() {
            return line;
        }
        line = head.trim_ascii_end();
    }
}

/// Cuts the escape off that colours what follows on a terminal.
fn without_colour(line: &[u8]) -> &[u8] {
    let head = line.strip_suffix(b"m").unwrap_or(line);
    let digits = head.iter().rev().take(16).take_while(|b| b.is_ascii_digit() || **b == b';');
    head[..head.len() - digits.count()].strip_suffix(b"\x1b[").unwrap_or(line)
}

/// Cuts a quote off that is an entity of HTML.
fn without_entity(line: &[u8]) -> &[u8] {
    let start = memrchr(b'&', &line[line.len().saturating_sub(8)..]);
    let start = start.map(|at| line.len().saturating_sub(8) + at);
    start.filter(|at| entity(&line[*at..]) == line.len() - at).map_or(line, |at| &line[..at])
}

/// The name in a declaration, before its type or what comes first: `const NAME: &str = "`,
/// `process.env.NAME || '`, `('NAME', '`, `variable "NAME" { default = "`.
fn declared(near: &[u8], line_start: usize) -> Option<Label> {
    let line = trim(&near[line_start..]);
    if let [head @ .., b'|', b'|'] | [head @ .., b'?', b'?'] = line {
        return name_at_end(head.trim_ascii_end(), true);
    }
    if let [head @ .., b','] = line {
        let quoted = matches!(head.trim_ascii_end(), [.., b'"' | b'\'']);
        return name_at_end(trim(head), true).filter(|_| quoted);
    }
    let head = line.strip_suffix(b"=")?.trim_ascii_end();
    if head.ends_with(b"default") {
        let open = memchr::memmem::rfind(near, b"variable \"")? + b"variable \"".len();
        let length = memchr::memchr(b'"', &near[open..])?;
        return name_at_end(&near[open..open + length], true);
    }
    // PowerShell's `$env:NAME` has its name behind the colon.
    let colon = memrchr(b':', head).filter(|colon| !head[..*colon].ends_with(b"$env"))?;
    let of_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"&<>' _.[]|?".contains(byte);
    let (name, of) = (&head[..colon], head[colon + 1..].trim_ascii());
    (!of.is_empty() && of.len() < 40 && of.iter().all(of_type)).then(|| name_at_end(name, true))?
}

/// The name at the end of the line before a value.
fn on_line(line: &[u8]) -> Option<Label> {
    let mut key = line;
    loop {
        let head = match key {
            [head @ .., b'=' | b':' | b'>' | b' ' | b'"' | b'\'' | b'\\' | b'`' | b']' | b'['] => {
                head
            }
            [head @ .., b'?' | b'+'] | [head @ .., b'*', b'*'] if key.len() < line.len() => head,
            // Full-width: `：`.
            [head @ .., 0xEF, 0xBC, 0x9A] => head,
            // The same in GB 18030.
            [head @ .., 0xA3, 0xBA] if std::str::from_utf8(key).is_err() => head,
            [.., b'm'] if key.len() < line.len() => without_colour(key),
            [.., b';'] => without_entity(key),
            _ => key,
        };
        if head.len() == key.len() {
            break;
        }
        key = head;
    }
    let is_key = key.len() < line.len();
    if !is_key && line.last().is_some_and(|last| !is_name(*last)) {
        return None;
    }
    name_at_end(key, is_key)
}

fn name_at_end(text: &[u8], is_key: bool) -> Option<Label> {
    let length = text.iter().rev().take(NAME_MAX).take_while(|b| is_name(**b)).count();
    let name = decoded(&text[text.len() - length..]);
    // Full-width signs end what stands before them.
    let ends = ['，', '。', '：', '；', '、', '（', '）', '　', '“', '”'];
    let name = if name.is_ascii() { &name } else { name.rsplit(ends).next()? };
    let is_value = |word: &&str| is_value(word);
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    let words = name.split_whitespace().rev().filter(is_word).take_while(|word| !is_value(word));
    let mut words: Vec<&str> = words.take(WORDS_MAX).collect();
    words.reverse();
    let name = words.join(" ");
    let name = name.trim_matches(['-', '.', '_']);
    (!name.is_empty()).then(|| Label::new(name, is_key))
}

/// A name in UTF-8 or in GB 18030. Its first character may be cut.
fn decoded(name: &[u8]) -> Cow<'_, str> {
    let skipped = name.iter().take(3).take_while(|byte| (0x80..0xC0).contains(*byte)).count();
    match std::str::from_utf8(&name[skipped..]) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => GB18030.decode_without_bom_handling(name).0,
    }
}

/// A long word with a digit is a value; one that is made of several words is so only where it is random, or one of
/// them is as long as a key and has digits as keys have.
fn is_value(word: &str) -> bool {
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let tied = word.contains(['_', '-', '.']);
    let is_random = || is_random(word.as_bytes()) && !is_worded(word.as_bytes());
    let has_key = || {
        let mut parts = word.split(['_', '-', '.']);
        parts.any(|part| part.len() >= KEY_MIN && digits(part) >= KEY_DIGITS)
    };
    word.len() >= WORD_MAX && digits(word) > 0 && (!tied || is_random() || has_key())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' ') || byte >= 0x80
}

/// The line above a value that stands alone on its own, where it is a name: short and no value.
fn above(before: &[u8]) -> Option<Label> {
    let line = before.strip_suffix(b"\n").unwrap_or(before);
    let line = trim(&line[memrchr(b'\n', line).map_or(0, |end| end + 1)..]);
    let label = name_at_end(line.strip_suffix(b":").unwrap_or(line), true)?;
    (line.len() <= NAME_MAX).then_some(label)
}

/// The name that comes before one that says nothing.
fn before_generic(near: &[u8], generic: &Label) -> Option<Label> {
    let lower = near.to_ascii_lowercase();
    let at = memchr::memmem::rfind(&lower, generic.name.as_bytes())?;
    let mut before = &near[..at];
    for _ in 0..3 {
        let gap = before.iter().rev().take_while(|b| !is_name(**b) || **b == b' ').count();
        before = &before[..before.len() - gap];
        let length =
            before.iter().rev().take(NAME_MAX).take_while(|b| is_name(**b) && **b != b' ').count();
        let label = Label::named(&String::from_utf8_lossy(&before[before.len() - length..]));
        before = &before[..before.len() - length];
        let name = label.name.as_str();
        let says_nothing = ["key", "name", ""].contains(&name)
            || GENERIC.contains(&name)
            || GENERIC_ELEMENTS.contains(&name);
        if !says_nothing {
            return Some(label);
        }
    }
    None
}

/// What a field `name` or `key` of the same object says: `"Name": "/prod/secret", "Type": "x", "Value": "`.
fn field_of_name(before: &[u8]) -> Option<Label> {
    let object = &before[memchr::memrchr2(b'{', b'}', before)? + 1..];
    let fields: [&[u8]; 4] = [b"\"name\"", b"\"Name\"", b"\"key\"", b"\"Key\""];
    let field = fields.iter().find_map(|field| {
        let at = memchr::memmem::rfind(object, field)?;
        Some(&object[at + field.len()..])
    })?;
    quoted_name(field)
}

/// What such a field says that stands behind a value: `…", "name": "SECRET"`.
fn behind(text: &[u8]) -> Option<Label> {
    let reach = &text[..text.len().min(2 * REACH)];
    let rest = &reach[memchr::memchr2(b'"', b'\n', reach)?..];
    let rest = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start();
    let fields: [&[u8]; 4] = [b"\"name\"", b"\"Name\"", b"\"key\"", b"\"Key\""];
    quoted_name(fields.iter().find_map(|field| rest.strip_prefix(*field))?)
}

/// The text in quotes behind a colon.
fn quoted_name(field: &[u8]) -> Option<Label> {
    let name = field.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let name = name.strip_prefix(b"\"")?;
    name_at_end(&name[..memchr::memchr(b'"', &name[..name.len().min(REACH)])?], true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        Label::of(text.as_bytes(), text.len(), None).map_or(String::new(), |label| label.name)
    }

    #[test]
    fn the_name_of_a_value_is_found_in_every_notation() {
        for (text, expected) in [
            ("accessKeySecret = ", "accesskeysecret"),
            ("{\"id\":\"A\",\"secretKey\":\"", "secretkey"),
            ("{\\\"secretKey\\\":\\\"", "secretkey"),
            ("  secret_key: ", "secret_key"),
            ("export ALIYUN_SECRET=", "export aliyun_secret"),
            ("<SecretAccessKey>", "secretaccesskey"),
            ("ossutil config --access-key-secret ", "ossutil config --access-key-secret"),
            ("the AccessKey Secret: ", "the accesskey secret"),
            ("AccessKey Secret\n", "accesskey secret"),
            ("- name: AWS_SECRET\n  value: \"", "aws_secret"),
            ("{\"name\":\"APP_SECRET\",\"value\":\"", "app_secret"),
            ("<key>secret</key>\n<string>", "secret"),
            ("<dt>secret</dt>\n<dd><code>", "secret"),
            ("<Secret><![CDATA[", "secret"),
            ("**Secret**: ", "secret"),
            ("&quot;secret&quot;:&quot;", "secret"),
            ("secret\x1b[0m=\x1b[33m", "secret"),
            ("id LTAI5t1GumF9ikeXfPX6xnYD，密钥：", "密钥"),
            ("{\"Name\":\"/p/secret\",\"Type\":\"x\",\"Value\":\"", "secret"),
            ("insert into t (`id`, `secret`) VALUES (1, 'x'), (2, '", "secret"),
            ("LTAI5t1GumF9ikeXfPX6xnYD\n", ""),
            ("JDC_HZGMG9YESTTC8Z219SGAGINWM4VY\n", ""),
            ("a,b,", ""),
            ("", ""),
        ] {
            assert_eq!(name(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_owner_of_a_key_is_what_its_name_has_beside_the_usual_words() {
        let owner = |text: &str| Label::of(text.as_bytes(), text.len(), None).unwrap().owner();
        assert_eq!(owner("prodAccessKeyId: \""), Some("prod".to_owned()));
        assert_eq!(owner("PROD_ACCESS_KEY_SECRET="), Some("prod".to_owned()));
        assert_eq!(owner("aws_secret_access_key = "), None);
        assert_eq!(
            (owner("ak2 = "), owner("sk2 = ")),
            (Some("2".to_owned()), Some("2".to_owned()))
        );
        assert_eq!(owner("sk: "), None);
    }

    #[test]
    fn a_name_behind_its_value_and_one_in_gb_18030_are_read() {
        let text = br#"{"value":"abc","name":"APP_SECRET"}"#;
        let at = memchr::memmem::find(text, b"abc").unwrap();
        let label = Label::of(text, at, None).unwrap();
        assert_eq!(label.name, "app_secret");
        let (text, _, _) = GB18030.encode("访问密钥：");
        assert!(Label::of(&text, text.len(), None).unwrap().says_secret());
    }

    #[test]
    fn sk_is_a_word_of_its_own_or_none() {
        let says = |name: &str| Label::named(name).says_secret();
        assert!(says("ossSk") && says("OSS_SK") && says("sk2") && says("HuaweiSK"));
        assert!(!says("task") && !says("Disk") && !says("sky") && !says("ossskip"));
    }

    #[test]
    fn a_hash_of_a_secret_is_no_secret() {
        let label = |text: &str| Label::of(text.as_bytes(), text.len(), None).unwrap();
        assert!(label("secret_sha256=").says_other() || !label("secret_sha256=").says_secret());
        assert!(label("sk: ").says_secret() && label("etag: ").says_other());
    }
}
