//! The Fluent forward protocol: a listener to which Fluentd, Fluent Bit, `SeaweedFS` and others send.
//!
//! Source: fluent/fluentd wiki, "Forward Protocol Specification v1": message, forward, packed and
//! compressed packed mode, acknowledgement of chunks, and the handshake with a shared key. A chunk is
//! acknowledged once its lines are safe; a sender that asks for no acknowledgement may lose what is on
//! its way when either side dies. No TLS: listen on loopback, or behind something that has it.

mod handshake;
mod message;
mod msgpack;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_model::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::FeedError;
use message::Message;
use msgpack::Bad;

/// Connections at once: each may hold a message.
const CONNECTIONS_MAX: usize = 64;

/// Largest message as it comes, and unpacked. Fluent Bit's chunks have 2 MiB, Fluentd's 8 MiB.
const MESSAGE_BYTES_MAX: usize = 8 << 20;

/// How long the rest of a message, or of a handshake, may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a connection may be idle: senders keep theirs open between requests.
const IDLE_MAX: Duration = Duration::from_secs(3600);

/// Bytes read at a time.
const BLOCK: usize = 64 * 1024;

/// Lines that came together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What the sender calls them.
    pub tag: String,
    /// The lines: each record as JSON, or its `log` or `message` where it holds a line.
    pub lines: Vec<u8>,
    /// What could not be read: why, each.
    pub unreadable: Vec<String>,
    /// Who sent them.
    pub peer: SocketAddr,
}

/// A listener.
pub struct Listener {
    tcp: TcpListener,
    shared_key: Option<Secret>,
}

impl Listener {
    /// Listens on an address; with a shared key, senders must prove that they have it.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn bind(address: SocketAddr, shared_key: Option<Secret>) -> Result<Self, FeedError> {
        let failed = |source| FeedError::Listen { address: address.to_string(), source };
        Ok(Self { tcp: TcpListener::bind(address).await.map_err(failed)?, shared_key })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> Result<SocketAddr, FeedError> {
        let failed = |source| FeedError::Listen { address: "?".to_owned(), source };
        self.tcp.local_addr().map_err(failed)
    }

    /// Takes connections for ever. `take` keeps what came; where it says `false`, nothing is
    /// acknowledged and the connection ends, so that the sender sends again.
    pub async fn serve<T, Kept>(self, take: T)
    where
        T: Fn(Received) -> Kept + Send + Sync + 'static,
        Kept: Future<Output = bool> + Send,
    {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let take = Arc::new(take);
        let key = Arc::new(self.shared_key);
        // Ends its connections when it is dropped.
        let mut connections = tokio::task::JoinSet::new();
        loop {
            // The semaphore is never closed.
            let permit = room.clone().acquire_owned().await.ok();
            while connections.try_join_next().is_some() {}
            match self.tcp.accept().await {
                Ok((stream, peer)) => {
                    let (take, key) = (take.clone(), key.clone());
                    connections.spawn(async move {
                        let connection = Connection { stream, peer, buffer: Vec::new() };
                        if let Err(why) = connection.serve(key.as_ref().as_ref(), &*take).await {
                            tracing::info!(%peer, why, "a sender was left");
                        }
                        drop(permit);
                    });
                }
                // Too many open files, for one: it passes.
                Err(error) => {
                    tracing::warn!(%error, "no connection was taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// One sender.
struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    buffer: Vec<u8>,
}

impl Connection {
    async fn serve<T, Kept>(mut self, key: Option<&Secret>, take: &T) -> Result<(), String>
    where
        T: Fn(Received) -> Kept,
        Kept: Future<Output = bool>,
    {
        if let Some(key) = key {
            timeout(PATIENCE, self.shake_hands(key)).await.map_err(|_| "no handshake came")??;
        }
        loop {
            let messages = match self.messages() {
                Ok(messages) => messages,
                Err(Bad(why)) => {
                    self.report(take, &why).await;
                    return Err(why);
                }
            };
            if !messages.is_empty() {
                self.hand_over(messages, take).await?;
            }
            let patience = if self.buffer.is_empty() { IDLE_MAX } else { PATIENCE };
            let read = timeout(patience, self.read()).await;
            match read.map_err(|_| "nothing more came".to_owned()) {
                Ok(Ok(0)) if self.buffer.is_empty() => return Ok(()),
                Ok(Ok(0)) => {
                    self.report(take, "the connection ended inside a message").await;
                    return Ok(());
                }
                Ok(Ok(_)) => {}
                Ok(Err(why)) | Err(why) => {
                    if !self.buffer.is_empty() {
                        self.report(take, "the connection broke inside a message").await;
                    }
                    return Err(why);
                }
            }
        }
    }

    async fn read(&mut self) -> Result<usize, String> {
        let mut block = vec![0; BLOCK];
        let read = self.stream.read(&mut block).await.map_err(|error| error.to_string())?;
        self.buffer.extend_from_slice(&block[..read]);
        Ok(read)
    }

    /// The whole messages that are there.
    fn messages(&mut self) -> Result<Vec<Message>, Bad> {
        let mut messages = Vec::new();
        let mut at = 0;
        while let Some(length) = msgpack::length(&self.buffer[at..], MESSAGE_BYTES_MAX)? {
            let bytes = &self.buffer[at..at + length];
            messages.extend(Message::read(bytes, MESSAGE_BYTES_MAX)?);
            at += length;
        }
        self.buffer.drain(..at);
        if self.buffer.len() > MESSAGE_BYTES_MAX {
            return Err(Bad(format!("a message is longer than {MESSAGE_BYTES_MAX} bytes")));
        }
        Ok(messages)
    }

    /// Hands messages over, those of one tag together, and acknowledges them.
    async fn hand_over<T, Kept>(&mut self, messages: Vec<Message>, take: &T) -> Result<(), String>
    where
        T: Fn(Received) -> Kept,
        Kept: Future<Output = bool>,
    {
        let mut together: Vec<Received> = Vec::new();
        let mut answer = Vec::new();
        for message in messages {
            if let Some(chunk) = &message.chunk {
                msgpack::write_map(&mut answer, &[("ack", chunk)]);
            }
            match together.last_mut().filter(|last| last.tag == message.tag) {
                Some(last) => {
                    last.lines.extend_from_slice(&message.lines);
                    last.unreadable.extend(message.unreadable);
                }
                None => together.push(Received {
                    tag: message.tag,
                    lines: message.lines,
                    unreadable: message.unreadable,
                    peer: self.peer,
                }),
            }
        }
        for received in together {
            if !take(received).await {
                return Err("its lines could not be kept".to_owned());
            }
        }
        if !answer.is_empty() {
            let sent = timeout(PATIENCE, self.stream.write_all(&answer)).await;
            sent.map_err(|_| "it takes no answer")?.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Tells of a message that could not be read.
    async fn report<T, Kept>(&self, take: &T, why: &str)
    where
        T: Fn(Received) -> Kept,
        Kept: Future<Output = bool>,
    {
        let received = Received {
            tag: "?".to_owned(),
            lines: Vec::new(),
            unreadable: vec![why.to_owned()],
            peer: self.peer,
        };
        take(received).await;
    }
}
