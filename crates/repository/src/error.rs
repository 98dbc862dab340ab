//! What can go wrong with a repository, and the way out.

use std::path::PathBuf;

use claviger_dial::DialError;

/// A repository that cannot be fetched or read.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The address is none that is read.
    #[error("`{address}` is no address of a repository: {why}")]
    Address {
        /// What was given, without a password.
        address: String,
        /// What is wrong with it.
        why: &'static str,
        /// How to say it right.
        hint: &'static str,
    },
    /// The address leads where nothing is dialled, or its name does not resolve.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// There is no repository in a folder.
    #[error("there is no git repository in `{}`", .0.display())]
    NoRepository(PathBuf),
    /// Its format is not read.
    #[error("the repository {0}, which is not read")]
    Format(&'static str),
    /// A file of it cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The index of a pack is damaged.
    #[error("`{}` is {why}", .path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// How.
        why: &'static str,
    },
    /// There is no `git` program.
    #[error("the `git` program is needed to fetch `{0}`")]
    NoGit(String),
    /// The program cannot be run, or its folder not be made.
    #[error("cannot run `git`")]
    Run(#[source] std::io::Error),
    /// The program refused.
    #[error("git cannot fetch `{address}`: {said}")]
    Git {
        /// What was to be fetched.
        address: String,
        /// What it said.
        said: String,
    },
    /// It took too long.
    #[error("fetching `{address}` took more than {seconds} s")]
    TooLong {
        /// What was to be fetched.
        address: String,
        /// The limit.
        seconds: u64,
    },
    /// It is too large.
    #[error("`{address}` takes more than {bytes_max} bytes")]
    TooLarge {
        /// What was to be fetched.
        address: String,
        /// The limit.
        bytes_max: u64,
    },
}

impl RepositoryError {
    /// Whether it took more time or room than is given: so it will when it is tried again soon.
    #[must_use]
    pub fn is_beyond_bounds(&self) -> bool {
        matches!(self, Self::TooLong { .. } | Self::TooLarge { .. })
    }

    /// The way out, where there is one to name.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { hint, .. } => hint,
            Self::Dial(error) => return Some(error.hint()),
            Self::NoRepository(_) => "name the folder that holds `.git`, or a bare repository",
            Self::Format(_) => "clone it anew with git's usual format, and name the clone",
            Self::Read { .. } => "let the user that Claviger runs as read it",
            Self::Index { .. } => "check it with `git fsck`",
            Self::NoGit(_) => {
                "install git, or clone the repository elsewhere and name it as `git+file:///PATH`"
            }
            Self::Run(_) => "look at the rights and the room of the temporary and the data folder",
            Self::Git { said, .. } => return Some(hint_of(said).to_owned()),
            Self::TooLong { .. } | Self::TooLarge { .. } => {
                "clone it by hand and name the clone as `git+file:///PATH`"
            }
        };
        Some(hint.to_owned())
    }
}

/// The way out of what git said.
fn hint_of(said: &str) -> &'static str {
    let said = said.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["host key verification"]) {
        "let the user that Claviger runs as know the host's key: `ssh-keyscan -p PORT HOST >> ~/.ssh/known_hosts`"
    } else if says(&[
        "authentication failed",
        "could not read username",
        "permission denied",
        "403",
    ]) {
        "give a token that may read it, or an ssh key to the user that Claviger runs as"
    } else if says(&["not found", "does not appear to be a git repository", "404"]) {
        "check the address; a private repository that a token does not open is `not found`, too"
    } else if says(&["could not resolve", "connection refused", "timed out", "could not connect"]) {
        "check that the host is up and reachable from this machine"
    } else {
        "try it by hand: `git ls-remote ADDRESS`"
    }
}
