//! The address of a repository, as people write it: `git+https://…`, `git+ssh://…`, `git+file:///…`.
//!
//! What git itself would take beside that is refused: `ext::` and the like run a program, a name that begins with
//! `-` is an option, and a password in an address stands in lists of processes and on disk.

use std::path::{Component, Path, PathBuf};

use claviger_dial::reqwest::Url;

use crate::RepositoryError;

/// Longest address.
const CHARS_MAX: usize = 2_000;

/// An address that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// It lies elsewhere.
    Elsewhere {
        /// As git takes it; without a password.
        url: String,
        /// `https`, `http` or `ssh`.
        scheme: &'static str,
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// It lies on this machine.
    Here(PathBuf),
}

impl Address {
    /// Understands an address.
    ///
    /// # Errors
    /// It is none, or one that is not to be followed; and how to say it right.
    pub fn parse(text: &str) -> Result<Self, RepositoryError> {
        let refuse = |why, hint| {
            Err(RepositoryError::Address { address: without_password(text), why, hint })
        };
        const FORMS: &str =
            "write it as `git+https://HOST/PATH`, `git+ssh://git@HOST/PATH` or `git+file:///PATH`";
        let Some(address) = text.strip_prefix("git+") else {
            return refuse("it does not begin with `git+`", FORMS);
        };
        if text.len() > CHARS_MAX || text.chars().any(|sign| sign.is_control() || sign == ' ') {
            return refuse("it holds a space or a sign that no address has, or is too long", FORMS);
        }
        if let Some(path) = address.strip_prefix("file://") {
            return match here(path) {
                Some(path) => Ok(Self::Here(path)),
                None => refuse(
                    "a path on this machine begins at the root and goes down only",
                    "write it as `git+file:///srv/git/app.git`",
                ),
            };
        }
        let Ok(url) = Url::parse(address) else { return refuse("it is no address", FORMS) };
        let (scheme, usual_port) = match url.scheme() {
            "https" => ("https", 443),
            "http" => ("http", 80),
            "ssh" => ("ssh", 22),
            _ => return refuse("git repositories are not read this way", FORMS),
        };
        // What reads addresses of the web passes over slashes, and takes a folder for a host.
        let names_a_folder =
            address.split_once("://").is_none_or(|(_, rest)| rest.starts_with('/'));
        let Some(host) = url.host_str().filter(|host| is_host(host) && !names_a_folder) else {
            return refuse("it names no host", FORMS);
        };
        if url.password().is_some() || (scheme != "ssh" && !url.username().is_empty()) {
            return refuse(
                "a name or password does not belong into an address",
                "leave it out: give the token beside the address, or let git's credential helper keep it",
            );
        }
        if !is_user(url.username()) {
            return refuse(
                "the name of its user holds a sign that none has",
                "write it in letters, digits, `.`, `_`, `-`, `+` and `@`, as in `git+ssh://git@HOST/PATH`",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it holds a question, a fragment or an option", FORMS);
        }
        let (host, port) = (host.to_owned(), url.port().unwrap_or(usual_port));
        Ok(Self::Elsewhere { url: url.into(), scheme, host, port })
    }
}

/// A path that begins at the root, goes down only, and has no sign of an address in it.
fn here(path: &str) -> Option<PathBuf> {
    let plain = !path.contains(['%', '?', '#', '\0']);
    let path = Path::new(path);
    let goes_down = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
    (plain && path.is_absolute() && path.components().all(goes_down)).then(|| path.to_owned())
}

/// Whether a host is one: nothing that a program would take for an option.
fn is_host(host: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !host.is_empty() && !host.starts_with('-') && host.bytes().all(letter)
}

/// Whether a name of a user is one. Git takes the percent signs out of an address before it looks for the host in
/// it: a name that holds `/` so written would lead elsewhere, and one that begins with `-` be an option.
fn is_user(name: &str) -> bool {
    let mut plain = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let mut byte = [*first];
        rest = after;
        if *first == b'%' {
            let Some((digits, after)) = rest.split_at_checked(2) else { return false };
            if hex::decode_to_slice(digits, &mut byte).is_err() {
                return false;
            }
            rest = after;
        }
        plain.extend(byte);
    }
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._+@~".contains(byte);
    plain.iter().all(letter) && !plain.starts_with(b"-")
}

/// An address without the password that it may carry.
pub(crate) fn without_password(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = place.rsplit('@').next().unwrap_or(place);
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_three_kinds() {
        let check = |text: &str, url: &str, port: u16| match Address::parse(text).unwrap() {
            Address::Elsewhere { url: found, port: at, .. } => {
                assert_eq!((&*found, at), (url, port))
            }
            Address::Here(path) => panic!("{text}: {path:?}"),
        };
        check("git+https://code.acme.cn/a/b.git", "https://code.acme.cn/a/b.git", 443);
        check("git+http://code.acme.cn:8080/a", "http://code.acme.cn:8080/a", 8080);
        check("git+ssh://git@code.acme.cn/a/b", "ssh://git@code.acme.cn/a/b", 22);
        // A name with a host in it, as some hosts have their users sign in.
        check(
            "git+ssh://mei%40acme.cn@code.acme.cn:2222/a",
            "ssh://mei%40acme.cn@code.acme.cn:2222/a",
            2222,
        );
        let here = Address::parse("git+file:///srv/git/app.git").unwrap();
        assert_eq!(here, Address::Here("/srv/git/app.git".into()));
    }

    #[test]
    fn what_runs_something_or_leads_elsewhere_is_refused_with_the_way_out() {
        for text in [
            "ext::sh -c touch% /tmp/x",
            "git+ext::sh",
            "git+ext::sh%20-c",
            "git+--upload-pack=touch",
            "git+ssh://-oProxyCommand=touch/x",
            "git+ssh://-oProxyCommand=x@host/x",
            "git+ssh://%2doProxyCommand=x@host/x",
            "git+ssh://other.acme.cn%2Fx@host/x",
            "git+ssh://other.acme.cn%3A22@host/x",
            "git+ssh://a%0ab@host/x",
            "git+ssh://a%00@host/x",
            "git+ssh://a%zz@host/x",
            "git+ssh://a%4@host/x",
            "git+file://../etc",
            "git+file:///srv/../etc/passwd",
            "git+file://host/share",
            "git+file:///srv/%2e%2e/x",
            "git+ftp://host/x",
            "git+https:///x",
            "git+https://user:secret@host/x",
            "git+https://token@host/x",
            "git+https://host/x?service=git-receive-pack",
            "git+https://host/a b",
            "git+https://host/a\nb",
            "https://host/a",
            "git+fd::7",
            "/etc/passwd",
            "",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.hint().is_some(), "{text}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
