//! Whether a value that only its name gives away is a credential: what people, programs and templates
//! write in its place is told apart, each with its reason.

use crate::decode::base64;
use crate::rule::{entropy, is_placeholder, is_random, is_worded};

/// Shortest password that is reported.
const PASSWORD_MIN: usize = 6;
/// Shortest token or key that is reported.
const TOKEN_MIN: usize = 12;
/// Longest of either: what is longer is a document.
const VALUE_MAX: usize = 512;
/// Longest password that a person or a generator makes.
const PASSWORD_MAX: usize = 128;
/// Share of the entropy of random text of the same length and alphabet, below which text was made up.
pub(super) const ENTROPY_SHARE: f64 = 0.7;
/// The same where some of the text is drawn from fewer characters than the rest.
pub(super) const ENTROPY_SHARE_MIXED: f64 = 0.5;
/// Words that stand in place of a value, in lower case. A value is one when it is nothing else.
const WHOLE_WORDS: [&str; 26] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "null",
    "none",
    "nil",
    "undefined",
    "true",
    "false",
    "required",
    "optional",
    "string",
    "text",
    "hidden",
    "test",
    "default",
    "empty",
    "admin",
    "username",
    "apikey",
    "credential",
    "credentials",
    "unknown",
    "value",
];
/// Words that say so anywhere in a value.
const PART_WORDS: [&str; 20] = [
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "redacted",
    "replace",
    "insert",
    "your_",
    "your-",
    "yourapi",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpass",
    "youraccess",
    "my_secret",
    "my-secret",
    "mypass",
    "anonymous",
];
/// What names of values that are no credentials end with, letters and digits only.
const OTHER_NAMES: [&str; 69] = [
    "encode",
    "decode",
    "split",
    "replace",
    "startswith",
    "endswith",
    "manager",
    "provider",
    "handler",
    "factory",
    "validator",
    "address",
    "contract",
    "hash",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "checksum",
    "digest",
    "integrity",
    "fingerprint",
    "etag",
    "commit",
    "id",
    "ids",
    "name",
    "names",
    "url",
    "uri",
    "path",
    "file",
    "filename",
    "type",
    "ref",
    "regex",
    "pattern",
    "length",
    "size",
    "count",
    "limit",
    "policy",
    "field",
    "label",
    "placeholder",
    "prompt",
    "title",
    "hint",
    "message",
    "expires",
    "expiry",
    "version",
    "arn",
    "algorithm",
    "format",
    "prefix",
    "header",
    "endpoint",
    "nexttoken",
    "pagetoken",
    "startingtoken",
    "continuationtoken",
    "changetoken",
    "clienttoken",
    "idempotencytoken",
    "producttoken",
    "exporttoken",
    "importtoken",
];

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Worth {
    /// A credential, so sure.
    Credential(f64),
    /// None; the reason in words.
    Not(&'static str),
    /// Nothing that anybody would ask about.
    Nothing,
}

/// Why a value stands in place of a credential; `None` when it may be one.
pub(super) fn stands_in(value: &[u8]) -> Option<&'static str> {
    let lower = String::from_utf8_lossy(value).to_lowercase();
    if is_reference(&lower) {
        return Some("a reference to a value elsewhere");
    }
    if is_sealed(value) {
        return Some("encrypted, or a hash");
    }
    if let Some(text) = base64(value).filter(|text| text.len() >= 6 && text.is_ascii())
        && stands_in(text.trim_ascii()).is_some()
    {
        return Some("a placeholder");
    }
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_word = WHOLE_WORDS.contains(&plain.as_str());
    let has_word = PART_WORDS.iter().any(|word| lower.contains(word));
    let masked = ["***", "•••", "xxxx", "...", "…", "---"].iter().any(|mask| lower.contains(mask));
    (is_word || has_word || masked || plain.is_empty()).then_some("a placeholder")
}

/// What only a key opens, or nobody: values of SOPS, Jasypt, Vault, sealed secrets, and salted hashes.
fn is_sealed(value: &[u8]) -> bool {
    let marks: [&[u8]; 16] = [
        b"ENC[",
        b"ENC(",
        b"{cipher}",
        b"vault:v",
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$argon2",
        b"$5$",
        b"$6$",
        b"pbkdf2",
        b"{SSHA",
        b"{SHA",
        b"{bcrypt}",
        b"AQICAH",
        b"SCRAM-SHA-",
    ];
    let sealed = value.starts_with(b"Ag") && value.len() > 300;
    sealed || marks.iter().any(|mark| value.starts_with(mark))
}

/// Templates, variables, calls: `${X}`, `{{ x }}`, `<x>`, `%X%`, `$X`, `$(x)`, `process.env.X`, `vault:x`.
fn is_reference(lower: &str) -> bool {
    let begins =
        ["$", "{{", "{%", "<", "%{", "%(", "#{", "@{", "{", "vault:", "env:", "arn:", "ref+", "!"];
    let holds =
        ["${", "{{", "}}", "$(", "process.env", "getenv", "environ", "secrets.", "::", "->", "()"];
    let wrapped = lower.len() > 2 && lower.starts_with('%') && lower.ends_with('%');
    let format = ["%s", "%v", "%d", "%@", "{0}", "{}"].iter().any(|mark| lower.contains(mark));
    begins.iter().any(|mark| lower.starts_with(mark))
        || holds.iter().any(|mark| lower.contains(mark))
        || wrapped
        || format
}

/// Whether a name says that its value is something else: a hash, a path, a policy.
pub(super) fn names_other(plain_name: &str) -> bool {
    // `id` is no ending of `password` and its like, but `tokenid` is an id.
    let ends = |word: &&str| {
        plain_name.ends_with(*word) && (plain_name.len() > word.len() || word.len() > 8)
    };
    let words = [
        "public",
        "bypass",
        "compass",
        "passenger",
        "passive",
        "passport",
        "passthrough",
        "passed",
    ];
    OTHER_NAMES.iter().any(ends) || words.iter().any(|word| plain_name.contains(word))
}

/// What the value of a password is worth.
pub(super) fn password(value: &[u8], quoted: bool, leads: bool, sure: f64) -> Worth {
    if value.len() < PASSWORD_MIN || value.len() > VALUE_MAX {
        return Worth::Nothing;
    }
    if let Some(why) = stands_in(value) {
        return Worth::Not(why);
    }
    if value.len() > PASSWORD_MAX {
        return Worth::Nothing;
    }
    if is_uuid(value) {
        return Worth::Not("a UUID");
    }
    if value.contains(&b' ') || !value.iter().all(u8::is_ascii_graphic) {
        return Worth::Nothing;
    }
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let cases =
        value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase);
    let signs = value.iter().any(|byte| b"!@#$%^&*+=~?".contains(byte));
    let plain = quoted || leads;
    let counted = value.iter().all(u8::is_ascii_alphanumeric) && digits;
    if is_path(value) || is_constant(value) || (is_identifier(value) && !(plain && counted)) {
        return Worth::Nothing;
    }
    if (!quoted && is_expression(value)) || (!plain && (is_code(value) || is_worded(value))) {
        return Worth::Nothing;
    }
    if is_made_up(value) {
        return Worth::Not("a made-up value");
    }
    match (digits && letters, signs && letters, cases) {
        (true, true, _) => Worth::Credential(sure + 0.15),
        (true, false, true) => Worth::Credential(sure + 0.1),
        (true, ..) | (false, true, _) if quoted || leads => Worth::Credential(sure),
        (true, ..) | (false, true, _) => Worth::Credential(sure - 0.1),
        _ => Worth::Nothing,
    }
}

/// What the value of a token, a secret or a key is worth.
pub(super) fn token(value: &[u8], plain: bool, sure: f64) -> Worth {
    if value.len() < TOKEN_MIN || value.len() > VALUE_MAX {
        return Worth::Nothing;
    }
    if let Some(why) = stands_in(value) {
        return Worth::Not(why);
    }
    if is_uuid(value) {
        return Worth::Not("a UUID");
    }
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~:!@#$%^&*".contains(byte);
    // A drawn value of signs of all kinds, as frameworks make them.
    let drawn = plain && value.len() >= 40 && value.iter().all(u8::is_ascii_graphic);
    let body: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    // A drawn value may begin with a slash.
    let is_path =
        is_path(value) && !(body.len() + 4 >= value.len() && is_random(&body) && !is_worded(&body));
    if !(drawn || value.iter().all(fits)) || is_path || is_constant(value) {
        return Worth::Nothing;
    }
    if !plain && (is_code(value) || is_expression(value)) {
        return Worth::Nothing;
    }
    let hexadecimal = value.iter().all(u8::is_ascii_hexdigit);
    if is_made_up(value) {
        return Worth::Not("a made-up value");
    }
    if !is_dense(&body, if hexadecimal { 16 } else { 62 }, ENTROPY_SHARE) {
        return Worth::Nothing;
    }
    if hexadecimal {
        let mixed = body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_alphabetic);
        return match value.len() {
            16.. if mixed => Worth::Credential(sure),
            _ => Worth::Nothing,
        };
    }
    if is_worded(&body) {
        return Worth::Nothing;
    }
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    match is_random(&body) {
        true if body.len() >= 20 => Worth::Credential(sure + 0.15),
        true => Worth::Credential(sure),
        // One case and digits: as random as base 32 or 36 is.
        false if digits * 8 >= body.len() && !is_identifier(value) && body.len() >= 20 => {
            Worth::Credential(sure - 0.1)
        }
        false => Worth::Nothing,
    }
}

/// Whether text has its share of the entropy of random text drawn from so many characters.
pub(super) fn is_dense(text: &[u8], alphabet: usize, share: f64) -> bool {
    let most = (text.len().min(alphabet).max(2) as f64).log2();
    entropy(text) >= share * most
}

/// Whether text is typed along the keyboard, repeated or counted.
pub(super) fn is_made_up(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx"];
    let typed = rows.iter().any(|row| {
        row.as_bytes().windows(6).any(|keys| memchr::memmem::find(&lower, keys).is_some())
    });
    typed || is_placeholder(text)
}

/// RFC 9562: 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Paths, addresses, dates and versions.
fn is_path(text: &[u8]) -> bool {
    let lead = |mark: &[u8]| text.starts_with(mark);
    let slashes = text.iter().filter(|byte| **byte == b'/').count();
    let numeric = text.iter().all(|b| b.is_ascii_digit() || b"-:.TZ+/ ".contains(b));
    let words = text.split(|byte| *byte == b'/').filter(|part| part.len() > 1);
    let lower_words = words.clone().all(|part| part.iter().all(|b| !b.is_ascii_uppercase()));
    lead(b"/")
        || lead(b"./")
        || lead(b"../")
        || lead(b"~/")
        || memchr::memmem::find(text, b"://").is_some()
        || (slashes >= 2 && lower_words)
        || numeric
}

/// A constant of a program: `TLS13_CHACHA20_POLY1305_SHA256`, `D3DKMT_DEFRAG_ESCAPE_OPERATION`.
pub(super) fn is_constant(text: &[u8]) -> bool {
    let ties = text.iter().filter(|byte| **byte == b'_').count();
    let of_one = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    ties >= 2 && text.iter().all(of_one) && text.iter().any(u8::is_ascii_uppercase)
}

/// A call, a number, a pointer or an attribute of a program, which begin a line as settings do.
fn is_expression(text: &[u8]) -> bool {
    let named = text.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_.:".contains(b)).count();
    let rest = &text[named..];
    // Calls, generic types and elements of lists: `f(x)`, `Option<&str>`, `certs[0]`.
    let call = named > 2
        && (rest.starts_with(b"(")
            || (rest.starts_with(b"<") && text.ends_with(b">"))
            || (rest.starts_with(b"[") && text.ends_with(b"]")));
    let call = call || memchr::memmem::find(text, b"?.").is_some();
    let number = text.first().is_some_and(u8::is_ascii_digit)
        && text.len() <= 18
        && (text.starts_with(b"0x")
            || [&b"u8"[..], b"u16", b"u32", b"u64", b"i32", b"i64"]
                .iter()
                .any(|of| text.ends_with(of)));
    let begins: [&[u8]; 6] = [b"*const", b"*mut", b"#[", b"&mut", b"&self", b"*:"];
    call || number || begins.iter().any(|mark| text.starts_with(mark))
}

/// An expression of a program, where no quotes say that it is a text.
fn is_code(text: &[u8]) -> bool {
    let begins = text.first().is_some_and(|byte| b"*&@!-+.:?=~".contains(byte));
    let holds = text.iter().any(|byte| b"()=?*&!".contains(byte));
    let member = text.split(|byte| *byte == b'.').count() > 1
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(byte));
    begins || holds || member
}

/// Words of a program or a language tied together: `get_access_token`, `user.password.hint`,
/// `AccessTokenProvider`, `sha256-rsa`.
fn is_identifier(text: &[u8]) -> bool {
    let tied = |byte: &u8| matches!(byte, b'_' | b'-' | b'.' | b':' | b'/');
    let longest = if text.iter().any(tied) { 4 } else { 2 };
    let mut parts = text.split(tied);
    parts.all(|part| {
        let letters = part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let digits = part.len() - letters;
        let tail = part.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let words = part.iter().all(u8::is_ascii_alphanumeric);
        // A word with a number after it, at most two digits long, is still a word; of several, `sha256` too.
        words
            && (digits == 0 || (letters == 0 && digits <= 4) || (digits == tail && tail <= longest))
    })
}

#[cfg(test)]
mod tests;
