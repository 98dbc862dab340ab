//! A source of messages of a JetStream stream.

use claviger_feed::body::{self, Encoding};
use claviger_feed::envelope;
use claviger_feed::nats::{Batch, Received, Subscription, Wanted};
use claviger_model::LogSource;
use claviger_store::{source_checkpoints, source_progress};
use claviger_watch::{LogFormat, Parsed, Reject};
use jiff::Timestamp;

use super::supervisor::recover;
use super::{format_of, parse, secret_of, whose};
use crate::gather::intake::{self, Delivery, Mark};
use crate::{Service, ServiceError, chain};

/// The part under which the last safe message's number is kept.
const PART: &str = "stream";

/// A NATS server's port unless another is named.
const PORT: u16 = 4222;

/// The longest payload, unpacked.
const UNPACKED_MAX: u64 = 64 << 20;

/// Where the messages are.
pub(super) struct Place<'a> {
    pub(super) url: &'a str,
    pub(super) stream: &'a str,
    pub(super) subject: &'a str,
}

/// Reads for ever; ends only where it cannot go on.
pub(super) async fn run(
    service: &Service,
    source: &LogSource,
    place: &Place<'_>,
) -> Result<(), ServiceError> {
    let servers = servers(service, place.url).await?;
    let secret = secret_of(service, source).await?;
    let id = source.id.as_str();
    let mut reader = service.store().read().await?;
    let checkpoints = source_checkpoints::of_source(&mut reader, id).await?;
    drop(reader);
    let known = checkpoints.iter().find(|(part, _)| part == PART);
    let mut after: Option<u64> = known.and_then(|(_, number)| number.parse().ok());
    let wanted = Wanted {
        servers,
        secret: secret.as_ref(),
        stream: place.stream,
        subject: place.subject,
        consumer: &format!("claviger-{id}"),
        after,
    };
    let mut subscription = Subscription::open(&wanted).await?;
    recover(service, source).await?;
    let mut lost = lost(after, subscription.first_kept(), service.now());
    let mut pending = None;
    loop {
        let batch = subscription.next().await?;
        let last = batch.messages.last().map(|message| message.sequence);
        after = after.max(last);
        take(service, source, &batch, after, lost.take()).await?;
        if pending != Some(batch.pending) {
            pending = Some(batch.pending);
            let mut tx = service.store().write().await?;
            source_progress::set_backlog(&mut tx, id, batch.pending, "messages").await?;
            tx.commit().await?;
        }
        batch.acknowledge().await?;
    }
}

/// The server's addresses, judged as every address is that somebody typed in. A name that TLS is to prove
/// stays a name.
async fn servers(service: &Service, url: &str) -> Result<Vec<String>, ServiceError> {
    let wrong = || {
        ServiceError::invalid("url", format!("`{url}` is no address"), "write `nats://HOST:4222`")
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| wrong())?),
        _ => (rest, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = service
        .guard()
        .resolve(host, port)
        .await
        .map_err(|error| ServiceError::Conflict { message: chain(&error), hint: error.hint() })?;
    Ok(match scheme {
        "nats" => addresses.iter().map(|address| format!("nats://{address}")).collect(),
        _ => vec![url.to_owned()],
    })
}

/// Messages that the stream dropped before they were read.
fn lost(after: Option<u64>, first_kept: u64, now: Timestamp) -> Option<(Timestamp, String)> {
    let first_missing = after?.saturating_add(1);
    (first_kept > first_missing).then(|| {
        let words = format!(
            "the stream dropped its messages {first_missing} to {} before they were read",
            first_kept - 1
        );
        (now, words)
    })
}

/// Takes a batch in, the messages of one subject together.
async fn take(
    service: &Service,
    source: &LogSource,
    batch: &Batch,
    after: Option<u64>,
    mut lost: Option<(Timestamp, String)>,
) -> Result<(), ServiceError> {
    let mut rest = batch.messages.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|message| message.subject == first.subject).count();
        let (together, others) = rest.split_at(same);
        rest = others;
        let read_at = service.now();
        let bytes: usize = together.iter().map(|message| message.payload.len()).sum();
        let _room = service.intake().room(bytes as u64).await;
        let (format, own) = (format_of(source), together.to_vec());
        let opened = tokio::task::spawn_blocking(move || open(&own, format));
        let opened = opened
            .await
            .map_err(|fault| ServiceError::Internal(format!("a message broke: {fault}")))?;
        let place = format!("{read_at:.6} {}/{}", first.subject, first.sequence);
        let mut delivery =
            Delivery::new(source.id.as_str(), place, whose(source), opened.parsed, read_at);
        delivery.bytes = opened.bytes;
        delivery.delivered_at = together.last().and_then(|message| message.published_at);
        delivery.notices = opened.notices;
        delivery.lost = lost.take();
        if rest.is_empty() {
            let number = after.map(|after| after.to_string());
            delivery.mark = Mark::Checkpoints(vec![(PART.to_owned(), number)]);
        }
        intake::take_in(service, delivery).await?;
    }
    Ok(())
}

/// Messages, opened.
struct Opened {
    parsed: Parsed,
    bytes: u64,
    notices: Vec<envelope::ObjectNotice>,
}

fn open(messages: &[Received], format: Option<LogFormat>) -> Opened {
    let mut lines = Vec::new();
    let mut notices = Vec::new();
    let mut unreadable = Vec::new();
    for message in messages {
        let plain = Encoding::of_header(message.encoding.as_deref())
            .and_then(|encoding| body::unpack(encoding, &message.payload, UNPACKED_MAX));
        match plain {
            Ok(plain) => {
                let unwrapped = envelope::unwrap(&plain);
                lines.extend_from_slice(&unwrapped.lines);
                if !unwrapped.lines.is_empty() && !unwrapped.lines.ends_with(b"\n") {
                    lines.push(b'\n');
                }
                notices.extend(unwrapped.notices);
            }
            Err(error) => unreadable.push(format!("message {}: {error}", message.sequence)),
        }
    }
    let mut parsed = parse(format, &lines);
    for why in unreadable {
        parsed.lines += 1;
        let line = parsed.lines;
        parsed.rejects.push(Reject { line, start: 0, end: 0, why });
    }
    Opened { parsed, bytes: lines.len() as u64, notices }
}
