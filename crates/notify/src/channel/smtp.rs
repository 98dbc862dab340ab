//! E-mail by SMTP (RFC 5321), secured as the configuration says; certificates are always checked.

use std::time::Duration;

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, AlertNotice, Language, Secret};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use maud::{DOCTYPE, html};

use crate::{Channel, Message, NotifyError, Receipt};

/// Longest wait for the server at each step: RFC 5321 allows minutes, a person waits for seconds, and
/// the message is tried again.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    None,
    StartTls,
    Tls,
}

/// A mail server, and whom it tells.
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    from: Mailbox,
    to: Vec<Mailbox>,
    guard: Guard,
}

/// Whether a text is a mail address.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

impl Smtp {
    /// The mail server of a method.
    ///
    /// # Errors
    /// [`NotifyError::BadAddress`] for a sender or recipient that is none.
    pub fn new(
        method: &AlertMethod,
        password: Option<Secret>,
        guard: Guard,
    ) -> Result<Self, NotifyError> {
        let AlertMethod::Email { host, port, security, username, from, to } = method;
        let security = match security.as_str() {
            "none" => Security::None,
            "tls" => Security::Tls,
            _ => Security::StartTls,
        };
        let credentials = username.clone().zip(password).map(|(username, password)| {
            Credentials::new(username, password.reveal().to_owned())
        });
        Ok(Self {
            host: host.clone(),
            port: *port,
            security,
            credentials,
            from: mailbox(from)?,
            to: to.iter().map(|address| mailbox(address)).collect::<Result<_, _>>()?,
            guard,
        })
    }

    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A transport to exactly the address that the guard judged, whatever the name says a moment later.
    async fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, NotifyError> {
        let addresses = self
            .guard
            .resolve(&self.host, self.port)
            .await
            .map_err(|source| NotifyError::Dial { server: self.server(), source })?;
        let address =
            addresses.first().map_or_else(|| self.host.clone(), |address| address.ip().to_string());
        let parameters = || {
            TlsParameters::new(self.host.clone())
                .map_err(|source| NotifyError::Tls { server: self.server(), source: source.into() })
        };
        let tls = match self.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address)
            .port(self.port)
            .tls(tls)
            .timeout(Some(TIMEOUT));
        if let Some(credentials) = &self.credentials {
            builder = builder.credentials(credentials.clone());
        }
        Ok(builder.build())
    }

    fn mail(&self, message: &Message<'_>) -> Result<lettre::Message, NotifyError> {
        let mut builder = lettre::Message::builder()
            .message_id(Some(format!("<{}@claviger>", message.id)))
            .from(self.from.clone())
            .subject(&message.notice.subject)
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        for recipient in &self.to {
            builder = builder.to(recipient.clone());
        }
        builder
            .multipart(MultiPart::alternative_plain_html(
                text(message.notice),
                page(message.notice, message.language),
            ))
            .map_err(|source| NotifyError::Compose(source.into()))
    }

    fn failed(&self, error: lettre::transport::smtp::Error) -> NotifyError {
        let server = self.server();
        let answer = || {
            use std::error::Error;
            error.source().map_or_else(|| error.to_string(), ToString::to_string)
        };
        match error.status().map(u16::from) {
            Some(530 | 534 | 535 | 538) => NotifyError::Credentials { server, answer: answer() },
            _ if error.is_permanent() => NotifyError::Refused { server, answer: answer() },
            _ if error.is_transient() => NotifyError::RefusedForNow { server, answer: answer() },
            _ if error.is_tls() => NotifyError::Tls { server, source: error.into() },
            _ => NotifyError::Unreachable { server, source: error.into() },
        }
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let mail = self.mail(message)?;
        let answer = self.transport().await?.send(mail).await;
        let response = answer.map_err(|error| self.failed(error))?;
        let words: Vec<&str> = response.message().collect();
        Ok(Receipt { accepted_by: format!("{} ({})", self.server(), words.join(" ").trim()) })
    }
}

fn mailbox(text: &str) -> Result<Mailbox, NotifyError> {
    text.parse::<Mailbox>().map_err(|_| NotifyError::BadAddress { address: text.to_owned() })
}

/// The message for a mail program that shows text.
fn text(notice: &AlertNotice) -> String {
    let mut lines: Vec<String> = notice.lead.clone();
    lines.push(String::new());
    for fact in &notice.facts {
        lines.push(format!("{}: {}", fact.label, fact.value));
    }
    if let Some(link) = &notice.link {
        lines.push(String::new());
        lines.push(link.clone());
    }
    lines.join("\r\n")
}

/// The message for a mail program that shows pages: no images, no styles from elsewhere, one column.
fn page(notice: &AlertNotice, language: Language) -> String {
    let lang = match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    };
    html! {
        (DOCTYPE)
        html lang=(lang) {
            head { meta charset="utf-8"; title { (notice.subject) } }
            body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:40rem" {
                h1 style="font-size:1.15rem" { (notice.subject) }
                @for line in &notice.lead { p style="margin:.25rem 0" { (line) } }
                @if let Some(link) = &notice.link {
                    p { a href=(link) { (link) } }
                }
                dl {
                    @for fact in &notice.facts {
                        dt style="color:#555;font-size:.85rem" { (fact.label) }
                        dd style="margin:0 0 .5rem;overflow-wrap:anywhere" { (fact.value) }
                    }
                }
            }
        }
    }
    .into_string()
}
