//! What of an event the sensors look at, worked out once and without allocating.

use core::hash::BuildHasher;

use claviger_model::AccessEvent;
use hashbrown::DefaultHashBuilder;

use crate::client::Client;
use crate::habit::Day;
use crate::operation::{Class, Operation};
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
    /// Hash of the object with its bucket, of an event that reads it.
    pub(crate) object: Option<u64>,
    /// Whether it was carried out.
    pub(crate) succeeded: bool,
    /// Whether it was refused for lack of a right.
    pub(crate) denied: bool,
    /// Bytes that left.
    pub(crate) bytes_out: u64,
}

impl Traits {
    /// Whether the event may have made a key, of a user or of a session, or given rights to somebody.
    pub(crate) fn hands_on(&self) -> bool {
        let class = self.operation.class;
        self.succeeded && matches!(class, Class::Mint | Class::Role | Class::Policy)
    }
}

/// Seconds since 1970 in 32 bits; what lies outside counts as the nearest that fits.
pub(crate) fn second(time: jiff::Timestamp) -> u32 {
    u32::try_from(time.as_second().max(1)).unwrap_or(u32::MAX)
}

/// The day of a second.
pub(crate) fn day(second: u32) -> Day {
    Day::try_from(second / DAY).unwrap_or(Day::MAX)
}

/// Hash of the object that an event is about, with its bucket.
pub(crate) fn object_of(event: &AccessEvent) -> Option<u64> {
    let bucket = event.bucket.as_deref().map_or(0, |bucket| hash(bucket.as_bytes()));
    event.object.as_deref().map(|object| join(bucket, hash(object.as_bytes())))
}

/// Places that a [`Memory`] has; few clients, operations and sources make up nearly all of a log.
const REMEMBERED: usize = 512;

/// Longer texts are read anew each time.
const TEXT_MAX: usize = 1_024;

/// What texts that come again and again were found to mean.
#[derive(Debug, Clone)]
struct Memory<T> {
    places: Vec<(String, T)>,
    /// Says only where a text is kept, so that it may differ from run to run.
    hasher: DefaultHashBuilder,
}

impl<T: Copy> Memory<T> {
    /// Remembers what the empty text means.
    fn new(nothing: T) -> Self {
        let places = vec![(String::new(), nothing); REMEMBERED];
        Self { places, hasher: DefaultHashBuilder::default() }
    }

    fn of(&mut self, text: &str, read: impl FnOnce(&str) -> T) -> T {
        if text.len() > TEXT_MAX {
            return read(text);
        }
        let place = self.hasher.hash_one(text) % REMEMBERED as u64;
        let (known, meaning) = &mut self.places[usize::try_from(place).unwrap_or(0)];
        if known != text {
            known.clear();
            known.push_str(text);
            *meaning = read(text);
        }
        *meaning
    }
}

/// Reads traits and remembers texts that come again and again.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    clients: Memory<Option<Client>>,
    operations: Memory<Operation>,
    sources: Memory<Source>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            clients: Memory::new(None),
            operations: Memory::new(Operation::of("")),
            sources: Memory::new(Source::of(Some(""))),
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
        let operation = self.operations.of(&event.operation, Operation::of);
        let read = object.filter(|_| operation.class == Class::Read);
        let client = event.user_agent.as_deref().unwrap_or("");
        Traits {
            second,
            day: day(second),
            source: match event.source_ip.as_deref() {
                Some(source) => self.sources.of(source, |text| Source::of(Some(text))),
                None => Source::of(None),
            },
            client: self.clients.of(client, |text| Client::of(Some(text))),
            operation,
            bucket,
            folder,
            object: read.map(|object| join(within, hash(object))),
            succeeded,
            denied: !succeeded && is_denied(event),
            bytes_out: if succeeded { event.bytes_out.unwrap_or(0) } else { 0 },
        }
    }
}

fn is_denied(event: &AccessEvent) -> bool {
    event.status == Some(403)
        || event.error.as_deref().is_some_and(|error| {
            ["Denied", "Unauthorized", "Forbidden", "NoPermission"]
                .iter()
                .any(|word| error.contains(word))
        })
}
