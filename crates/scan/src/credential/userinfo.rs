//! The user and the password in an address (RFC 3986 §3.2.1): `mysql://app:…@db.acme.cn/shop`.

use std::ops::Range;

use super::judge;

/// Longest scheme, user, password and host.
const SCHEME_MAX: usize = 24;
pub(super) const USERINFO_MAX: usize = 256;
const HOST_MAX: usize = 128;
/// Passwords that everybody tries first.
const WEAK: [&str; 12] = [
    "root", "admin", "password", "123456", "1234", "12345678", "guest", "postgres", "test",
    "secret", "pass", "toor",
];

/// An address with a password.
pub(super) struct Userinfo {
    /// The scheme in lower case.
    pub(super) scheme: String,
    pub(super) user: Range<usize>,
    pub(super) password: Range<usize>,
    pub(super) host: Range<usize>,
}

impl Userinfo {
    /// The address around the `://` at `start..end`; `None` where there is no password in it.
    pub(super) fn read(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let reach = &text[end..text.len().min(end + USERINFO_MAX)];
        let stop = |byte: &u8| *byte <= b' ' || b"/\"'`<>\\?#".contains(byte);
        let reach = &reach[..reach.iter().position(stop).unwrap_or(reach.len())];
        let at = end + memchr::memrchr(b'@', reach)?;
        let colon = end + memchr::memchr(b':', &text[end..at])?;
        let is_scheme =
            |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'+' | b'-' | b'.' | b'_');
        let length = text[..start].iter().rev().take(SCHEME_MAX).take_while(is_scheme).count();
        let scheme = String::from_utf8_lossy(&text[start - length..start]).to_lowercase();
        let is_host = |b: &&u8| b.is_ascii_alphanumeric() || b".-_:[],${}".contains(b);
        let host = text[at + 1..].iter().take(HOST_MAX).take_while(is_host).count();
        (host > 0 && colon + 1 < at).then_some(Self {
            scheme,
            user: end..colon,
            password: colon + 1..at,
            host: at + 1..at + 1 + host,
        })
    }

    /// How sure the password is one that opens something, from `sure` on, with reasons; `Err` with the
    /// reason when it is none.
    pub(super) fn judge(&self, text: &[u8], sure: f64) -> Result<(f64, Vec<String>), &'static str> {
        let part =
            |range: &Range<usize>| String::from_utf8_lossy(&text[range.clone()]).into_owned();
        let (user, password, host) = (part(&self.user), part(&self.password), part(&self.host));
        let lower = password.to_lowercase();
        let is_weak = WEAK.contains(&lower.as_str());
        if !is_weak && let Some(why) = judge::stands_in(password.as_bytes()) {
            return Err(why);
        }
        if judge::stands_in(host.as_bytes()) == Some("a reference to a value elsewhere")
            || ["host", "hostname", "server", "example.com", "example.org", "example.net"]
                .iter()
                .any(|word| {
                    host == *word
                        || host.starts_with(&format!("{word}:"))
                        || host.ends_with(&format!(".{word}"))
                })
        {
            return Err("an address in documentation");
        }
        let nobody = ["user", "username", "login", "name"].contains(&user.to_lowercase().as_str());
        if is_weak
            && (nobody
                || ((lower == user.to_lowercase() || lower.starts_with("pass")) && is_local(&host)))
        {
            return Err("a placeholder");
        }
        if password.len() < 3 {
            return Err("a placeholder");
        }
        let mut why = Vec::new();
        let mut sure = sure;
        if !user.is_empty() {
            why.push(format!("user `{user}` at `{host}`"));
        } else {
            why.push(format!("at `{host}`"));
        }
        let one_word =
            password.len() <= 16 && password.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_weak || one_word || judge::is_made_up(password.as_bytes()) {
            sure -= 0.25;
            why.push("a weak password".to_owned());
        }
        if is_local(&host) {
            sure -= 0.2;
            why.push("only this machine is addressed".to_owned());
        }
        Ok((sure, why))
    }
}

fn is_local(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"].iter().any(|local| host.starts_with(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String, bool)> {
        let start = text.find("://")?;
        let found = Userinfo::read(text.as_bytes(), start, start + 3)?;
        let held = found.judge(text.as_bytes(), 0.8).is_ok();
        Some((found.scheme, text[found.password].to_owned(), held))
    }

    #[test]
    fn the_password_stands_between_the_first_colon_and_the_last_at() {
        let expect = |scheme: &str, password: &str| Some((scheme.into(), password.into(), true));
        assert_eq!(
            read("x=mysql://app:kd83jf@2@db.acme.cn:3306/shop"),
            expect("mysql", "kd83jf@2")
        );
        assert_eq!(read("\"redis://:kd83jfA2@10.0.0.7\""), expect("redis", "kd83jfA2"));
        assert_eq!(read("https://acme.cn/a:b@c"), None);
        assert_eq!(read("https://acme.cn:443"), None);
    }

    #[test]
    fn templates_and_documentation_are_told_apart() {
        for text in [
            "mysql://app:${PASSWORD}@db.acme.cn",
            "mysql://user:password@localhost/db",
            "postgres://user:pass@host:5432/db",
            "https://user:kd83jfA2@www.example.com/",
        ] {
            assert!(read(text).is_none_or(|(.., held)| !held), "{text}");
        }
    }
}
