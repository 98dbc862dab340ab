//! Why a message was not accepted, with the way out.

use claviger_dial::DialError;

/// A message was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The server refused it for good.
    #[error("`{server}` refused the message: {answer}")]
    Refused {
        /// Host and port.
        server: String,
        /// Its answer.
        answer: String,
    },
    /// The server refused it for now.
    #[error("`{server}` cannot take the message now: {answer}")]
    RefusedForNow {
        /// Host and port.
        server: String,
        /// Its answer.
        answer: String,
    },
    /// The server did not accept user name and password.
    #[error("`{server}` did not accept the user name and password: {answer}")]
    Credentials {
        /// Host and port.
        server: String,
        /// Its answer.
        answer: String,
    },
    /// The server was not reached.
    #[error("`{server}` was not reached")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection could not be secured.
    #[error("the connection to `{server}` could not be secured")]
    Tls {
        /// Host and port.
        server: String,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server's address may not be dialled.
    #[error("`{server}` may not be dialled")]
    Dial {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: DialError,
    },
    /// A sender or recipient is none, or there is no recipient.
    #[error("`{address}` is no mail address")]
    BadAddress {
        /// What was given.
        address: String,
    },
    /// What the method needs to prove itself is not kept.
    #[error("no {what} is kept for this method")]
    NoSecret {
        /// What is missing.
        what: &'static str,
    },
    /// The address of the service is none.
    #[error("the address of the service is no https address")]
    BadUrl,
    /// Nobody who is named has entered the code that was sent.
    #[error("no recipient is verified yet: {waiting}")]
    NotVerified {
        /// Who is waited for.
        waiting: String,
    },
    /// The message has no mail form.
    #[error("the message could not be written as a mail")]
    Compose(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl NotifyError {
    /// The way out, in words.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Refused { .. } => {
                "check the method's settings and recipients with the service's keeper".to_owned()
            }
            Self::RefusedForNow { .. } => "nothing to do: it is tried again".to_owned(),
            Self::Credentials { .. } => {
                "enter the method's user name, password or key again".to_owned()
            }
            Self::Unreachable { server, .. } => {
                format!("check that `{server}` is up; the message is tried again")
            }
            Self::Tls { .. } => {
                "check `security` (587 is `starttls`, 465 is `tls`) and the server's certificate: it \
                 must be for this name and by an authority that this machine trusts (`SSL_CERT_FILE` \
                 names others)"
                    .to_owned()
            }
            Self::Dial { source, .. } => source.hint(),
            Self::BadAddress { .. } => "write it as `name@example.com`".to_owned(),
            Self::NoSecret { what } => format!("enter the {what} of the method"),
            Self::BadUrl => "copy the whole address from the service, from `https://` on".to_owned(),
            Self::NotVerified { .. } => {
                "enter the code that was sent there: `claviger alerts verify ADDRESS CODE`".to_owned()
            }
            Self::Compose(_) => "this is a fault of Claviger: please tell its makers".to_owned(),
        }
    }

    /// Whether the same message will be refused again.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. } | Self::BadAddress { .. } | Self::BadUrl | Self::Compose(_)
        )
    }
}
