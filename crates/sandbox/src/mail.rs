//! A small mail receiver on loopback, for practice: it takes every message and shows it.
//!
//! SMTP (RFC 5321) as far as a client needs it to deliver: no TLS, no sign-in, no forwarding.

mod read;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::SandboxError;

/// Longest line and largest message taken.
const LINE_BYTES_MAX: u64 = 8 * 1024;
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The message as it was sent.
    pub raw: String,
    /// When its last byte arrived.
    pub received_at: Timestamp,
}

impl Mail {
    /// A header's value, unfolded and decoded; the name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        read::header(&self.raw, name)
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The text for people, without the page form beside it.
    #[must_use]
    pub fn text(&self) -> String {
        read::text(&self.raw)
    }
}

/// What sessions share.
#[derive(Debug, Default)]
struct Kept {
    messages: Mutex<Vec<Mail>>,
    refuses: std::sync::atomic::AtomicBool,
}

/// The receiver; it ends when dropped.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    shared: Arc<Kept>,
    count: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mailbox {
    /// Opens the receiver; port 0 for any.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(address: SocketAddr) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Kept::default());
        let (told, count) = watch::channel(0);
        let sessions = shared.clone();
        let told = Arc::new(told);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, told) = (sessions.clone(), told.clone());
                tokio::spawn(async move {
                    if let Err(error) = session(stream, &shared, &told).await {
                        tracing::debug!(%error, "a mail session ended");
                    }
                });
            }
        });
        Ok(Self { address: bound, shared, count, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The messages so far, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Mail> {
        self.shared.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there are `count` messages; `false` if they did not arrive in time.
    pub async fn wait_for(&self, count: usize, patience: Duration) -> bool {
        let mut arrived = self.count.clone();
        let wait = arrived.wait_for(|known| *known >= count);
        tokio::time::timeout(patience, wait).await.is_ok_and(|seen| seen.is_ok())
    }

    /// Makes it answer "not now" (451) to every message, or stop doing so.
    pub fn refuse(&self, refuses: bool) {
        self.shared.refuses.store(refuses, std::sync::atomic::Ordering::SeqCst);
    }
}

async fn session(
    stream: TcpStream,
    shared: &Kept,
    told: &watch::Sender<usize>,
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(b"220 practice mail receiver\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = line(&mut reader).await? {
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-practice\r\n250-8BITMIME\r\n250 SIZE 16777216",
            "MAIL" => {
                from = address(&line);
                to.clear();
                "250 ok"
            }
            "RCPT" => {
                to.push(address(&line));
                "250 ok"
            }
            "DATA" if to.is_empty() => "503 name a recipient first",
            "DATA" if shared.refuses.load(std::sync::atomic::Ordering::SeqCst) => "451 not now",
            "DATA" => {
                writer.write_all(b"354 end with a dot on its own line\r\n").await?;
                let raw = message(&mut reader).await?;
                let mail = Mail {
                    from: std::mem::take(&mut from),
                    to: std::mem::take(&mut to),
                    raw,
                    received_at: Timestamp::now(),
                };
                let mut all = shared.messages.lock().unwrap_or_else(PoisonError::into_inner);
                all.push(mail);
                told.send_replace(all.len());
                "250 taken"
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "HELO" | "RSET" | "NOOP" => "250 ok",
            _ => "502 not here",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// The next line without its end; `None` at the end of the stream.
async fn line(
    reader: &mut BufReader<tokio::net::tcp::OwnedReadHalf>,
) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut limited = reader.take(LINE_BYTES_MAX);
    if limited.read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
}

/// A message up to the dot on its own line, with doubled dots undone (RFC 5321, 4.5.2).
async fn message(
    reader: &mut BufReader<tokio::net::tcp::OwnedReadHalf>,
) -> std::io::Result<String> {
    let mut raw = String::new();
    while let Some(text) = line(reader).await? {
        if text == "." {
            return Ok(raw);
        }
        raw.push_str(text.strip_prefix('.').unwrap_or(&text));
        raw.push_str("\r\n");
        if raw.len() > MESSAGE_BYTES_MAX {
            break;
        }
    }
    Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "the message has no end"))
}

/// What stands between angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(String::new(), |(address, _)| address.to_owned())
}
