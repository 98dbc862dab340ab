//! E-mail by SMTP (RFC 5321), secured as the configuration says; certificates are always checked.
//!
//! One message is one conversation with the mail server. Recipients that the server refuses for good
//! do not keep the others from being told; one that it refuses for now makes the whole message wait, so
//! that nobody is told twice.

mod conversation;
mod form;
mod trust;

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Secret};
use lettre::Address;
use lettre::message::Mailbox;

use crate::{Channel, Message, NotifyError, Receipt};

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    /// Not at all: for a mail server on the same machine or network.
    None,
    /// From the first command on (RFC 3207); a server that does not offer it is not spoken to.
    StartTls,
    /// From the first byte on (RFC 8314).
    Tls,
}

/// A mail server, and whom it tells.
#[derive(Debug)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    username: Option<String>,
    password: Option<Secret>,
    from: Mailbox,
    to: Vec<Mailbox>,
    /// Certificates trusted besides the machine's own, as PEM.
    roots_pem: Option<Vec<u8>>,
    guard: Guard,
}

/// Whether a text is a mail address, as `name@example.com` or `Name <name@example.com>`.
#[must_use]
pub fn is_address(text: &str) -> bool {
    mailbox(text).is_ok()
}

impl Smtp {
    /// The mail server of a method.
    ///
    /// # Errors
    /// [`NotifyError::BadAddress`] for a sender or recipient that is none, or for no recipient at all.
    pub fn new(
        method: &AlertMethod,
        password: Option<Secret>,
        guard: Guard,
    ) -> Result<Self, NotifyError> {
        let AlertMethod::Email { host, port, security, username, from, to } = method else {
            return Err(NotifyError::BadAddress { address: String::new() });
        };
        let security = match security.as_str() {
            "none" => Security::None,
            "tls" => Security::Tls,
            // A word that nobody knows must not send in the clear.
            _ => Security::StartTls,
        };
        if to.is_empty() {
            return Err(NotifyError::BadAddress { address: String::new() });
        }
        Ok(Self {
            host: host.trim().to_owned(),
            port: *port,
            security,
            username: username.clone(),
            password,
            from: mailbox(from)?,
            to: to.iter().map(|address| mailbox(address)).collect::<Result<_, _>>()?,
            roots_pem: None,
            guard,
        })
    }

    /// The same, trusting more certificates: those in `pem` besides the machine's own.
    #[must_use]
    pub fn trusting(mut self, pem: &[u8]) -> Self {
        self.roots_pem = Some(pem.to_owned());
        self
    }

    /// Host and port, as messages name them.
    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let mail = form::mail(&self.from, &self.to, message)?;
        let recipients: Vec<&Address> = self.to.iter().map(|mailbox| &mailbox.email).collect();
        conversation::hand_over(self, &recipients, &mail.formatted()).await
    }
}

fn mailbox(text: &str) -> Result<Mailbox, NotifyError> {
    let bad = || NotifyError::BadAddress { address: text.chars().take(320).collect() };
    // No address holds a line break; one that did could pretend to be a header.
    if text.chars().any(char::is_control) {
        return Err(bad());
    }
    text.trim().parse().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["a@example.com", "On call <a@example.com>", " a@b.example ", "数据@example.com"]
        {
            assert!(is_address(text), "{text:?}");
        }
        for text in ["", "a", "a@", "@b", "a@b\r\nBcc: c@d.example", "a@b.example, c@d.example"] {
            assert!(!is_address(text), "{text:?}");
        }
    }
}
