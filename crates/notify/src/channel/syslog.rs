//! A log server: RFC 5424 messages, framed by octet counting over TLS (RFC 5425) or plain TCP (RFC 6587).
//!
//! The protocol knows no answer: accepted is what was written and flushed, and over TLS also closed in
//! order. The delivery's id stands in the structured data, by which a repeat is told.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use claviger_dial::Guard;
use claviger_model::{AlertMethod, Level};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::trust;
use crate::{Channel, Message, NotifyError, Receipt};

/// Longest wait for the server, from the first dial to the last byte.
const CONVERSATION_MAX: Duration = Duration::from_secs(30);

/// Longest wait for the server to close: it has everything by then.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Security and authorization messages (RFC 5424, table 1).
const FACILITY: u8 = 4;

/// Private enterprise number of the structured data: the one for documentation (RFC 5612), because
/// the project has none.
const ENTERPRISE: u32 = 32_473;

/// A log server.
#[derive(Debug)]
pub struct Syslog {
    host: String,
    port: u16,
    tls: bool,
    roots_pem: Option<Vec<u8>>,
    guard: Guard,
}

impl Syslog {
    /// The server of a method.
    ///
    /// # Errors
    /// The method is another.
    pub fn new(method: &AlertMethod, guard: Guard) -> Result<Self, NotifyError> {
        let AlertMethod::Syslog { host, port, security } = method else {
            return Err(NotifyError::BadUrl);
        };
        // A word that nobody knows must not send in the clear.
        let tls = security != "none";
        Ok(Self { host: host.trim().to_owned(), port: *port, tls, roots_pem: None, guard })
    }

    /// The same, trusting more certificates: those in `pem` besides the machine's own.
    #[must_use]
    pub fn trusting(mut self, pem: &[u8]) -> Self {
        self.roots_pem = Some(pem.to_owned());
        self
    }

    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    async fn hand_over(&self, frame: &[u8]) -> Result<(), NotifyError> {
        let unreachable = |source: std::io::Error| NotifyError::Unreachable {
            server: self.server(),
            source: source.into(),
        };
        let addresses = self
            .guard
            .resolve(&self.host, self.port)
            .await
            .map_err(|source| NotifyError::Dial { server: self.server(), source })?;
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(unreachable)?;
        if !self.tls {
            return write(stream, frame).await.map_err(unreachable);
        }
        let insecure = |source: Box<dyn std::error::Error + Send + Sync>| NotifyError::Tls {
            server: self.server(),
            source,
        };
        let config = trust::client(self.roots_pem.as_deref()).map_err(insecure)?;
        let name = ServerName::try_from(self.host.clone()).map_err(|e| insecure(e.into()))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = stream.map_err(|error| insecure(error.into()))?;
        write(stream, frame).await.map_err(unreachable)
    }
}

/// Writes, closes this side, and gives the other time to close too: a server that refuses says so by
/// breaking off.
async fn write(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    frame: &[u8],
) -> std::io::Result<()> {
    stream.write_all(frame).await?;
    stream.flush().await?;
    stream.shutdown().await?;
    let mut rest = [0_u8; 64];
    match timeout(FAREWELL_MAX, stream.read(&mut rest)).await {
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(()),
    }
}

#[async_trait]
impl Channel for Syslog {
    async fn send(&self, message: &Message<'_>) -> Result<Receipt, NotifyError> {
        let line = line(message);
        let frame = format!("{} {line}", line.len());
        match timeout(CONVERSATION_MAX, self.hand_over(frame.as_bytes())).await {
            Ok(sent) => sent?,
            Err(_) => {
                let source = std::io::Error::from(std::io::ErrorKind::TimedOut).into();
                return Err(NotifyError::Unreachable { server: self.server(), source });
            }
        }
        Ok(Receipt { accepted_by: format!("{} ({} bytes written)", self.server(), frame.len()) })
    }
}

/// The message (RFC 5424, section 6).
fn line(message: &Message<'_>) -> String {
    let severity = match message.level {
        Level::High => 2,
        Level::Medium => 4,
        Level::Low => 5,
    };
    let priority = FACILITY * 8 + severity;
    let mut data = format!("[claviger@{ENTERPRISE} delivery=\"{}\"", value(message.id));
    if let Some(event) = message.event {
        data.push_str(&format!(" event=\"{}\"", value(event)));
    }
    data.push_str(&format!(" level=\"{}\"]", message.level.as_str()));
    let mut text = vec![message.notice.subject.clone()];
    text.extend(message.notice.lead.iter().cloned());
    text.extend(message.links().map(|link| format!("{}: {}", link.label, link.url)));
    let text: String =
        text.join(" | ").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let at = message.at;
    // The byte order mark says that what follows is UTF-8.
    format!("<{priority}>1 {at} - claviger - ALERT {data} \u{feff}{text}")
}

/// A value in quotes: `"`, `\` and `]` are escaped.
fn value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars().filter(|c| !c.is_control()) {
        if matches!(character, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
