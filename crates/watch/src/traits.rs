//! What of an event the sensors look at, worked out once and without allocating.

use claviger_model::AccessEvent;

use crate::client::Client;
use crate::habit::Day;
use crate::operation::Operation;
use crate::sketch::{hash, join};
use crate::source::Source;

/// Seconds of a day.
pub(crate) const DAY: u32 = 86_400;

/// An event's traits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Traits {
    /// Its time in seconds since 1970.
    pub(crate) second: u32,
    /// Its day.
    pub(crate) day: Day,
    pub(crate) source: Source,
    pub(crate) client: Option<Client>,
    pub(crate) operation: Operation,
    /// Hash of the bucket.
    pub(crate) bucket: Option<u64>,
    /// Hash of the bucket and the first folder in it.
    pub(crate) folder: Option<u64>,
    /// Hash of the object with its bucket.
    pub(crate) object: Option<u64>,
    /// Whether it was carried out.
    pub(crate) succeeded: bool,
    /// Whether it was refused for lack of a right.
    pub(crate) denied: bool,
    /// Bytes that left.
    pub(crate) bytes_out: u64,
}

/// Seconds since 1970 in 32 bits; what lies outside counts as the nearest that fits.
pub(crate) fn second(time: jiff::Timestamp) -> u32 {
    u32::try_from(time.as_second().max(1)).unwrap_or(u32::MAX)
}

/// The day of a second.
pub(crate) fn day(second: u32) -> Day {
    Day::try_from(second / DAY).unwrap_or(Day::MAX)
}

/// Places that a [`Reading`] remembers; few clients, operations and sources make up nearly all
/// of a log.
const REMEMBERED: usize = 512;

/// Reads traits and remembers texts that come again and again.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    clients: Vec<(u64, Option<Client>)>,
    operations: Vec<(u64, Operation)>,
    sources: Vec<(u64, Source)>,
}

impl Default for Reading {
    fn default() -> Self {
        let nothing = Operation::of("");
        Self {
            clients: vec![(hash(b""), None); REMEMBERED],
            operations: vec![(nothing.name, nothing); REMEMBERED],
            sources: vec![(hash(b""), Source::of(Some(""))); REMEMBERED],
        }
    }
}

impl Reading {
    /// The traits of an event.
    pub(crate) fn of(&mut self, event: &AccessEvent) -> Traits {
        let second = second(event.time);
        let bucket = event.bucket.as_deref().map(|bucket| hash(bucket.as_bytes()));
        let object = event.object.as_deref().map(str::as_bytes);
        let within = bucket.unwrap_or(0);
        let folder = object.map(|object| {
            let end = object.iter().position(|byte| *byte == b'/').unwrap_or(0);
            join(within, hash(&object[..end]))
        });
        let succeeded = event.succeeded();
        Traits {
            second,
            day: day(second),
            source: self.source(event.source_ip.as_deref()),
            client: self.client(event.user_agent.as_deref().unwrap_or("")),
            operation: self.operation(&event.operation),
            bucket,
            folder,
            object: object.map(|object| join(within, hash(object))),
            succeeded,
            denied: !succeeded && is_denied(event),
            bytes_out: if succeeded { event.bytes_out.unwrap_or(0) } else { 0 },
        }
    }

    fn client(&mut self, text: &str) -> Option<Client> {
        let hash = hash(text.as_bytes());
        let (known, client) = &mut self.clients[place(hash)];
        if *known != hash {
            (*known, *client) = (hash, Client::of(Some(text)));
        }
        *client
    }

    fn source(&mut self, text: Option<&str>) -> Source {
        let Some(text) = text else { return Source::of(None) };
        let hash = hash(text.as_bytes());
        let (known, source) = &mut self.sources[place(hash)];
        if *known != hash {
            (*known, *source) = (hash, Source::of(Some(text)));
        }
        *source
    }

    fn operation(&mut self, text: &str) -> Operation {
        let hash = hash(text.as_bytes());
        let (known, operation) = &mut self.operations[place(hash)];
        if *known != hash {
            (*known, *operation) = (hash, Operation::of(text));
        }
        *operation
    }
}

fn place(hash: u64) -> usize {
    usize::try_from(hash % REMEMBERED as u64).unwrap_or(0)
}

fn is_denied(event: &AccessEvent) -> bool {
    event.status == Some(403)
        || event.error.as_deref().is_some_and(|error| {
            ["Denied", "Unauthorized", "Forbidden", "NoPermission"]
                .iter()
                .any(|word| error.contains(word))
        })
}
