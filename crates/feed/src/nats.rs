//! Messages of a JetStream stream, read by a durable consumer.
//!
//! A message is acknowledged once it is safe, and comes again where it was not. At each start the consumer
//! begins behind the last message that was safe, as the caller knows it; what the server knows of it is
//! for those who look there.

use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::connection::State;
use async_nats::jetstream::consumer::pull::{Config, Stream};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer};
use async_nats::jetstream::{self, Message};
use claviger_model::Secret;
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;

use crate::FeedError;

/// Messages handed over at a time.
const MESSAGES_MAX: usize = 500;

/// Bytes handed over at a time, unless one message has more.
const BYTES_MAX: usize = 8 << 20;

/// How long a message may be on its way before it comes again.
const ACK_WAIT: Duration = Duration::from_secs(60);

/// A consumer that nobody reads from for so long is forgotten by the server.
const INACTIVE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// How often the connection is looked at while nothing comes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What to read.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Addresses of the server.
    pub servers: Vec<String>,
    /// A token, or `user:password`.
    pub secret: Option<&'a Secret>,
    /// The stream.
    pub stream: &'a str,
    /// The subjects.
    pub subject: &'a str,
    /// Name of the consumer: the same at each start.
    pub consumer: &'a str,
    /// The last message of the stream that is safe.
    pub after: Option<u64>,
}

/// A stream that is read.
pub struct Subscription {
    client: async_nats::Client,
    messages: Stream,
    first_kept: u64,
}

/// Messages that came together.
pub struct Batch {
    /// They, in their order.
    pub messages: Vec<Received>,
    /// How many more wait.
    pub pending: u64,
    unacknowledged: Vec<Message>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its subject.
    pub subject: String,
    /// Its number in the stream.
    pub sequence: u64,
    /// When the server had it.
    pub published_at: Option<Timestamp>,
    /// Its `Content-Encoding`.
    pub encoding: Option<String>,
    /// What it holds.
    pub payload: Vec<u8>,
}

impl Subscription {
    /// Connects, and makes the consumer.
    ///
    /// # Errors
    /// The server is not there, refuses, or has no such stream.
    pub async fn open(wanted: &Wanted<'_>) -> Result<Self, FeedError> {
        let options = ConnectOptions::new()
            .name("claviger")
            .ignore_discovered_servers()
            .connection_timeout(CONNECT_TIMEOUT);
        let options = match wanted.secret.map(|secret| secret.reveal()) {
            None => options,
            Some(secret) => match secret.split_once(':') {
                Some((user, password)) => {
                    options.user_and_password(user.to_owned(), password.to_owned())
                }
                None => options.token(secret.to_owned()),
            },
        };
        let client = options
            .connect(wanted.servers.clone())
            .await
            .map_err(|error| failed("take the connection", error))?;
        let context = jetstream::new(client.clone());
        let mut stream = context
            .get_stream(wanted.stream)
            .await
            .map_err(|error| failed(&format!("tell of the stream `{}`", wanted.stream), error))?;
        let info = stream.info().await.map_err(|error| failed("tell of the stream", error))?;
        let first_kept = info.state.first_sequence;
        // Made anew behind what is safe: the former one would keep to itself for a minute what a killed
        // process had been handed. There may be none.
        drop(stream.delete_consumer(wanted.consumer).await);
        let consumer = make_consumer(&stream, wanted).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(MESSAGES_MAX)
            .messages()
            .await
            .map_err(|error| failed("hand over messages", error))?;
        Ok(Self { client, messages, first_kept })
    }

    /// The first message that the stream still has.
    #[must_use]
    pub fn first_kept(&self) -> u64 {
        self.first_kept
    }

    /// Waits for messages, and takes as many as there are.
    ///
    /// # Errors
    /// The connection or the consumer is gone.
    pub async fn next(&mut self) -> Result<Batch, FeedError> {
        let mut batch = Batch { messages: Vec::new(), pending: 0, unacknowledged: Vec::new() };
        let mut bytes = 0;
        loop {
            let next = match batch.messages.is_empty() {
                true => Some(self.wait().await?),
                false => self.messages.next().now_or_never(),
            };
            let Some(next) = next else { return Ok(batch) };
            let message = next
                .ok_or_else(|| gone("the stream of messages ended"))?
                .map_err(|error| failed("hand over a message", error))?;
            bytes += message.payload.len();
            batch.add(message)?;
            if bytes >= BYTES_MAX || batch.messages.len() >= MESSAGES_MAX {
                return Ok(batch);
            }
        }
    }
}

impl Subscription {
    /// Waits for one message, as long as there is a connection on which it can come.
    async fn wait(&mut self) -> Result<Option<<Stream as futures_util::Stream>::Item>, FeedError> {
        loop {
            match tokio::time::timeout(LOOK_EVERY, self.messages.next()).await {
                Ok(next) => return Ok(next),
                Err(_) if self.client.connection_state() == State::Connected => {}
                Err(_) => return Err(gone("the connection is gone")),
            }
        }
    }
}

impl Batch {
    fn add(&mut self, message: Message) -> Result<(), FeedError> {
        let info = message.info().map_err(|error| {
            let source = error;
            FeedError::Nats { what: "number a message".to_owned(), source }
        })?;
        self.pending = info.pending;
        let encoding = message.headers.as_ref().and_then(|headers| headers.get("Content-Encoding"));
        self.messages.push(Received {
            subject: message.subject.to_string(),
            sequence: info.stream_sequence,
            published_at: Timestamp::from_nanosecond(info.published.unix_timestamp_nanos()).ok(),
            encoding: encoding.map(|value| value.as_str().to_owned()),
            payload: message.payload.to_vec(),
        });
        self.unacknowledged.push(message);
        Ok(())
    }

    /// Tells the server that the messages are safe.
    ///
    /// # Errors
    /// The connection is gone; the messages come again.
    pub async fn acknowledge(self) -> Result<(), FeedError> {
        for message in self.unacknowledged {
            message.ack().await.map_err(|source| FeedError::Nats {
                what: "take an acknowledgement".to_owned(),
                source,
            })?;
        }
        Ok(())
    }
}

async fn make_consumer(
    stream: &jetstream::stream::Stream,
    wanted: &Wanted<'_>,
) -> Result<PullConsumer, FeedError> {
    let deliver_policy = match wanted.after {
        Some(after) => DeliverPolicy::ByStartSequence { start_sequence: after + 1 },
        None => DeliverPolicy::All,
    };
    let config = Config {
        durable_name: Some(wanted.consumer.to_owned()),
        filter_subject: wanted.subject.to_owned(),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_ack_pending: i64::try_from(4 * MESSAGES_MAX).unwrap_or(i64::MAX),
        inactive_threshold: INACTIVE_MAX,
        deliver_policy,
        ..Config::default()
    };
    stream.create_consumer(config).await.map_err(|error| failed("make a consumer", error))
}

fn gone(why: &str) -> FeedError {
    failed("go on", std::io::Error::other(why.to_owned()))
}

fn failed(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> FeedError {
    FeedError::Nats { what: what.to_owned(), source: Box::new(source) }
}
