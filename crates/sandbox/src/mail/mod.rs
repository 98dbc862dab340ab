//! A small mail receiver on loopback, for practice: it takes every message and shows it.
//!
//! SMTP (RFC 5321) as far as a client needs it to deliver: no TLS, no sign-in, no forwarding.

mod read;
mod session;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::error::SandboxError;

/// Messages kept; the oldest goes when there is one more.
const MESSAGES_MAX: usize = 10_000;

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// The message as it was sent, with doubled dots undone; bytes that are no UTF-8 are replaced.
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
#[derive(Debug)]
struct Kept {
    messages: Mutex<Vec<Mail>>,
    refuses: AtomicBool,
    /// How many messages ever arrived.
    count: watch::Sender<usize>,
}

impl Kept {
    fn refuses(&self) -> bool {
        self.refuses.load(Ordering::SeqCst)
    }

    fn take(&self, mail: Mail) {
        let mut all = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() == MESSAGES_MAX {
            all.remove(0);
        }
        all.push(mail);
        self.count.send_modify(|count| *count += 1);
    }
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
        let (told, count) = watch::channel(0);
        let shared =
            Arc::new(Kept { messages: Mutex::default(), refuses: false.into(), count: told });
        let kept = shared.clone();
        let task = tokio::spawn(async move {
            // Sessions end with the receiver.
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                while sessions.try_join_next().is_some() {}
                let kept = kept.clone();
                sessions.spawn(async move {
                    if let Err(error) = session::serve(stream, &kept).await {
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

    /// The messages so far, oldest first; of very many the last 10,000.
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
        self.shared.refuses.store(refuses, Ordering::SeqCst);
    }
}
