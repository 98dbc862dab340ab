//! What people, programs and templates write in place of a credential.

use crate::decode::base64;

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
/// Why a value stands in place of a credential; `None` when it may be one.
pub(in crate::credential) fn stands_in(value: &[u8]) -> Option<&'static str> {
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
    if is_named_constant(value) {
        return Some("a placeholder");
    }
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_word = WHOLE_WORDS.contains(&plain.as_str());
    let has_word = PART_WORDS.iter().any(|word| lower.contains(word));
    let masked = ["***", "•••", "xxxx", "...", "…", "---"].iter().any(|mask| lower.contains(mask));
    (is_word || has_word || masked || plain.is_empty()).then_some("a placeholder")
}

/// What a template is to be filled with: `@ESXI_PASSWORD`, `DB_PASSWORD_1`.
fn is_named_constant(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] =
        [b"PASSWORD", b"PASSWD", b"PASSPHRASE", b"SECRET", b"TOKEN", b"CREDENTIAL"];
    let name = value.strip_prefix(b"@").unwrap_or(value);
    let of_name = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    name.contains(&b'_')
        && name.iter().all(of_name)
        && WORDS.iter().any(|word| memchr::memmem::find(name, word).is_some())
}

/// What only a key opens, or nobody: values of SOPS, Jasypt, Vault, sealed secrets, and salted hashes.
fn is_sealed(value: &[u8]) -> bool {
    let marks: [&[u8]; 23] = [
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
        b"PBKDF2",
        b"{SSHA",
        b"{SHA",
        b"{bcrypt}",
        b"AQICAH",
        b"SCRAM-SHA-",
        b"NACL[",
        // As Django writes them.
        b"md5$",
        b"sha1$",
        b"bcrypt$",
        b"bcrypt_sha256$",
        b"scrypt$",
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
