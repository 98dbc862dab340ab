//! Many events, held small, and handed out in the order of time, each once.
//!
//! The same as [`crate::sort_and_dedup`] over all of them, at a fraction of the memory and the time:
//! texts that come again and again (keys, accounts, addresses, agents, operations, buckets, errors) are
//! held once, the others one behind the other.

use std::hash::BuildHasher;

use claviger_model::{AccessEvent, AccessKeyId, EventId};
use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::Timestamp;

use crate::format::EventView;

/// The fields whose texts are held once.
const SHARED: usize = 7;

/// A text that is held once; 0 is none.
type Id = u32;

/// Events by time, then event id; one for each event id.
#[derive(Default)]
pub struct Timeline {
    held: Vec<Held>,
    /// Hashes of event ids and places in `held`. The hash is kept, so that to grow asks for no text.
    by_event_id: HashTable<(u64, u32)>,
    texts: Texts,
    /// The shared texts of the event before: most are the same again.
    latest: [Id; SHARED],
    /// Objects, request ids and event ids, one behind the other.
    own: String,
    hasher: DefaultHashBuilder,
}

/// One event. What a field's text is stands in `texts` and `own`.
#[derive(Clone, Copy)]
struct Held {
    time: Timestamp,
    /// Key, account, address, agent, operation, bucket, error.
    shared: [Id; SHARED],
    status: Option<u16>,
    bytes_out: Option<u64>,
    bytes_in: Option<u64>,
    /// Where the event's own texts begin: its id, object and request id.
    own: usize,
    event_id: u32,
    object: Option<u32>,
    request_id: Option<u32>,
}

impl Timeline {
    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Adds an event. Of two with one event id, the one that is least in the order of its fields
    /// stays.
    pub fn add(&mut self, event: &EventView<'_>) {
        let held = self.hold(event);
        let hash = self.hasher.hash_one(&*event.event_id);
        let known = self.by_event_id.find(hash, |(known, place)| {
            let held = self.held.get(*place as usize).filter(|_| *known == hash);
            held.is_some_and(|held| self.event_id(held) == event.event_id)
        });
        let Some(place) = known.map(|(_, place)| *place as usize) else {
            let place = self.held.len() as u32;
            self.held.push(held);
            self.by_event_id.insert_unique(hash, (hash, place), |(hash, _)| *hash);
            return;
        };
        if let Some(known) = self.held.get(place)
            && !self.is_same(known, &held)
            && self.event(&held) < self.event(known)
            && let Some(known) = self.held.get_mut(place)
        {
            *known = held;
        } else {
            self.own.truncate(held.own);
        }
    }

    fn hold(&mut self, event: &EventView<'_>) -> Held {
        let shared = [
            event.access_key_id.as_deref(),
            event.account.as_deref(),
            event.source_ip.as_deref(),
            event.user_agent.as_deref(),
            Some(&*event.operation),
            event.bucket.as_deref(),
            event.error.as_deref(),
        ];
        for (text, id) in shared.into_iter().zip(&mut self.latest) {
            if self.texts.get(*id) != text {
                *id = text.map_or(0, |text| self.texts.id(text, &self.hasher));
            }
        }
        let own = self.own.len();
        let mut put = |text: &str| {
            self.own.push_str(text);
            text.len() as u32
        };
        let event_id = put(&event.event_id);
        let object = event.object.as_deref().map(&mut put);
        let request_id = event.request_id.as_deref().map(&mut put);
        Held {
            time: event.time,
            shared: self.latest,
            status: event.status,
            bytes_out: event.bytes_out,
            bytes_in: event.bytes_in,
            own,
            event_id,
            object,
            request_id,
        }
    }

    fn event_id(&self, held: &Held) -> &str {
        let end = held.own + held.event_id as usize;
        self.own.get(held.own..end).unwrap_or_default()
    }

    /// The object and the request id.
    fn object_and_request_id(&self, held: &Held) -> (Option<&str>, Option<&str>) {
        let object = held.own + held.event_id as usize;
        let request_id = object + held.object.unwrap_or(0) as usize;
        let text = |start: usize, length: u32| self.own.get(start..start + length as usize);
        (
            held.object.and_then(|length| text(object, length)),
            held.request_id.and_then(|length| text(request_id, length)),
        )
    }

    /// Whether two deliveries of an event say the same.
    fn is_same(&self, a: &Held, b: &Held) -> bool {
        let fields = |held: &Held| (held.time, held.shared, held.status, held.bytes_out);
        fields(a) == fields(b)
            && a.bytes_in == b.bytes_in
            && self.object_and_request_id(a) == self.object_and_request_id(b)
    }

    fn event(&self, held: &Held) -> AccessEvent {
        let mut event = empty();
        self.fill(&mut event, &[0; SHARED], held);
        event
    }

    /// Makes an event that has the shared texts `before` into the one that is held.
    fn fill(&self, event: &mut AccessEvent, before: &[Id; SHARED], held: &Held) {
        let [key, account, source_ip, user_agent, operation, bucket, error] = held.shared;
        let changed = |field: usize| before.get(field) != held.shared.get(field);
        if changed(0) {
            event.access_key_id = self.texts.get(key).and_then(|id| AccessKeyId::parse(id).ok());
        }
        let fields = [
            (1, account, &mut event.account),
            (2, source_ip, &mut event.source_ip),
            (3, user_agent, &mut event.user_agent),
            (5, bucket, &mut event.bucket),
            (6, error, &mut event.error),
        ];
        for (field, id, text) in fields {
            if changed(field) {
                set(text, self.texts.get(id));
            }
        }
        if changed(4) {
            event.operation.clear();
            event.operation.push_str(self.texts.get(operation).unwrap_or_default());
        }
        let (object, request_id) = self.object_and_request_id(held);
        set(&mut event.object, object);
        set(&mut event.request_id, request_id);
        event.event_id.0.clear();
        event.event_id.0.push_str(self.event_id(held));
        event.time = held.time;
        event.status = held.status;
        event.bytes_out = held.bytes_out;
        event.bytes_in = held.bytes_in;
    }

    /// How many keys were used.
    #[must_use]
    pub fn keys(&self) -> usize {
        let mut keys: Vec<Id> = self.held.iter().map(|held| held.shared[0]).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.iter().filter(|key| **key != 0).count()
    }

    /// Each key with each account in whose name it was used.
    pub fn holders(&self) -> impl Iterator<Item = (AccessKeyId, &str)> {
        let mut pairs: Vec<[Id; 2]> = Vec::new();
        for pair in self.held.iter().map(|held| [held.shared[0], held.shared[1]]) {
            // Mostly it is the one before again.
            if pairs.last() != Some(&pair) {
                pairs.push(pair);
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs.into_iter().filter_map(|[key, account]| {
            Some((AccessKeyId::parse(self.texts.get(key)?).ok()?, self.texts.get(account)?))
        })
    }

    /// Hands each event out, in order, until `take` has enough.
    pub fn in_order(&self, mut take: impl FnMut(&AccessEvent) -> bool) {
        let mut event = empty();
        let mut before = [0; SHARED];
        for place in self.order() {
            let Some(held) = self.held.get(place as usize) else { continue };
            self.fill(&mut event, &before, held);
            before = held.shared;
            if !take(&event) {
                return;
            }
        }
    }

    /// The places of the events in their order.
    fn order(&self) -> impl Iterator<Item = u32> {
        let head = |text: &str| {
            let mut head = [0; 8];
            head.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
            u64::from_be_bytes(head)
        };
        let mut order: Vec<(Timestamp, u64, u32)> = self
            .held
            .iter()
            .zip(0..)
            .map(|(held, place)| (held.time, head(self.event_id(held)), place))
            .collect();
        let id = |place: u32| self.held.get(place as usize).map(|held| self.event_id(held));
        // Logs are nearly in order: this sort takes what runs up as it is.
        order.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| id(a.2).cmp(&id(b.2))));
        order.into_iter().map(|(_, _, place)| place)
    }
}

/// Writes a text over another one's room.
fn set(field: &mut Option<String>, text: Option<&str>) {
    match (field, text) {
        (field @ Some(_), None) => *field = None,
        (None, None) => {}
        (Some(field), Some(text)) => {
            field.clear();
            field.push_str(text);
        }
        (field @ None, Some(text)) => *field = Some(text.to_owned()),
    }
}

fn empty() -> AccessEvent {
    AccessEvent {
        time: Timestamp::UNIX_EPOCH,
        access_key_id: None,
        account: None,
        source_ip: None,
        user_agent: None,
        operation: String::new(),
        bucket: None,
        object: None,
        status: None,
        error: None,
        bytes_out: None,
        bytes_in: None,
        request_id: None,
        event_id: EventId(String::new()),
    }
}

/// Texts, each held once.
#[derive(Default)]
struct Texts {
    texts: Vec<Box<str>>,
    by_text: HashTable<Id>,
}

impl Texts {
    fn get(&self, id: Id) -> Option<&str> {
        self.texts.get((id as usize).checked_sub(1)?).map(|text| &**text)
    }

    fn id(&mut self, text: &str, hasher: &DefaultHashBuilder) -> Id {
        let hash = hasher.hash_one(text);
        let texts = &self.texts;
        let get = |id: &Id| texts.get((*id as usize).wrapping_sub(1)).map(|text| &**text);
        if let Some(id) = self.by_text.find(hash, |id| get(id) == Some(text)) {
            return *id;
        }
        let id = self.texts.len() as Id + 1;
        self.by_text.insert_unique(hash, id, |id| get(id).map_or(0, |text| hasher.hash_one(text)));
        self.texts.push(text.into());
        id
    }
}
