//! The one way by which log lines come in, whatever their source: parsed, named, written to the history,
//! and then, in one transaction, judged, counted and marked as read.
//!
//! Deliveries that wait for the database go together in one transaction, so that many small ones cost
//! few commits; where such a group fails, each is tried alone, so that one of them spoils no other. A
//! delivery may come again at any time: its events are known, and its marks say the same.

mod marks;
mod named;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use claviger_feed::envelope::ObjectNotice;
use claviger_model::{AccessEvent, Asset, ConnectionId, RiskEventId};
use claviger_store::{Grant, MintedKey};
use claviger_watch::{Granted, Minted, Parsed, Reject};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::access;
use super::judge::{Batch, OneKey, Part, WatchNews};
use crate::{Service, ServiceError, chain};

pub(crate) use marks::keep_gap;

/// Events that go together in one transaction: few enough that other writers wait for moments.
const EVENTS_AT_ONCE: usize = 20_000;

/// Bytes of room that one permit stands for.
const PERMIT: u64 = 1024;

/// Whose buckets and keys the lines of a source speak of.
#[derive(Debug, Clone)]
pub(crate) enum Whose {
    /// Of one bucket.
    Asset(Box<Asset>),
    /// Of one connection.
    Connection(ConnectionId),
    /// Of any that fits.
    Anybody,
}

/// What commits with a delivery.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A log file was read: its name, content's mark and size.
    LogFile { etag: String, bytes: u64 },
    /// Parts of the source were read so far; `None`: the part is gone.
    Checkpoints(Vec<(String, Option<String>)>),
    /// Nothing: the sender is told.
    Nothing,
}

/// What a source hands over at once.
pub(crate) struct Delivery {
    source: String,
    place: String,
    whose: Whose,
    events: Vec<AccessEvent>,
    minted: Vec<MintedKey>,
    grants: Vec<Grant>,
    rejects: Vec<Reject>,
    lines: u64,
    events_counted: u64,
    /// Whether its log never names keys.
    is_nameless: bool,
    /// Its bytes, unpacked.
    pub(crate) bytes: u64,
    /// When it could be read first, where that is known.
    pub(crate) delivered_at: Option<Timestamp>,
    /// When it was read.
    pub(crate) read_at: Timestamp,
    /// What commits with it.
    pub(crate) mark: Mark,
    /// Objects that it says were created or deleted.
    pub(crate) notices: Vec<ObjectNotice>,
    /// An address that somebody asks to be opened.
    pub(crate) confirmation: Option<String>,
    /// Lines that are lost: since when, and why.
    pub(crate) lost: Option<(Timestamp, String)>,
}

impl Delivery {
    /// What was parsed of a place of a source: a file's name, or one that begins with the time.
    pub(crate) fn new(
        source: &str,
        place: String,
        whose: Whose,
        parsed: Parsed,
        read_at: Timestamp,
    ) -> Self {
        Self {
            source: source.to_owned(),
            place,
            whose,
            lines: parsed.lines,
            events_counted: parsed.events.len() as u64,
            is_nameless: parsed.is_nameless,
            minted: parsed.minted.into_iter().map(minted_key).collect(),
            grants: parsed.granted.into_iter().map(grant).collect(),
            events: claviger_watch::sort_and_dedup(parsed.events),
            rejects: parsed.rejects,
            bytes: 0,
            delivered_at: None,
            read_at,
            mark: Mark::Nothing,
            notices: Vec::new(),
            confirmation: None,
            lost: None,
        }
    }
}

fn minted_key(minted: Minted) -> MintedKey {
    let Minted { event_id, at, parent, child } = minted;
    MintedKey { child, parent, minted_at: at, event_id }
}

fn grant(granted: Granted) -> Grant {
    let Granted { at, by, event_id, operation, to, through } = granted;
    Grant { subject: to, event_id, through, granter: by, granted_at: at, operation }
}

type Waiting = (Delivery, oneshot::Sender<Result<(), ServiceError>>);

/// Deliveries on their way, and how much room is left for more.
pub(crate) struct Intake {
    waiting: Mutex<VecDeque<Waiting>>,
    turn: tokio::sync::Mutex<()>,
    room: Arc<Semaphore>,
    room_bytes: u64,
}

/// Room that a delivery takes while it is on its way.
pub(crate) struct Room(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Intake {
    /// An intake that holds so many bytes at a time.
    pub(crate) fn new(room_bytes: u64) -> Self {
        let permits = usize::try_from(room_bytes / PERMIT).unwrap_or(Semaphore::MAX_PERMITS);
        let permits = permits.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
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

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The deliveries that go together next.
    fn next_group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let mut group = Vec::new();
        let mut events = 0;
        while let Some((next, _)) = waiting.front() {
            events += next.events.len();
            if events > EVENTS_AT_ONCE && !group.is_empty() {
                break;
            }
            group.extend(waiting.pop_front());
        }
        group
    }
}

/// Takes a delivery in. Once this returns well, all that follows from it is committed.
///
/// # Errors
/// The history or the state could not be written; the delivery may be given again.
pub(crate) async fn take_in(service: &Service, delivery: Delivery) -> Result<(), ServiceError> {
    let service = service.clone();
    // A task of its own: a sender that goes away must not leave a group half carried.
    let carried = tokio::spawn(async move { in_turn(&service, delivery).await });
    carried.await.map_err(|fault| ServiceError::Internal(format!("the intake broke: {fault}")))?
}

async fn in_turn(service: &Service, mut delivery: Delivery) -> Result<(), ServiceError> {
    named::name_keys(service, &mut delivery).await?;
    let intake = service.intake();
    let (tell, mut told) = oneshot::channel();
    intake.waiting().push_back((delivery, tell));
    loop {
        tokio::select! {
            biased;
            outcome = &mut told => {
                let lost = || ServiceError::Internal("the intake broke".to_owned());
                return outcome.map_err(|_| lost())?;
            }
            _turn = intake.turn.lock() => {
                let group = intake.next_group();
                carry(service, group).await;
            }
        }
    }
}

/// Carries a group, and tells each of its senders.
async fn carry(service: &Service, group: Vec<Waiting>) {
    let (mut deliveries, tells): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    let many = deliveries.len() > 1;
    match keep(service, &mut deliveries).await {
        Err(error) if many => {
            tracing::warn!(error = %chain(&error), "a group of deliveries goes one by one");
            for (delivery, tell) in deliveries.iter_mut().zip(tells) {
                // Who asked may be gone.
                drop(tell.send(keep(service, std::slice::from_mut(delivery)).await));
            }
        }
        Err(error) => {
            if let Some(tell) = tells.into_iter().next() {
                drop(tell.send(Err(error)));
            }
        }
        Ok(()) => tells.into_iter().for_each(|tell| drop(tell.send(Ok(())))),
    }
}

async fn keep(service: &Service, deliveries: &mut [Delivery]) -> Result<(), ServiceError> {
    let mut batch = batch_of(deliveries);
    let kept = keep_batch(service, &mut batch, deliveries).await;
    if kept.is_err() {
        // Each may be tried alone, or come again.
        for (delivery, part) in deliveries.iter_mut().zip(&batch.parts) {
            let events = batch.events.get(part.range.clone()).unwrap_or_default();
            delivery.events = events.to_vec();
        }
    }
    kept
}

/// The events of all deliveries, which are left without.
fn batch_of(deliveries: &mut [Delivery]) -> Batch {
    let mut events = Vec::with_capacity(deliveries.iter().map(|one| one.events.len()).sum());
    let mut parts = Vec::with_capacity(deliveries.len());
    for delivery in deliveries.iter_mut() {
        let begin = events.len();
        events.append(&mut delivery.events);
        parts.push(Part {
            range: begin..events.len(),
            delivered_at: delivery.delivered_at,
            read_at: delivery.read_at,
        });
    }
    let minted = deliveries.iter().flat_map(|delivery| delivery.minted.iter().cloned()).collect();
    let grants = deliveries.iter().flat_map(|delivery| delivery.grants.iter().cloned()).collect();
    Batch { events: Arc::new(events), parts, minted, grants, leak_reads: Vec::new() }
}

async fn keep_batch(
    service: &Service,
    batch: &mut Batch,
    deliveries: &[Delivery],
) -> Result<(), ServiceError> {
    let mut room = service.watched().lock().await;
    // Keys that are under way when anything fails are not put back, nor is what all keys show: what is kept
    // of them counts.
    let judged = batch.judge(service, &mut room).await;
    let mut keys = judged.inspect_err(|_| room.forget_watch())?;
    let written = write(service, batch, deliveries, &mut keys, &room.watch_news()).await;
    match &written {
        Ok(_) => room.keep_watch(service),
        Err(_) => room.forget_watch(),
    }
    for mut one in keys {
        if written.is_err() {
            room.forget(&one.key);
            continue;
        }
        one.held.settle(&one.change);
        room.put(one.key, one.held);
    }
    drop(room);
    service.wake_workers();
    for event in written? {
        service.tell_pages(event.as_str());
    }
    Ok(())
}

/// Keeps all that follows from a batch in one transaction.
async fn write(
    service: &Service,
    batch: &Batch,
    deliveries: &[Delivery],
    keys: &mut [OneKey],
    watch_news: &WatchNews,
) -> Result<Vec<RiskEventId>, ServiceError> {
    access::read_pasts(service, batch, keys).await?;
    let whose: Vec<&Whose> = deliveries.iter().map(|delivery| &delivery.whose).collect();
    let mut tx = service.store().write().await?;
    let changed = access::keep(service, &mut tx, batch, &whose, keys).await?;
    for (delivery, part) in deliveries.iter().zip(&batch.parts) {
        let events = batch.events.get(part.range.clone()).unwrap_or_default();
        marks::keep(service, &mut tx, delivery, events).await?;
    }
    watch_news.keep(&mut tx).await?;
    tx.commit().await?;
    Ok(changed)
}
