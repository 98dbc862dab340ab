//! Repositories of source code that are watched, and where in one something stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::RepositoryId;

/// Hosts whose pages lie at the same name as what git is given.
const KNOWN_HOSTS: [&str; 5] =
    ["github.com", "gitlab.com", "gitee.com", "bitbucket.org", "codeberg.org"];

/// A repository that is watched. Its token is kept sealed elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedRepository {
    /// Derived from its address.
    pub id: RepositoryId,
    /// The name a person gave it, unique.
    pub name: String,
    /// `git+https://…`, `git+ssh://…` or `git+file:///…`.
    pub address: String,
    /// Whether anybody may read it.
    pub public: bool,
    /// The name that its token is given with; `None` where it has no token.
    pub login: Option<String>,
    /// How often it is looked at, in seconds.
    pub interval_seconds: u64,
    /// Who added it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// How its reading stands.
    pub scan: RepositoryScan,
}

impl WatchedRepository {
    /// How it fares, in a word: `failing`, `waiting` for its first reading, `reading` it, or `watched`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match &self.scan {
            scan if scan.failure.is_some() => "failing",
            scan if scan.scanned_at.is_some() => "watched",
            scan if scan.blobs > 0 => "reading",
            _ => "waiting",
        }
    }
}

/// How the reading of a repository stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepositoryScan {
    /// When it was read to its end last.
    pub scanned_at: Option<Timestamp>,
    /// A mark of what its names pointed to then.
    pub tip: Option<String>,
    /// Commits read so far.
    pub commits: u64,
    /// Files and messages read so far, each once.
    pub blobs: u64,
    /// How many of them could not be read, or not to their end.
    pub unread: u64,
    /// Why the latest of those could not.
    pub unread_why: Option<String>,
    /// What stands in the way of reading it now, with the way out.
    pub failure: Option<String>,
    /// Since when.
    pub failing_since: Option<Timestamp>,
}

/// Where in a repository something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePlace {
    /// The repository.
    pub repository_id: RepositoryId,
    /// Its address, as it is watched.
    pub repository: String,
    /// The file; `None`: the words of the commit or tag itself.
    pub file: Option<String>,
    /// Who wrote it: `Li Wei <li.wei@example.com>`.
    pub author: String,
    /// The commit that brought it, in 40 hexadecimal digits.
    pub commit: String,
}

impl CodePlace {
    /// The page of the repository, where its host has one: `https://HOST/OWNER/NAME`.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        home_of(&self.repository)
    }

    /// The page of the file as it was then, at a line; of the commit where it stands in its words.
    #[must_use]
    pub fn link(&self, line: u64) -> Option<String> {
        let (home, commit) = (self.home()?, &self.commit);
        let Some(file) = self.file.as_deref().map(escaped) else { return self.commit_link() };
        Some(match host_of(&home) {
            "bitbucket.org" => format!("{home}/src/{commit}/{file}#lines-{line}"),
            "codeberg.org" => format!("{home}/src/commit/{commit}/{file}#L{line}"),
            "gitlab.com" => format!("{home}/-/blob/{commit}/{file}#L{line}"),
            _ => format!("{home}/blob/{commit}/{file}#L{line}"),
        })
    }

    /// The page of the commit.
    #[must_use]
    pub fn commit_link(&self) -> Option<String> {
        let home = self.home()?;
        Some(match host_of(&home) {
            "bitbucket.org" => format!("{home}/commits/{}", self.commit),
            "gitlab.com" => format!("{home}/-/commit/{}", self.commit),
            _ => format!("{home}/commit/{}", self.commit),
        })
    }

    /// The page of what the author did there, on hosts that have one by mail address.
    #[must_use]
    pub fn author_link(&self) -> Option<String> {
        let (home, mail) = (self.home()?, self.mail()?);
        (host_of(&home) == "github.com").then(|| format!("{home}/commits?author={}", escaped(mail)))
    }

    /// Whether a name, a mail address or both together are the author's.
    #[must_use]
    pub fn is_by(&self, user: &str) -> bool {
        let name = self.author.split(" <").next().unwrap_or_default();
        !user.is_empty() && (self.author == user || name == user || self.mail() == Some(user))
    }

    /// Whether an address is the repository's, as it is watched or as a person reads it.
    #[must_use]
    pub fn is_in(&self, address: &str) -> bool {
        let plain = |text: &str| {
            let text = text.trim_end_matches('/');
            let text = text.strip_prefix("git+").unwrap_or(text);
            text.strip_suffix(".git").unwrap_or(text).to_owned()
        };
        let asked = plain(address);
        asked == plain(&self.repository) || self.home().is_some_and(|home| home == asked)
    }

    fn mail(&self) -> Option<&str> {
        self.author.rsplit_once('<')?.1.strip_suffix('>').filter(|mail| !mail.is_empty())
    }
}

/// The page of a repository: for `https` at the same place, for others where its host is known to have one.
fn home_of(address: &str) -> Option<String> {
    let address = address.strip_prefix("git+")?;
    let (scheme, rest) = address.split_once("://")?;
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    match scheme {
        "https" => Some(format!("https://{rest}")),
        "ssh" => {
            let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
            let host = rest.split('/').next().unwrap_or_default();
            KNOWN_HOSTS.contains(&host).then(|| format!("https://{rest}"))
        }
        _ => None,
    }
}

fn host_of(home: &str) -> &str {
    home.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// A path as part of an address: what is neither a letter, a digit nor plain is escaped.
fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(repository: &str) -> CodePlace {
        CodePlace {
            repository_id: RepositoryId::derived(&[repository]),
            repository: repository.to_owned(),
            file: Some("ci/a b#1.sh".to_owned()),
            author: "Li Wei <li.wei@acme.cn>".to_owned(),
            commit: "c0ffee".repeat(6) + "c0ff",
        }
    }

    #[test]
    fn a_place_links_to_the_pages_that_its_host_has() {
        let commit = place("").commit;
        let link = |address: &str| place(address).link(4);
        let github = format!("https://github.com/ann/tools/blob/{commit}/ci/a%20b%231.sh#L4");
        assert_eq!(link("git+https://github.com/ann/tools.git"), Some(github.clone()));
        assert_eq!(link("git+ssh://git@github.com/ann/tools"), Some(github));
        assert_eq!(link("git+ssh://git@code.acme.cn/ann/tools"), None);
        assert_eq!(link("git+file:///srv/tools.git"), None);
        assert!(link("git+https://bitbucket.org/a/b").unwrap().contains("/src/"));
        let words = CodePlace { file: None, ..place("git+https://code.acme.cn/a/b/") };
        assert_eq!(words.link(1), Some(format!("https://code.acme.cn/a/b/commit/{commit}")));
        let author = place("git+https://github.com/ann/tools").author_link().unwrap();
        assert_eq!(author, "https://github.com/ann/tools/commits?author=li.wei@acme.cn");
    }

    #[test]
    fn a_place_is_known_by_its_repository_and_its_author_however_they_are_written() {
        let place = place("git+ssh://git@github.com/ann/tools.git");
        for address in [
            "git+ssh://git@github.com/ann/tools.git",
            "ssh://git@github.com/ann/tools/",
            "https://github.com/ann/tools",
        ] {
            assert!(place.is_in(address), "{address}");
        }
        assert!(!place.is_in("https://github.com/ann/tool") && !place.is_in(""));
        for user in ["Li Wei", "li.wei@acme.cn", "Li Wei <li.wei@acme.cn>"] {
            assert!(place.is_by(user), "{user}");
        }
        assert!(!place.is_by("Li") && !place.is_by(""));
    }
}
