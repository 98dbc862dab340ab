//! What can go wrong in an act or a job, in the words of this layer, with the way out.

use claviger_cloud::CloudError;
use claviger_history::HistoryError;
use claviger_identity::IdentityError;
use claviger_store::StoreError;

/// An act or a job that could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The thing named does not exist.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// How it was named.
        id: String,
    },
    /// Nobody is signed in, or the credentials are wrong.
    #[error("{0}")]
    NotSignedIn(String),
    /// The person's role does not allow the act.
    #[error("`{act}` needs the role {needed}, and {who} is {role}")]
    Forbidden {
        /// What was asked for.
        act: &'static str,
        /// The role it needs.
        needed: &'static str,
        /// Who asked.
        who: String,
        /// Their role.
        role: &'static str,
    },
    /// The token that was shown is not for the act.
    #[error("`{act}` needs the scope `{needed}`, which the token `{token}` has not")]
    OutOfScope {
        /// What was asked for.
        act: &'static str,
        /// The scope it needs.
        needed: &'static str,
        /// The token's name.
        token: String,
    },
    /// Somebody may not sign in, whoever vouches for them.
    #[error("{message}")]
    NotAdmitted {
        /// Why.
        message: String,
        /// The way out.
        hint: String,
    },
    /// The sign-in provider did not vouch for anybody.
    #[error("single sign-on did not come to its end")]
    Identity(#[from] IdentityError),
    /// What was given does not make sense.
    #[error("{message}")]
    Invalid {
        /// The field, as the API names it.
        field: &'static str,
        /// What is wrong with it.
        message: String,
        /// How to say it right.
        hint: String,
    },
    /// The thing is not in a state that allows the act.
    #[error("{message}")]
    Conflict {
        /// What stands in the way.
        message: String,
        /// The way out.
        hint: String,
    },
    /// More comes in than can be written; what was sent must be sent again.
    #[error("more log lines are on their way than there is room for")]
    Busy {
        /// After so many seconds there may be room.
        retry_after_seconds: u64,
    },
    /// A password was tried too often.
    #[error("too many wrong passwords were tried")]
    TooManyTries {
        /// After so many seconds it may be tried again.
        retry_after_seconds: u64,
    },
    /// What was sent cannot be taken in.
    #[error("the lines cannot be taken in")]
    Feed(#[from] claviger_feed::FeedError),
    /// A cloud refused or could not be reached.
    #[error("the cloud did not carry it out")]
    Cloud(#[from] CloudError),
    /// A message could not be delivered.
    #[error("the message could not be delivered")]
    Notify(#[from] claviger_notify::NotifyError),
    /// The state could not be read or written.
    #[error("the database did not carry it out")]
    Store(#[from] StoreError),
    /// The history could not be read or written.
    #[error("the history did not carry it out")]
    History(#[from] HistoryError),
    /// A sealed credential cannot be opened.
    #[error("the sealed credential of `{0}` cannot be opened with this installation's key")]
    Seal(String),
    /// The installation's folder cannot be used.
    #[error("cannot use `{path}`")]
    Folder {
        /// The path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The place data cannot be used.
    #[error(transparent)]
    Places(#[from] crate::places::PlacesError),
    /// Another process works in the same folder.
    #[error("another `claviger serve` works in `{0}`")]
    Occupied(String),
    /// The service is being stopped; what was begun goes on when it runs again.
    #[error("the service is being stopped")]
    Stopping,
    /// Something inside is wrong.
    #[error("{0}")]
    Internal(String),
}

/// The command that lists things of a kind.
fn lists_of(what: &str) -> Option<&'static str> {
    Some(match what {
        "connection" => "connections",
        "source" => "sources",
        "asset" => "assets",
        "risk event" => "events",
        "user" => "users",
        "token" => "tokens",
        _ => return None,
    })
}

impl ServiceError {
    /// A stable word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::NotSignedIn(_) => "not_signed_in",
            Self::Forbidden { .. } => "forbidden",
            Self::OutOfScope { .. } => "out_of_scope",
            Self::NotAdmitted { .. } => "not_admitted",
            Self::Identity(error) => error.code(),
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "conflict",
            Self::Busy { .. } => "busy",
            Self::TooManyTries { .. } => "too_many_tries",
            Self::Feed(error) => error.code(),
            Self::Cloud(error) => error.code(),
            Self::Notify(_) => "not_delivered",
            Self::Store(_) | Self::History(_) | Self::Folder { .. } if self.is_full() => {
                "disk_full"
            }
            Self::Store(_) => "database",
            Self::History(_) => "history",
            Self::Seal(_) => "sealed",
            Self::Folder { .. } => "folder",
            Self::Places(_) => "places",
            Self::Occupied(_) => "occupied",
            Self::Stopping => "stopping",
            Self::Internal(_) => "internal",
        }
    }

    /// The way out, where there is one to name.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid { hint, .. }
            | Self::Conflict { hint, .. }
            | Self::NotAdmitted { hint, .. } => Some(hint.clone()),
            Self::Identity(error) => Some(error.hint()),
            Self::NotSignedIn(_) => {
                Some("sign in again, or give a token: `Authorization: Bearer …`".to_owned())
            }
            Self::Forbidden { .. } => Some("ask an admin for the role".to_owned()),
            Self::OutOfScope { needed, .. } => Some(format!(
                "make a token that has it: `claviger tokens add NAME --scope {needed}`"
            )),
            Self::Busy { retry_after_seconds } => {
                Some(format!("send it again in {retry_after_seconds} s"))
            }
            Self::TooManyTries { retry_after_seconds } => {
                Some(format!("try again in {retry_after_seconds} s"))
            }
            Self::Feed(error) => Some(error.hint()),
            Self::Cloud(error) => Some(error.hint()),
            Self::Notify(error) => Some(error.hint()),
            Self::Store(error) => error.hint(),
            Self::History(error) => Some(error.hint()),
            Self::Seal(_) => Some(
                "put back the `master.key` the credential was sealed with, or enter the \
                 credential again"
                    .to_owned(),
            ),
            Self::Folder { .. } if self.is_full() => {
                Some("free some space on that disk, or name another: `--data-dir DIR`".to_owned())
            }
            Self::Folder { .. } => {
                Some("name a folder that this user may write: `--data-dir DIR`".to_owned())
            }
            Self::Places(error) => Some(error.hint().to_owned()),
            Self::Occupied(_) => {
                Some("stop it first, or name another folder: `--data-dir DIR`".to_owned())
            }
            Self::NotFound { what, .. } => lists_of(what)
                .map(|list| format!("`claviger {list} list` names those that are there")),
            Self::Stopping | Self::Internal(_) => None,
        }
    }

    /// Seconds after which it may be tried again, where waiting helps.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Busy { retry_after_seconds } | Self::TooManyTries { retry_after_seconds } => {
                Some(*retry_after_seconds)
            }
            _ => None,
        }
    }

    /// Whether the disk is full: nothing is lost, and work goes on once there is room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Store(error) => error.is_full(),
            Self::History(error) => error.is_full(),
            Self::Folder { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }

    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    pub(crate) fn invalid(
        field: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Invalid { field, message: message.into(), hint: hint.into() }
    }
}

/// The error with everything that caused it, in one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}
