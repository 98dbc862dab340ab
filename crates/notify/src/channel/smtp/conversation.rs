//! The conversation with a mail server, step by step, so that each failure has its name.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{Error, response::Response};
use tokio::time::timeout;

use super::{Security, Smtp, trust};
use crate::{NotifyError, Receipt};

/// Longest wait for one address to be reached and greet.
const CONNECT_MAX: Duration = Duration::from_secs(15);

/// Longest conversation after the greeting: RFC 5321 allows minutes for each step, a person waits for
/// seconds, and the message is tried again.
const CONVERSATION_MAX: Duration = Duration::from_secs(60);

/// Longest wait for the farewell. The message is accepted by then, so nothing hangs on it.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;

/// Characters kept of a server's answer.
const ANSWER_MAX: usize = 300;

/// Hands one mail over to the server.
pub(super) async fn hand_over(
    smtp: &Smtp,
    recipients: &[&Address],
    mail: &[u8],
) -> Result<Receipt, NotifyError> {
    let mut connection = connect(smtp).await?;
    let conversation = converse(smtp, &mut connection, recipients, mail);
    let told = match timeout(CONVERSATION_MAX, conversation).await {
        Ok(told) => told,
        Err(_) => Err(too_slow(smtp)),
    };
    // An unheard farewell drops the connection, which is as good.
    timeout(FAREWELL_MAX, connection.quit()).await.ok();
    told
}

/// Reaches one of the addresses that the guard lets the name lead to.
async fn connect(smtp: &Smtp) -> Result<AsyncSmtpConnection, NotifyError> {
    let addresses = smtp
        .guard
        .resolve(&smtp.host, smtp.port)
        .await
        .map_err(|source| NotifyError::Dial { server: smtp.server(), source })?;
    let mut failure = None;
    for address in addresses.into_iter().take(ADDRESSES_MAX) {
        match timeout(CONNECT_MAX, greet(smtp, address)).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => failure = Some(error),
            Err(_) => failure = Some(too_slow(smtp)),
        }
    }
    Err(failure.unwrap_or_else(|| too_slow(smtp)))
}

async fn greet(smtp: &Smtp, address: SocketAddr) -> Result<AsyncSmtpConnection, NotifyError> {
    let tls = match smtp.security {
        Security::Tls => Some(trust::parameters(smtp)?),
        Security::None | Security::StartTls => None,
    };
    let me = ClientId::default();
    let connected =
        AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_MAX), &me, tls, None).await;
    let mut connection = connected.map_err(|error| failed(smtp, error))?;
    if smtp.security == Security::StartTls {
        if !connection.can_starttls() {
            let source = "the server does not offer STARTTLS".into();
            return Err(NotifyError::Tls { server: smtp.server(), source });
        }
        let parameters = trust::parameters(smtp)?;
        connection.starttls(parameters, &me).await.map_err(|error| match error.status() {
            Some(_) => failed(smtp, error),
            None => NotifyError::Tls { server: smtp.server(), source: error.into() },
        })?;
    }
    Ok(connection)
}

async fn converse(
    smtp: &Smtp,
    connection: &mut AsyncSmtpConnection,
    recipients: &[&Address],
    mail: &[u8],
) -> Result<Receipt, NotifyError> {
    let failed = |error| failed(smtp, error);
    sign_in(smtp, connection).await?;
    let parameters = parameters(smtp, connection, recipients)?;
    let sender = Some(smtp.from.email.clone());
    connection.command(Mail::new(sender, parameters)).await.map_err(failed)?;
    let mut refused = Vec::new();
    for recipient in recipients {
        match connection.command(Rcpt::new((*recipient).clone(), Vec::new())).await {
            Ok(_) => {}
            Err(error) if error.is_permanent() => {
                refused.push(format!("{recipient}: {}", answer(&error)));
            }
            Err(error) => return Err(failed(error)),
        }
    }
    if refused.len() == recipients.len() {
        let answer = refused.join("; ");
        return Err(NotifyError::Refused { server: smtp.server(), answer });
    }
    connection.command(Data).await.map_err(failed)?;
    let accepted = connection.message(mail).await.map_err(failed)?;
    Ok(Receipt { accepted_by: receipt(smtp, &accepted, &refused) })
}

async fn sign_in(smtp: &Smtp, connection: &mut AsyncSmtpConnection) -> Result<(), NotifyError> {
    let Some(username) = &smtp.username else { return Ok(()) };
    let refused = |answer| NotifyError::Credentials { server: smtp.server(), answer };
    let Some(password) = &smtp.password else {
        return Err(refused("no password is kept for this user name".to_owned()));
    };
    let credentials = Credentials::new(username.clone(), password.reveal().to_owned());
    match connection.auth(DEFAULT_MECHANISMS, &credentials).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(refused(answer(&error))),
        Err(error) if error.is_client() => {
            Err(refused("the server offers no way to sign in by user name and password".to_owned()))
        }
        Err(error) => Err(failed(smtp, error)),
    }
}

/// Addresses outside ASCII need a server that takes them (RFC 6531). The mail itself is ASCII.
fn parameters(
    smtp: &Smtp,
    connection: &AsyncSmtpConnection,
    recipients: &[&Address],
) -> Result<Vec<MailParameter>, NotifyError> {
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    let Some(address) =
        recipients.iter().copied().chain([&smtp.from.email]).find(|address| !is_ascii(address))
    else {
        return Ok(Vec::new());
    };
    if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
        let answer = format!("it does not take addresses outside ASCII, such as {address}");
        return Err(NotifyError::Refused { server: smtp.server(), answer });
    }
    Ok(vec![MailParameter::SmtpUtfEight])
}

fn receipt(smtp: &Smtp, accepted: &Response, refused: &[String]) -> String {
    let words: Vec<&str> = accepted.message().collect();
    let mut receipt = format!("{} ({})", smtp.server(), one_line(&words.join(" ")));
    if !refused.is_empty() {
        receipt.push_str(&format!("; refused for {}", refused.join("; ")));
    }
    receipt
}

/// The failure of a step, by what the server or the connection said.
fn failed(smtp: &Smtp, error: Error) -> NotifyError {
    let server = smtp.server();
    match error.status().map(u16::from) {
        // RFC 4954, section 6.
        Some(530 | 534 | 535 | 538) => NotifyError::Credentials { server, answer: answer(&error) },
        Some(_) if error.is_permanent() => NotifyError::Refused { server, answer: answer(&error) },
        Some(_) => NotifyError::RefusedForNow { server, answer: answer(&error) },
        None if error.is_tls() || is_handshake(&error) => {
            NotifyError::Tls { server, source: error.into() }
        }
        None => NotifyError::Unreachable { server, source: error.into() },
    }
}

/// Whether the connection stood and its handshake failed: the TLS library says so as invalid data.
fn is_handshake(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return error.kind() == io::ErrorKind::InvalidData;
        }
        cause = error.source();
    }
    false
}

/// The server's own words with their code.
fn answer(error: &Error) -> String {
    let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(code) => one_line(&format!("{code} {words}")),
        None => one_line(&words),
    }
}

fn one_line(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(ANSWER_MAX).collect::<String>().trim().to_owned()
}

fn too_slow(smtp: &Smtp) -> NotifyError {
    let source = io::Error::from(io::ErrorKind::TimedOut).into();
    NotifyError::Unreachable { server: smtp.server(), source }
}
