//! Text of programs where a value could stand: names, calls, paths.

use crate::rule::is_random;

/// Paths, addresses, dates and versions.
pub(super) fn is_path(text: &[u8]) -> bool {
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
pub(in crate::credential) fn is_constant(text: &[u8]) -> bool {
    let ties = text.iter().filter(|byte| **byte == b'_').count();
    let of_one = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    ties >= 2 && text.iter().all(of_one) && text.iter().any(u8::is_ascii_uppercase)
}

/// A call, a number, a pointer or an attribute of a program, which begin a line as settings do.
pub(super) fn is_expression(text: &[u8]) -> bool {
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
pub(super) fn is_code(text: &[u8]) -> bool {
    let begins = text.first().is_some_and(|byte| b"*&@!-+.:?=~".contains(byte));
    // People end passwords with `!`; what is drawn holds any sign.
    let calls = text.iter().any(|byte| b"()".contains(byte));
    let asserts = text.windows(2).any(|pair| matches!(pair, [b'!', b'.' | b'=' | b'!']));
    let joins = text.iter().any(|byte| b"=?*&".contains(byte));
    let body = || text.iter().copied().filter(u8::is_ascii_alphanumeric).collect::<Vec<u8>>();
    let holds = calls || asserts || (joins && !is_random(&body()));
    let member = text.split(|byte| *byte == b'.').count() > 1
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._$".contains(byte));
    begins || holds || member
}

/// Words of a program or a language tied together: `get_access_token`, `user.password.hint`,
/// `AccessTokenProvider`, `sha256-rsa`.
pub(super) fn is_identifier(text: &[u8]) -> bool {
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

/// Whether a value says its name again, as programs pass things on: `self.password2 = password2`,
/// `passphrase=new_passphrase)`, `passphrase=passphrase_1`, `"password": config.v3.password`.
pub(in crate::credential) fn echoes(name: &[u8], value: &[u8], quoted: bool) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.$[]".contains(byte);
    let last = |text: &[u8]| {
        let part = text.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        part.to_ascii_lowercase()
    };
    let (name, last) = (last(name), last(value));
    if name.is_empty() || !value.iter().all(is_name) {
        return false;
    }
    let counted = last.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let tied = last.contains(&b'_')
        && (last.ends_with(&name)
            || last[..last.len() - counted].strip_suffix(b"_") == Some(name.as_slice()));
    last == name || (!quoted && tied)
}

/// Whether a value is the next name of a list, `("password1", "password2")`, or what a list is asked for,
/// `credentials.get("snmpV2cWrite")`. `between` is what lies between it and the name before.
pub(in crate::credential) fn is_listed(name: &[u8], between: &[u8], value: &[u8]) -> bool {
    const ASKS: [&[u8]; 7] =
        [b".get", b".has", b".pop", b".includes", b".getItem", b".indexOf", b".contains"];
    const DRAWN_MIN: usize = 16;
    const WORDS: [&[u8]; 7] = [b"pass", b"pwd", b"key", b"token", b"secret", b"cred", b"auth"];
    let bare = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"'`\\".contains(byte);
    let is_next = between.iter().filter(bare).eq(b",");
    let is_asked = between.contains(&b'(') && ASKS.iter().any(|call| name.ends_with(call));
    let lower = value.to_ascii_lowercase();
    let is_named = || WORDS.iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_drawn = value.len() >= DRAWN_MIN && is_random(value);
    (is_asked || (is_next && is_named())) && value.iter().all(is_name) && !is_drawn
}
