//! Lines that somebody sends to a source over HTTP: who may, how much, and what became of them.

use claviger_feed::FeedError;
use claviger_feed::body::{self, Encoding};
use claviger_feed::envelope::{self, Confirmation};
use claviger_model::{Feed, LogSource};
use claviger_store::log_sources;
use claviger_watch::{LogFormat, Parsed};

use super::{format_of, parse, whose};
use crate::gather::intake::{self, Delivery, Room};
use crate::token_text::token_hash;
use crate::{Act, Actor, Service, ServiceError};

/// The longest body, unpacked: parsing holds a few times as much for a moment.
const UNPACKED_MAX: u64 = 128 << 20;

/// When a sender that was turned away may come again. The intake clears itself in moments.
const RETRY_AFTER_SECONDS: u64 = 2;

/// Lines named in an answer that could not be read; the others are counted.
const REJECTS_TOLD: usize = 20;

/// What a sender shows.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The token of the source, or of somebody who is signed in.
    Token(String),
    /// Nothing.
    Nothing,
}

/// A sender that may send, with room for what it is about to send.
pub struct Pushed {
    source: LogSource,
    /// Somebody who is signed in; `None`: the source's own token was shown.
    actor: Option<Actor>,
    room: Room,
}

/// What was sent.
#[derive(Debug)]
pub struct Body {
    /// How it is packed.
    pub encoding: Encoding,
    /// The format that its sender says it is in, where the source's own is not set.
    pub log_format: Option<LogFormat>,
    /// Its bytes, as they came.
    pub bytes: Vec<u8>,
}

/// What became of a body.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// Lines.
    pub lines: u64,
    /// Lines that are access events.
    pub events: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// Notifications of objects, which are no lines.
    pub notices: u64,
    /// The first lines that could not be read, from 1, and why.
    pub rejects: Vec<(u64, String)>,
}

impl Service {
    /// Whether a sender may send to a source, and room for a body of so many bytes.
    ///
    /// # Errors
    /// [`ServiceError::NotSignedIn`] for a wrong token and an unknown source alike,
    /// [`ServiceError::Busy`] where there is no room now, and [`FeedError::TooLarge`] where there never is.
    pub async fn may_push(
        &self,
        name: &str,
        credential: &Credential,
        bytes: u64,
    ) -> Result<Pushed, ServiceError> {
        let (source, actor) = self.sender(name, credential).await?;
        self.room_for(source, actor, bytes)
    }

    /// As [`Service::may_push`], for somebody whose name is known.
    ///
    /// # Errors
    /// There is no such source, or no room.
    pub async fn may_push_as(
        &self,
        actor: &Actor,
        name: &str,
        bytes: u64,
    ) -> Result<Pushed, ServiceError> {
        let mut reader = self.store().read().await?;
        let source = log_sources::find(&mut reader, name).await?;
        drop(reader);
        let source = source.ok_or_else(|| ServiceError::not_found("source", name))?;
        self.room_for(source, Some(actor.clone()), bytes)
    }

    fn room_for(
        &self,
        source: LogSource,
        actor: Option<Actor>,
        bytes: u64,
    ) -> Result<Pushed, ServiceError> {
        if source.feed != Feed::Push {
            return Err(ServiceError::Conflict {
                message: format!("the source `{}` is fed by {}", source.name, source.feed.kind()),
                hint: "add one to send to: `claviger sources add NAME`".to_owned(),
            });
        }
        let limit = self.intake().room_bytes();
        if bytes > limit {
            return Err(FeedError::TooLarge { limit }.into());
        }
        let room = self.intake().try_room(bytes).ok_or_else(busy)?;
        Ok(Pushed { source, actor, room })
    }

    async fn sender(
        &self,
        name: &str,
        credential: &Credential,
    ) -> Result<(LogSource, Option<Actor>), ServiceError> {
        let refused = || ServiceError::NotSignedIn("the source or its token is unknown".to_owned());
        let Credential::Token(token) = credential else { return Err(refused()) };
        let hash = token_hash(token);
        let mut reader = self.store().read().await?;
        let source = log_sources::find(&mut reader, name).await?;
        let tokens = match &source {
            Some(source) => log_sources::token_of(&mut reader, &source.id).await?,
            None => log_sources::TokenOf::default(),
        };
        drop(reader);
        let former = tokens.former.filter(|(_, until)| self.now() < *until).map(|(hash, _)| hash);
        let own = [tokens.hash, former].into_iter().flatten().any(|known| known == hash);
        if let Some(source) = source.clone().filter(|_| own) {
            return Ok((source, None));
        }
        // A shipper gives up what is answered with 401: only a token that is none is.
        let actor = self.sender_of_token(token).await.map_err(|error| match error {
            ServiceError::NotSignedIn(_) => refused(),
            other => other,
        })?;
        let source = source.ok_or_else(|| ServiceError::not_found("source", name))?;
        Ok((source, Some(actor)))
    }

    /// Takes in what was sent. Once this returns well, nothing of it can be lost.
    ///
    /// # Errors
    /// It is not packed as it is said to be, is too large, or the state cannot be written.
    pub async fn push(&self, pushed: Pushed, body: Body) -> Result<Taken, ServiceError> {
        match pushed.actor.clone() {
            None => self.take_push(pushed, body).await,
            Some(actor) => {
                let subject = pushed.source.name.clone();
                let work = self.take_push(pushed, body);
                self.perform(&actor, Act::Ingest, &subject, work).await
            }
        }
    }

    async fn take_push(&self, pushed: Pushed, body: Body) -> Result<Taken, ServiceError> {
        let Pushed { source, room, .. } = pushed;
        let arrived_at = self.now();
        let limit = self.intake().room_bytes().min(UNPACKED_MAX);
        let format = format_of(&source).or(body.log_format);
        let opened = tokio::task::spawn_blocking(move || open(&body, limit, format));
        let opened = opened
            .await
            .map_err(|fault| ServiceError::Internal(format!("the body broke: {fault}")))??;
        // Packed bytes had room; what they grew to needs its own until it is written.
        let grown = self.intake().try_room(opened.bytes).ok_or_else(busy)?;
        drop(room);
        let mut taken = Taken::of(&opened.parsed);
        taken.notices = opened.notices.len() as u64;
        let place = format!("{arrived_at:.6} push");
        let mut delivery =
            Delivery::new(source.id.as_str(), place, whose(&source), opened.parsed, self.now());
        delivery.bytes = opened.bytes;
        delivery.delivered_at = Some(arrived_at);
        delivery.notices = opened.notices;
        delivery.confirmation = opened.confirmation;
        intake::take_in(self, delivery).await?;
        drop(grown);
        Ok(taken)
    }
}

impl Taken {
    fn of(parsed: &Parsed) -> Self {
        let told = parsed.rejects.iter().take(REJECTS_TOLD);
        Self {
            lines: parsed.lines,
            events: parsed.events.len() as u64,
            rejected: parsed.rejects.len() as u64,
            notices: 0,
            rejects: told.map(|reject| (reject.line, reject.why.clone())).collect(),
        }
    }
}

/// A body, opened.
struct Opened {
    parsed: Parsed,
    bytes: u64,
    notices: Vec<envelope::ObjectNotice>,
    confirmation: Option<String>,
}

fn open(body: &Body, limit: u64, format: Option<LogFormat>) -> Result<Opened, FeedError> {
    let plain = body::unpack(body.encoding, &body.bytes, limit)?;
    let unwrapped = envelope::unwrap(&plain);
    Ok(Opened {
        parsed: parse(format, &unwrapped.lines),
        bytes: plain.len() as u64,
        notices: unwrapped.notices,
        confirmation: unwrapped.confirmations.first().map(shown),
    })
}

/// An address that somebody asks to be opened, as a person sees it. Only Amazon's own is shown: whoever
/// can push could show any other.
fn shown(confirmation: &Confirmation) -> String {
    let Confirmation { topic, address } = confirmation;
    let host = address.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let own = |host: &str| {
        [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|end| host.ends_with(end))
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    if host.is_some_and(own) {
        format!("{topic} sends once {address} was opened")
    } else {
        format!("{topic} asks to open an address that is not Amazon's; it is not shown")
    }
}

fn busy() -> ServiceError {
    ServiceError::Busy { retry_after_seconds: RETRY_AFTER_SECONDS }
}
