//! Deliveries that wait for the database: which of them go together next, and how much room is left for more.
//!
//! Those that tell of a leaked key go first: somebody waits for that, and the rest can wait a moment. So many go
//! together as take about as long as a person does not notice, and more only where more comes than is carried so.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use claviger_model::{AccessEvent, AccessKeyId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::Delivery;
use crate::ServiceError;

/// Events that go together in one transaction at most, so that other writers wait for moments, and so many that
/// what a transaction costs is shared by enough of them.
const EVENTS_MAX: usize = 20_000;
const EVENTS_MIN: usize = 2_000;

/// How long a group should take.
const GROUP_TAKES: Duration = Duration::from_millis(150);

/// Events of a delivery that go ahead of it at most.
const AHEAD_MAX: usize = 500;

/// A smaller group says little of how long an event takes.
const TELLING: usize = 500;

/// Nothing waits longer for what goes first: then it is its turn, too.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes of room that one permit stands for.
const PERMIT: u64 = 1024;

/// Deliveries of one reader that may be on their way at the same time: each is kept only after those before it, so
/// that the position which is kept with one is never beyond what was kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence(Arc<AtomicBool>);

impl Sequence {
    /// One of them was not kept: none after it is.
    pub(super) fn break_off(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether one of them was not kept.
    pub(super) fn is_broken(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A delivery that waits, and who is told what became of it.
pub(super) struct Waiting {
    pub(super) delivery: Delivery,
    pub(super) tell: oneshot::Sender<Result<(), ServiceError>>,
    since: Instant,
    /// Whether it tells of a leaked key.
    is_urgent: bool,
}

/// Deliveries on their way, and how much room is left for more.
pub(crate) struct Intake {
    waiting: Mutex<VecDeque<Waiting>>,
    pub(super) turn: tokio::sync::Mutex<()>,
    first: Mutex<First>,
    pace: Mutex<Pace>,
    groups: AtomicU64,
    is_ahead: AtomicBool,
    room: Arc<Semaphore>,
    room_bytes: u64,
}

/// Keys whose use is told before that of others, as of the last look.
#[derive(Debug, Default)]
struct First {
    leaked: HashSet<AccessKeyId>,
    canaries: HashSet<AccessKeyId>,
}

/// How long an event takes by now.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    seconds_an_event: f64,
    /// Whether the group before had what goes first.
    was_urgent: bool,
}

impl First {
    /// What a delivery tells of them.
    fn of<'a>(&self, delivery: &'a Delivery) -> impl Iterator<Item = &'a AccessEvent> {
        let is_any = !(self.leaked.is_empty() && self.canaries.is_empty());
        let events = if is_any { delivery.events.as_slice() } else { &[] };
        events.iter().filter(|event| event.access_key_id.as_ref().is_some_and(|key| self.has(key)))
    }

    fn has(&self, key: &AccessKeyId) -> bool {
        self.leaked.contains(key) || self.canaries.contains(key)
    }
}

/// Room that a delivery takes while it is on its way.
pub(crate) struct Room(OwnedSemaphorePermit);

impl Room {
    /// The bytes that it has room for.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.num_permits() as u64 * PERMIT
    }
}

impl Intake {
    /// An intake that holds so many bytes at a time.
    pub(crate) fn new(room_bytes: u64) -> Self {
        let permits = usize::try_from(room_bytes / PERMIT).unwrap_or(Semaphore::MAX_PERMITS);
        let permits = permits.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            first: Mutex::default(),
            pace: Mutex::default(),
            groups: AtomicU64::default(),
            is_ahead: AtomicBool::default(),
            room: Arc::new(Semaphore::new(permits)),
            room_bytes,
        }
    }

    /// The most bytes that one delivery may have.
    pub(crate) fn room_bytes(&self) -> u64 {
        self.room_bytes
    }

    /// Room for so many bytes, if there is some now.
    pub(crate) fn try_room(&self, bytes: u64) -> Option<Room> {
        self.room.clone().try_acquire_many_owned(self.permits(bytes)).ok().map(Room)
    }

    /// Room for so many bytes, once there is some.
    pub(crate) async fn room(&self, bytes: u64) -> Option<Room> {
        // The semaphore is never closed.
        self.room.clone().acquire_many_owned(self.permits(bytes)).await.ok().map(Room)
    }

    fn permits(&self, bytes: u64) -> u32 {
        let all = (self.room_bytes / PERMIT).max(1);
        u32::try_from(bytes.div_ceil(PERMIT).clamp(1, all)).unwrap_or(u32::MAX)
    }

    /// These keys are known to have leaked, and no others: what tells of them goes first.
    pub(crate) fn put_first(&self, leaked: HashSet<AccessKeyId>) {
        held(&self.first).leaked = leaked;
    }

    /// Of these keys, these are known to have leaked now.
    pub(crate) fn change_first(&self, keys: &[AccessKeyId], leaked: &HashSet<&AccessKeyId>) {
        let mut first = held(&self.first);
        for key in keys {
            if leaked.contains(key) {
                first.leaked.insert(key.clone());
            } else {
                first.leaked.remove(key);
            }
        }
    }

    /// These keys nobody should use: what tells of them goes first, too.
    pub(crate) fn put_canaries_first(&self, canaries: HashSet<AccessKeyId>) {
        held(&self.first).canaries = canaries;
    }

    /// Whether a delivery would have to wait now.
    pub(super) fn is_busy(&self) -> bool {
        self.turn.try_lock().is_err() || !held(&self.waiting).is_empty()
    }

    /// What a delivery tells of leaked keys, or the first of it: the rest of much is no news.
    pub(super) fn first_of(&self, delivery: &Delivery) -> Vec<AccessEvent> {
        held(&self.first).of(delivery).take(AHEAD_MAX).cloned().collect()
    }

    /// A delivery waits from now on.
    pub(super) fn push(&self, delivery: Delivery, tell: oneshot::Sender<Result<(), ServiceError>>) {
        let is_urgent =
            !delivery.waits_its_turn && held(&self.first).of(&delivery).next().is_some();
        let waiting = Waiting { delivery, tell, since: Instant::now(), is_urgent };
        held(&self.waiting).push_back(waiting);
    }

    /// The deliveries that go together next.
    pub(super) fn next_group(&self) -> Vec<Waiting> {
        let mut waiting = held(&self.waiting);
        let mut pace = held(&self.pace);
        let has_waited = |first: &Waiting| pace.was_urgent && first.since.elapsed() > PATIENCE;
        let is_due = waiting.front().is_some_and(has_waited);
        let first = if is_due { Vec::new() } else { urgent(&waiting) };
        pace.was_urgent = !first.is_empty();
        let all: usize = waiting.iter().map(|one| one.delivery.events.len()).sum();
        // Where more comes than so small groups can carry, larger ones carry it for less.
        let most = pace.events().max((all / 2).min(EVENTS_MAX));
        let mut events = 0;
        let mut group = Vec::new();
        let mut has_room = |one: &Waiting| {
            events += one.delivery.events.len();
            events <= most
        };
        if first.is_empty() {
            while let Some(next) = waiting.front()
                && (has_room(next) || group.is_empty())
            {
                group.extend(waiting.pop_front());
            }
            return group;
        }
        for (taken, place) in first.into_iter().enumerate() {
            let Some(next) = waiting.get(place - taken) else { break };
            if !has_room(next) && !group.is_empty() {
                break;
            }
            group.extend(waiting.remove(place - taken));
        }
        group
    }

    /// A group was carried. `is_ahead`: keys are judged ahead of the order of their requests.
    pub(super) fn end_group(&self, is_ahead: bool) {
        self.groups.fetch_add(1, Ordering::SeqCst);
        self.is_ahead.store(is_ahead, Ordering::SeqCst);
    }

    /// The number of the last group, where keys are judged ahead since.
    pub(super) fn group_ahead(&self) -> Option<u64> {
        self.is_ahead.load(Ordering::SeqCst).then(|| self.groups.load(Ordering::SeqCst))
    }

    /// A group of so many events took so long.
    pub(super) fn note_pace(&self, events: usize, took: Duration) {
        if events >= TELLING {
            held(&self.pace).note(events, took);
        }
    }
}

impl Pace {
    fn note(&mut self, events: usize, took: Duration) {
        let now = took.as_secs_f64() / events as f64;
        self.seconds_an_event = match self.seconds_an_event {
            0.0 => now,
            before => 0.7 * before + 0.3 * now,
        };
    }

    /// So many events should go together.
    fn events(self) -> usize {
        if self.seconds_an_event <= 0.0 {
            return EVENTS_MIN;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let events = (GROUP_TAKES.as_secs_f64() / self.seconds_an_event).min(1e9) as usize;
        events.clamp(EVENTS_MIN, EVENTS_MAX)
    }
}

/// The places of what tells of leaked keys, with what has to be kept before it.
fn urgent(waiting: &VecDeque<Waiting>) -> Vec<usize> {
    let mut places: Vec<usize> = Vec::new();
    let mut sequences: Vec<&Sequence> = Vec::new();
    for (place, one) in waiting.iter().enumerate().rev() {
        let sequence = one.delivery.sequence.as_ref();
        let leads = sequence.is_some_and(|own| sequences.iter().any(|known| known.is(own)));
        if one.is_urgent || leads {
            places.push(place);
            sequences.extend(sequence.filter(|_| !leads));
        }
    }
    places.reverse();
    places
}

fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use claviger_model::EventId;
    use claviger_watch::Parsed;
    use jiff::Timestamp;

    use super::super::{Delivery, Whose};
    use super::*;

    fn key(number: u32) -> AccessKeyId {
        AccessKeyId::parse(&format!("LTAI5tFAKEFAKEFAKE{number:06}")).unwrap()
    }

    /// A delivery of some uses of a key.
    fn delivery(name: &str, number: u32, events: usize, sequence: Option<&Sequence>) -> Delivery {
        let event = |place: usize| AccessEvent {
            time: Timestamp::UNIX_EPOCH,
            access_key_id: Some(key(number)),
            account: None,
            source_ip: None,
            user_agent: None,
            operation: "GetObject".to_owned(),
            bucket: None,
            object: None,
            status: None,
            error: None,
            bytes_out: None,
            bytes_in: None,
            request_id: None,
            event_id: EventId(format!("{name} {place}")),
        };
        let parsed = Parsed { events: (0..events).map(event).collect(), ..Parsed::default() };
        let at = Timestamp::UNIX_EPOCH;
        let mut one = Delivery::new("a source", name.to_owned(), Whose::Anybody, parsed, at);
        one.sequence = sequence.cloned();
        one
    }

    fn names(group: &[Waiting]) -> Vec<&str> {
        group.iter().map(|one| one.delivery.place.as_str()).collect()
    }

    #[test]
    fn what_tells_of_a_leaked_key_goes_first_with_what_it_must_follow() {
        let intake = Intake::new(1 << 20);
        intake.put_first(HashSet::from([key(9)]));
        let (file, other) = (Sequence::default(), Sequence::default());
        let waiting = [
            ("a", 1, None),
            ("file 1", 1, Some(&file)),
            ("b", 1, Some(&other)),
            ("file 2", 9, Some(&file)),
            ("c", 9, None),
            ("file 3", 1, Some(&file)),
        ];
        for (name, number, sequence) in waiting {
            intake.push(delivery(name, number, 1, sequence), oneshot::channel().0);
        }
        assert_eq!(names(&intake.next_group()), ["file 1", "file 2", "c"]);
        assert_eq!(names(&intake.next_group()), ["a", "b", "file 3"]);
        assert!(intake.next_group().is_empty());
    }

    #[test]
    fn what_went_ahead_of_its_delivery_lets_that_wait() {
        let intake = Intake::new(1 << 20);
        intake.put_first(HashSet::from([key(9)]));
        let file = Sequence::default();
        let mut stretch = delivery("file 1", 9, 3, Some(&file));
        stretch.events.extend(delivery("others", 1, 4, None).events);
        assert!(!intake.is_busy());
        let ahead = intake.first_of(&stretch);
        assert_eq!(ahead.len(), 3);
        intake.push(stretch.ahead_of(ahead), oneshot::channel().0);
        assert!(intake.is_busy());
        stretch.waits_its_turn = true;
        intake.push(stretch, oneshot::channel().0);
        let group = intake.next_group();
        let [ahead] = group.as_slice() else { panic!("{:?}", names(&group)) };
        let ahead = &ahead.delivery;
        assert_eq!((ahead.events.len(), ahead.events_counted, ahead.lines), (3, 0, 0));
        assert!(ahead.sequence.is_none() && matches!(ahead.mark, super::super::Mark::Nothing));
        let group = intake.next_group();
        assert_eq!(group.iter().map(|one| one.delivery.events.len()).sum::<usize>(), 7);
        assert!(intake.first_of(&delivery("b", 1, 2, None)).is_empty());
    }

    #[test]
    fn what_has_waited_long_has_its_turn_between() {
        let intake = Intake::new(1 << 20);
        intake.put_first(HashSet::from([key(9)]));
        let push = |name, number| {
            intake.push(delivery(name, number, EVENTS_MAX, None), oneshot::channel().0);
        };
        push("slow", 1);
        if let Some(first) = held(&intake.waiting).front_mut() {
            first.since = Instant::now().checked_sub(PATIENCE * 2).unwrap();
        }
        ["leak 1", "leak 2", "leak 3"].into_iter().for_each(|name| push(name, 9));
        let order: Vec<String> = (0..4).map(|_| names(&intake.next_group()).join(", ")).collect();
        assert_eq!(order, ["leak 1", "slow", "leak 2", "leak 3"]);
    }

    #[test]
    fn groups_are_as_large_as_the_time_allows() {
        let intake = Intake::new(1 << 20);
        assert_eq!(held(&intake.pace).events(), EVENTS_MIN);
        for _ in 0..30 {
            intake.note_pace(10_000, Duration::from_millis(300));
        }
        assert!((4_900..=5_100).contains(&held(&intake.pace).events()));
        for _ in 0..30 {
            intake.note_pace(10_000, Duration::from_secs(30));
        }
        assert_eq!(held(&intake.pace).events(), EVENTS_MIN);
    }
}
