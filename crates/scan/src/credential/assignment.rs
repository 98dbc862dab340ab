//! A name and the value that it is given: `key = value` in any notation, from INI to XML.
//!
//! Read around a place where a name may stand; nothing is parsed as a whole, since what leaks is seldom
//! a whole document.

use std::ops::Range;

use crate::rule::is_worded;

/// Longest part of a name before and after the word that gave it away.
const NAME_REACH: usize = 64;
/// Longest value.
const VALUE_MAX: usize = 1024;
/// How far before its name a value may begin.
const VALUE_REACH: usize = 320;
/// Shortest value on a line of its own below its name: shorter ones are the next word of a list.
const ALONE_MIN: usize = 16;
/// Longest line that is a name and nothing else.
const NAME_LINE_MAX: usize = 64;
/// Most blanks between a name, a sign and a value.
const BLANKS_MAX: usize = 40;
/// What begins a text in XML in which nothing is markup.
const CDATA: &[u8] = b"<![CDATA[";
/// Most quotes and backslashes around a name or before a value.
const QUOTES_MAX: usize = 10;

/// How a value is given to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// `=`, `:`, `=>`, `:=` and their like.
    Assigned,
    /// An argument of a call: `set_password("…")`.
    Called,
    /// The text of an element: `<password>…</password>`.
    Element,
    /// An argument of a command: `--password …`.
    Option,
}

/// A name and its value, as places in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    pub(super) sign: Sign,
    pub(super) quoted: bool,
    /// Whether the name begins its line, as in files of settings.
    pub(super) leads: bool,
}

impl Assignment {
    /// The assignment whose name holds `start..end`; `None` when nothing is assigned there.
    pub(super) fn read(text: &[u8], start: usize, end: usize) -> Option<Self> {
        // A full-width colon, of which 0xEF is the first byte, ends a name in Chinese.
        let chinese = !text[end - 1].is_ascii();
        let goes_on = |b: &&u8| is_name(**b) && (b.is_ascii() || (chinese && **b != 0xEF));
        let after = text[end..].iter().take(NAME_REACH);
        let name_end = end + after.take_while(goes_on).count();
        // Nothing is given to most words.
        if matches!(text.get(name_end), None | Some(b')' | b';' | b'}' | b'/' | b'#' | b'%')) {
            return None;
        }
        let before = text[..start].iter().rev().take(NAME_REACH);
        let name_start = start - before.take_while(|byte| is_name(**byte)).count();
        let given = sign(text, name_start, name_end).and_then(|(sign, at)| {
            let leads = chinese || is_leading(text, name_start);
            Some((sign, leads, value(text, at, sign, leads)?))
        });
        let Some((sign, leads, (value, quoted))) = given else {
            let value = value_before_name(text, name_start)?;
            let (sign, quoted, leads) = (Sign::Assigned, true, false);
            return Some(Self { name: name_start..name_end, value, sign, quoted, leads });
        };
        let after = &text[value.end..];
        let closed = sign != Sign::Element || quoted || matches!(after, [b'<' | b']', ..]);
        closed.then_some(())?;
        Some(Self { name: name_start..name_end, value, sign, quoted, leads })
    }

    /// A value whose name is the head of its column; `name` is an empty place before it.
    pub(super) fn of_cell(name: Range<usize>, value: Range<usize>) -> Self {
        Self { name, value, sign: Sign::Assigned, quoted: true, leads: true }
    }

    /// The name in lower case, letters and digits only; other scripts stay.
    pub(super) fn plain_name(&self, text: &[u8]) -> String {
        let name = String::from_utf8_lossy(&text[self.name.clone()]).to_lowercase();
        name.chars().filter(|c| c.is_alphanumeric()).collect()
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// How many bytes from `at` on satisfy a condition, `most` at most.
fn count(text: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    text[at.min(text.len())..].iter().take(most).take_while(|byte| is(**byte)).count()
}

/// Whether only indentation, a list mark or a word of the shell comes before a name on its line.
fn is_leading(text: &[u8], name: usize) -> bool {
    let near = &text[name.saturating_sub(NAME_REACH)..name];
    let line = &near[memchr::memrchr(b'\n', near).map_or(0, |end| end + 1)..];
    let line = line.trim_ascii();
    matches!(line, b"" | b"-" | b"export" | b"set" | b"ENV" | b"ARG" | b"$env:" | b"\"" | b"'")
}

/// The sign after a name, and where its value may begin.
fn sign(text: &[u8], name_start: usize, name_end: usize) -> Option<(Sign, usize)> {
    let quotes = closing(&text[name_end..]);
    let mut at = name_end + quotes;
    let blanks = count(text, at, BLANKS_MAX, is_blank);
    at += blanks;
    let rest = text.get(at..)?;
    if rest.starts_with(b"::") && !rest.starts_with(b"::=") {
        return None;
    }
    if rest.starts_with(b"||") || rest.starts_with(b"??") {
        return Some((Sign::Called, at + 2));
    }
    if let Some(offset) = typed(rest) {
        return Some((Sign::Called, at + offset));
    }
    for sign in
        ["===", "==", "!=", "::=", ":=", ":-", "=>", "?=", "+=", "[]=", "[] =", "=", "：", ":"]
    {
        if rest.starts_with(sign.as_bytes()) {
            return Some((Sign::Assigned, at + sign.len()));
        }
    }
    match rest {
        [b'>', ..] if quotes == 0 && text[..name_start].ends_with(b"<") => {
            Some((Sign::Element, at + 1))
        }
        [b'>', ..] if quotes > 0 && in_tag(text, name_start) => Some((Sign::Element, at + 1)),
        [b'(', ..] if quotes == 0 => Some((Sign::Called, at + 1)),
        [b'{', quote, ..] if quotes == 0 && is_quote(*quote) => Some((Sign::Called, at + 1)),
        [b'\'', ..] if blanks > 0 && is_clause(text, name_start, name_end) => {
            Some((Sign::Assigned, at))
        }
        [b'\r' | b'\n', ..] => {
            let offset = value_of_name(rest).unwrap_or(0);
            Some((Sign::Assigned, at + offset))
        }
        [b'<', b'/', ..] => next_element(rest).map(|offset| (Sign::Element, at + offset)),
        [b'{', ..] if quotes > 0 => default(rest).map(|offset| (Sign::Assigned, at + offset)),
        _ if quotes > 0 => {
            let of_name = value_of_name(&text[at - 1..]).map(|offset| offset - 1);
            of_name.map(|offset| (Sign::Assigned, at + offset)).or(match rest {
                [b',', ..] => Some((Sign::Called, at + 1)),
                _ => None,
            })
        }
        _ if blanks > 0 && is_option(text, name_start, name_end) => Some((Sign::Option, at)),
        _ => value_of_name(rest).map(|offset| (Sign::Assigned, at + offset)),
    }
}

/// What follows the colon of a declaration: a type, `=` and a quote (`: &str = "…"`, `: String = "…"`).
fn typed(rest: &[u8]) -> Option<usize> {
    let of_type = |byte: u8| byte.is_ascii_alphanumeric() || b"&<>' _.[]|?".contains(&byte);
    let of = rest.strip_prefix(b":")?;
    let length = count(of, 0, BLANKS_MAX, of_type);
    let at = 1 + length;
    let named = of[..length].iter().any(u8::is_ascii_alphabetic)
        && !of.trim_ascii_start().starts_with(b"'");
    let value = rest.get(at + 1..)?.trim_ascii_start();
    let opens = matches!(value, [quote, ..] | [b'b' | b'r' | b'f', quote, ..] if is_quote(*quote));
    (named && rest[at] == b'=' && opens).then_some(at + 1)
}

/// The element after the one that holds a name: `<name>password</name> <value>…`, `<th>password</th><td>…`.
fn next_element(rest: &[u8]) -> Option<usize> {
    let mut at = memchr::memchr(b'>', &rest[..rest.len().min(BLANKS_MAX)])? + 1;
    let mut is_inside = false;
    // A cell may hold an element of its own: `<td><code>…`.
    for _ in 0..2 {
        at += count(rest, at, BLANKS_MAX, |byte| byte.is_ascii_whitespace());
        let Some(tag) = rest[at..].strip_prefix(b"<") else { break };
        let length = tag.iter().take(12).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let name = tag[..length].to_ascii_lowercase();
        let values: [&[u8]; 9] =
            [b"value", b"string", b"text", b"td", b"dd", b"code", b"span", b"pre", b"val"];
        if !values.contains(&name.as_slice()) {
            break;
        }
        at += 1 + memchr::memchr(b'>', &tag[..tag.len().min(4 * BLANKS_MAX)])? + 1;
        is_inside = true;
    }
    is_inside.then_some(at)
}

/// Whether a name is the value of an attribute of a tag: `<string name="password">`.
fn in_tag(text: &[u8], name: usize) -> bool {
    let near = &text[name.saturating_sub(NAME_REACH)..name];
    let open = memchr::memrchr2(b'<', b'>', near).map(|at| &near[at..]);
    open.is_some_and(|tag| tag.starts_with(b"<") && tag.get(1).is_some_and(u8::is_ascii_alphabetic))
}

/// Whether a name is a clause of SQL: `WITH PASSWORD '…'`.
fn is_clause(text: &[u8], start: usize, end: usize) -> bool {
    let before = text[start.saturating_sub(NAME_REACH)..start].trim_ascii_end();
    let word = before.rsplit(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
    let words: [&[u8]; 5] = [b"with", b"encrypted", b"unencrypted", b"login", b"set"];
    text[start..end].eq_ignore_ascii_case(b"password")
        && words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// What closes a name: quotes, as they stand or as entities, brackets, the stars of Markdown, colours.
fn closing(text: &[u8]) -> usize {
    let mut at = 0;
    while at < 2 * QUOTES_MAX {
        let rest = &text[at..];
        at += match rest {
            [byte, ..] if is_quote(*byte) || matches!(byte, b'\\' | b']' | b'*') => 1,
            [b'&', ..] => entity(rest),
            [0x1B, ..] => colour(rest),
            _ => 0,
        };
        if text.len() - at == rest.len() {
            break;
        }
    }
    at
}

/// Bytes of the quote that a text begins with as an entity of HTML; none where it does not.
pub(crate) fn entity(text: &[u8]) -> usize {
    let entities: [&[u8]; 5] = [b"&quot;", b"&#34;", b"&#39;", b"&#x27;", b"&apos;"];
    entities.iter().find(|entity| text.starts_with(entity)).map_or(0, |entity| entity.len())
}

/// Bytes of the escape that a text begins with which colours what follows on a terminal; none where it does not.
fn colour(text: &[u8]) -> usize {
    let Some(inner) = text.strip_prefix(b"\x1b[") else { return 0 };
    let digits = count(inner, 0, 16, |byte| byte.is_ascii_digit() || byte == b';');
    if inner.get(digits) == Some(&b'm') { digits + 3 } else { 0 }
}

/// The default of a variable in a block: `variable "password" { default = "…" }`.
fn default(rest: &[u8]) -> Option<usize> {
    let reach = &rest[..rest.len().min(4 * NAME_REACH)];
    let block = &reach[..memchr::memchr(b'}', reach).unwrap_or(reach.len())];
    let at = memchr::memmem::find(block, b"default")? + b"default".len();
    let at = at + count(block, at, BLANKS_MAX, is_blank);
    (block.get(at) == Some(&b'=')).then_some(at + 1)
}

/// What follows a name whose value stands under a name of its own: `"API_KEY", "value": "…"`,
/// `name: API_KEY` and `value: …` below it, `key="ApiKey" value="…"`; something short may stand between
/// (`"Type": "SecureString"`), but no other name and no other object.
fn value_of_name(rest: &[u8]) -> Option<usize> {
    let gap = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'"' | b'\'' | b'\\');
    let begin = count(rest, 0, BLANKS_MAX, gap);
    let words: [&[u8]; 3] = [b"value", b"Value", b"VALUE"];
    let at = if words.iter().any(|word| rest[begin..].starts_with(word)) {
        begin
    } else {
        // Behind a blank alone comes the rest of a sentence.
        rest.first().filter(|byte| gap(**byte) && !is_blank(**byte))?;
        let reach = &rest[..rest.len().min(2 * NAME_REACH)];
        let ends = |byte: &u8| matches!(byte, b'{' | b'}' | b'<' | b'>' | b'(' | b')' | b';');
        let reach = &reach[..reach.iter().position(ends).unwrap_or(reach.len())];
        let at = words.iter().filter_map(|word| memchr::memmem::find(reach, word)).min()?;
        let between = reach[..at].to_ascii_lowercase();
        let others: [&[u8]; 3] = [b"name", b"key\"", b"key:"];
        let other = others.iter().any(|word| memchr::memmem::find(&between, word).is_some());
        (at > begin && !other && gap(reach[at - 1])).then_some(at)?
    };
    let at = at + words[0].len();
    let at = at + count(rest, at, QUOTES_MAX, |byte| is_quote(byte) || byte == b'\\');
    let at = at + count(rest, at, BLANKS_MAX, is_blank);
    matches!(rest.get(at), Some(b':' | b'=')).then_some(at + 1)
}

/// The value that stands before its name in an object: `"value": "…", "name": "API_KEY"`.
fn value_before_name(text: &[u8], name: usize) -> Option<Range<usize>> {
    let near = &text[name.saturating_sub(VALUE_REACH)..name];
    near.ends_with(b"\"").then_some(())?;
    let near = &near[memchr::memrchr(b'{', near)? + 1..];
    let begin = name - near.len();
    // From the name back: its quote, the name of that field, and the quote that closes the value.
    let field = near.strip_suffix(b"\"")?.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let names: [&[u8]; 4] = [b"\"name\"", b"\"Name\"", b"\"key\"", b"\"Key\""];
    let field = names.iter().find_map(|name| field.strip_suffix(*name))?;
    let before = field.trim_ascii_end().strip_suffix(b",")?.trim_ascii_end();
    before.ends_with(b"\"").then_some(())?;
    let end = begin + before.len() - 1;
    let values: [&[u8]; 2] = [b"\"value\"", b"\"Value\""];
    let at = values.iter().find_map(|word| memchr::memmem::rfind(before, word))?;
    let rest = before[at + values[0].len()..].trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let start = begin + before.len() - rest.len();
    (start < end && !text[start..end].contains(&b'"')).then_some(start..end)
}

/// Whether a name is that of an option (`--password`), of a variable in a Dockerfile (`ENV NAME …`), or a
/// word of `.netrc`.
fn is_option(text: &[u8], start: usize, end: usize) -> bool {
    let near = &text[start.saturating_sub(NAME_REACH)..start];
    let line = &near[memchr::memrchr(b'\n', near).map_or(0, |end| end + 1)..];
    let before = line.trim_ascii();
    text[start..].starts_with(b"--")
        || before.ends_with(b"ENV")
        || before.ends_with(b"setx")
        || before.ends_with(b"setenv")
        || before.ends_with(b"#define")
        || before == b"set $"
        || before.starts_with(b"set -")
        || (matches!(&text[start..end], b"requirepass" | b"masterauth") && before.is_empty())
        || (&text[start..end] == b"password" && near.windows(6).any(|word| word == b"login "))
}

/// The value at `at`, and whether it is quoted.
fn value(text: &[u8], at: usize, sign: Sign, leads: bool) -> Option<(Range<usize>, bool)> {
    let at = at + count(text, at, BLANKS_MAX, is_blank);
    if matches!(text.get(at..)?, [b'\n', ..] | [b'\r', b'\n', ..]) {
        return below(text, at).map(|value| (value, true));
    }
    // Bold names in Markdown may end behind their colon; a terminal's colours and quotes as entities say nothing.
    let at = match &text[at..] {
        [b'*', b'*', b' ', ..] if sign == Sign::Assigned => at + 3,
        rest if sign == Sign::Element && rest.starts_with(CDATA) => at + CDATA.len(),
        rest => at + colour(rest),
    };
    let at = at + entity(&text[at..]);
    // A letter before a quote marks a kind of string: `b"…"`, `f'…'`, `@"…"`.
    let marked = match text.get(at..)? {
        [b'b' | b'f' | b'r' | b'u' | b'L' | b'@', quote, ..] if is_quote(*quote) => at + 1,
        _ => at,
    };
    let slashes = count(text, marked, QUOTES_MAX, |byte| byte == b'\\');
    match text.get(marked + slashes) {
        Some(quote) if is_quote(*quote) => {
            let open = marked + slashes;
            let same = count(text, open, 3, |byte| byte == *quote);
            if same == 2 {
                return None;
            }
            quoted(text, open + same, *quote).map(|value| (value, true))
        }
        _ if sign == Sign::Called => None,
        _ => bare(text, at, sign, leads).map(|value| (value, false)),
    }
}

/// The value that stands alone on the line below its name.
fn below(text: &[u8], line_end: usize) -> Option<Range<usize>> {
    let near = &text[line_end.saturating_sub(NAME_LINE_MAX)..line_end];
    let breaks = |byte: &u8| matches!(byte, b'\r' | b'\n');
    (line_end < NAME_LINE_MAX || near.iter().any(breaks)).then_some(())?;
    let start = line_end + count(text, line_end, BLANKS_MAX, |byte| byte.is_ascii_whitespace());
    let reach = &text[start..text.len().min(start + VALUE_MAX)];
    let length = reach.iter().position(|byte| *byte <= b' ').unwrap_or(reach.len());
    let blanks = count(reach, length, BLANKS_MAX, is_blank);
    let alone = reach.get(length + blanks).is_none_or(breaks);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(byte);
    let value = &reach[..length];
    (alone && length >= ALONE_MIN && value.iter().all(plain) && !is_worded(value))
        .then_some(start..start + length)
}

/// The value up to its closing quote, on one line.
fn quoted(text: &[u8], start: usize, quote: u8) -> Option<Range<usize>> {
    let reach = &text[start..text.len().min(start + VALUE_MAX)];
    let end = memchr::memchr2(quote, b'\n', reach)?;
    let end = end - reach[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
    (reach[end..].first() != Some(&b'\n') && end > 0).then_some(start..start + end)
}

/// A value without quotes: up to a blank or a sign that ends one.
fn bare(text: &[u8], start: usize, sign: Sign, leads: bool) -> Option<Range<usize>> {
    let reach = &text[start..text.len().min(start + VALUE_MAX)];
    let whole = |byte: u8| byte <= b' ' || is_quote(byte);
    let ends = |byte: u8| whole(byte) || b"<>&,;(){}[]|\\".contains(&byte);
    let narrow = reach.iter().position(|byte| ends(*byte)).unwrap_or(reach.len());
    let wide = reach.iter().position(|byte| whole(*byte)).unwrap_or(reach.len());
    // In a file of settings the value is all that stands on the line.
    let rest = &reach[wide..];
    let alone = rest.is_empty() || rest.trim_ascii_start().first() == Some(&b'#') || {
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        rest.get(blanks).is_none_or(|byte| *byte == b'\n')
    };
    let end = if leads && alone && sign == Sign::Assigned {
        wide - reach[..wide].iter().rev().take_while(|b| matches!(b, b',' | b';')).count()
    } else {
        narrow
    };
    (end > 0).then_some(start..start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, word: &str) -> Option<(String, String)> {
        let start = text.find(word)?;
        let found = Assignment::read(text.as_bytes(), start, start + word.len())?;
        Some((text[found.name].to_owned(), text[found.value].to_owned()))
    }

    #[test]
    fn a_value_is_found_in_every_notation() {
        for (text, name, value) in [
            ("password = abc", "password", "abc"),
            ("db.password: a,b;c!\n", "db.password", "a,b;c!"),
            (r#"{"dbPassword": "abc", "x": 1}"#, "dbPassword", "abc"),
            (r#"{\"password\": \"abc\"}"#, "password", "abc"),
            ("config['password'] = 'abc'", "password", "abc"),
            ("PASSWORD := `abc`", "PASSWORD", "abc"),
            ("<password>abc</password>", "password", "abc"),
            (r#"setPassword("abc")"#, "setPassword", "abc"),
            (r#"put("password", "abc")"#, "password", "abc"),
            ("tool --password abc --x", "--password", "abc"),
            ("ENV DB_PASSWORD abc", "DB_PASSWORD", "abc"),
            ("machine a login b password abc", "password", "abc"),
            (r#"<add key="password" value="abc"/>"#, "password", "abc"),
            ("- name: DB_PASSWORD\n  value: abc\n", "DB_PASSWORD", "abc"),
            (r#"{"name":"password","value":"abc"}"#, "password", "abc"),
            ("?user=x&password=abc&b=c", "password", "abc"),
            ("password = b\"abc\"", "password", "abc"),
            ("password: \"\"\"abc\"\"\"", "password", "abc"),
            ("<password><![CDATA[abc]]></password>", "password", "abc"),
            (r#"<string name="password">abc</string>"#, "password", "abc"),
            ("<th>password</th>\n<td class=\"x\"><code>abc</code></td>", "password", "abc"),
            ("- **password**: abc", "password", "abc"),
            ("**password:** abc", "password", "abc"),
            ("DB_PASSWORD ?= abc\n", "DB_PASSWORD", "abc"),
            ("set -gx DB_PASSWORD abc\n", "DB_PASSWORD", "abc"),
            ("set $password \"abc\";", "password", "abc"),
            ("std::string password{\"abc\"};", "password", "abc"),
            (r#"{"Name":"/p/password","Type":"Secure","Value":"abc"}"#, "password", "abc"),
            (r#"{"value":"abc","name":"password"}"#, "password", "abc"),
            ("&quot;password&quot;:&quot;abc&quot;", "password", "abc"),
            ("password\x1b[0m=\x1b[33mabc\x1b[0m", "password", "abc"),
            ("ALTER USER a WITH PASSWORD 'abc'", "PASSWORD", "abc"),
            ("    password\n      xq7Gkd0Zp4bVw2Yt\n", "password", "xq7Gkd0Zp4bVw2Yt"),
        ] {
            let word = if text.contains("ASSWORD") { "ASSWORD" } else { "assword" };
            assert_eq!(read(text, word), Some((name.into(), value.into())), "{text}");
        }
    }

    #[test]
    fn nothing_is_assigned_where_no_sign_stands() {
        for text in [
            "the password is long",
            "password",
            "password =",
            "password\n",
            "password()",
            "password\nletmein\n",
            "password\nxq7Gkd0Zp4bVw2Yt qrst\n",
            "password\nsecretaryOffice12\n",
        ] {
            assert_eq!(read(text, "assword"), None, "{text}");
        }
    }
}
