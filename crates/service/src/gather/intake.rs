//! The one way by which log lines come in, whatever their source: parsed, named, written to the history,
//! and then, in one transaction, judged, counted and marked as read.
//!
//! Deliveries that wait for the database go together in one transaction, so that many small ones cost
//! few commits; where such a group fails, each is tried alone, so that one of them spoils no other. A
//! delivery may come again at any time: its events are known, and its marks say the same.

mod marks;
mod named;
mod queue;
mod settle;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use claviger_feed::envelope::ObjectNotice;
use claviger_model::{AccessEvent, AccessKeyId, Asset, ConnectionId, RiskEventId};
use claviger_store::{Grant, MintedKey, keys_ahead};
use claviger_watch::{Granted, Minted, Parsed, Reject};
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::access;
use super::judge::{Batch, OneKey, Part, WatchNews};
use crate::{Service, ServiceError, chain};

pub(crate) use marks::keep_gap;
use queue::Waiting;
pub(crate) use queue::{Intake, Room, Sequence};
pub(crate) use settle::now as settle;

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
    /// Whether it is old because the past is read: it says nothing of how far behind its source is.
    pub(crate) is_past: bool,
    /// The deliveries among which it is kept in order.
    pub(crate) sequence: Option<Sequence>,
    /// Whether nothing of it goes first: what it tells of leaked keys went ahead of it, or there is none.
    waits_its_turn: bool,
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
            is_past: false,
            sequence: None,
            waits_its_turn: false,
        }
    }

    /// Some of its events, which come again with it and are known then: nothing else is said of them twice.
    fn ahead_of(&self, events: Vec<AccessEvent>) -> Self {
        let parsed = Parsed { events, ..Parsed::default() };
        let whose = self.whose.clone();
        Self {
            events_counted: 0,
            delivered_at: self.delivered_at,
            is_past: self.is_past,
            ..Self::new(&self.source, self.place.clone(), whose, parsed, self.read_at)
        }
    }

    /// Whether one that has to be kept before it was not.
    fn is_cut_off(&self) -> bool {
        self.sequence.as_ref().is_some_and(Sequence::is_broken)
    }

    /// It was not kept.
    fn break_off(&self) {
        self.sequence.iter().for_each(Sequence::break_off);
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

/// A delivery that waits for its turn.
pub(crate) struct Queued(JoinHandle<Result<(), ServiceError>>);

impl Queued {
    /// Whether it is known by now what became of it.
    pub(crate) fn is_done(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits until it is taken in. Once this returns well, all that follows from it is committed.
    ///
    /// # Errors
    /// The history or the state could not be written; the delivery may be given again.
    pub(crate) async fn taken_in(self) -> Result<(), ServiceError> {
        let carried = self.0.await;
        carried.map_err(|fault| ServiceError::Internal(format!("the intake broke: {fault}")))?
    }
}

/// Lets a delivery wait for its turn, behind those that were queued before.
///
/// # Errors
/// The inventory could not be read.
pub(crate) async fn queue(
    service: &Service,
    mut delivery: Delivery,
) -> Result<Queued, ServiceError> {
    named::name_keys(service, &mut delivery).await?;
    overtake(service, &mut delivery);
    Ok(wait(service, delivery))
}

fn wait(service: &Service, delivery: Delivery) -> Queued {
    let (tell, told) = oneshot::channel();
    service.intake().push(delivery, tell);
    let service = service.clone();
    // A task of its own: a sender that goes away must not leave a group half carried.
    Queued(tokio::spawn(async move { in_turn(&service, told).await }))
}

/// A delivery that has to wait for those before it does not let wait what it tells of leaked keys: that goes ahead.
fn overtake(service: &Service, delivery: &mut Delivery) {
    let intake = service.intake();
    if delivery.sequence.is_none() || !intake.is_busy() {
        return;
    }
    let events = intake.first_of(delivery);
    if !events.is_empty() {
        // Nobody waits for it: what becomes of it, the delivery itself still has all of it.
        drop(wait(service, delivery.ahead_of(events)));
    }
    delivery.waits_its_turn = true;
}

/// Takes a delivery in. Once this returns well, all that follows from it is committed.
///
/// # Errors
/// The history or the state could not be written; the delivery may be given again.
pub(crate) async fn take_in(service: &Service, delivery: Delivery) -> Result<(), ServiceError> {
    queue(service, delivery).await?.taken_in().await
}

async fn in_turn(
    service: &Service,
    mut told: oneshot::Receiver<Result<(), ServiceError>>,
) -> Result<(), ServiceError> {
    let intake = service.intake();
    loop {
        tokio::select! {
            biased;
            outcome = &mut told => {
                let lost = || ServiceError::Internal("the intake broke".to_owned());
                return outcome.map_err(|_| lost())?;
            }
            _turn = intake.turn.lock() => {
                carry(service, intake.next_group()).await;
            }
        }
    }
}

/// Carries a group, and tells each of its senders.
async fn carry(service: &Service, group: Vec<Waiting>) {
    let (whole, broken): (Vec<_>, Vec<_>) =
        group.into_iter().partition(|one| !one.delivery.is_cut_off());
    broken.into_iter().for_each(|one| drop(one.tell.send(Err(cut_off()))));
    let (mut deliveries, tells): (Vec<_>, Vec<_>) =
        whole.into_iter().map(|one| (one.delivery, one.tell)).unzip();
    let events = deliveries.iter().map(|one: &Delivery| one.events.len()).sum();
    let (begun, many) = (Instant::now(), deliveries.len() > 1);
    let kept = keep(service, &mut deliveries).await;
    service.intake().note_pace(events, begun.elapsed());
    match kept {
        Err(error) if many => {
            tracing::warn!(error = %chain(&error), "a group of deliveries goes one by one");
            for (delivery, tell) in deliveries.iter_mut().zip(tells) {
                // Who asked may be gone.
                drop(tell.send(keep_alone(service, delivery).await));
            }
        }
        Err(error) => {
            deliveries.iter().for_each(Delivery::break_off);
            if let Some(tell) = tells.into_iter().next() {
                drop(tell.send(Err(error)));
            }
        }
        Ok(()) => tells.into_iter().for_each(|tell| drop(tell.send(Ok(())))),
    }
    settle::later(service);
}

async fn keep_alone(service: &Service, delivery: &mut Delivery) -> Result<(), ServiceError> {
    if delivery.is_cut_off() {
        return Err(cut_off());
    }
    let kept = keep(service, std::slice::from_mut(delivery)).await;
    if kept.is_err() {
        delivery.break_off();
    }
    kept
}

fn cut_off() -> ServiceError {
    ServiceError::Internal("what came before it could not be kept".to_owned())
}

async fn keep(service: &Service, deliveries: &mut [Delivery]) -> Result<(), ServiceError> {
    let mut batch = batch_of(deliveries);
    let span = tracing::info_span!(
        "keep lines",
        lines.events = i64::try_from(batch.events.len()).unwrap_or(i64::MAX),
        lines.deliveries = i64::try_from(deliveries.len()).unwrap_or(i64::MAX),
    );
    let kept = keep_batch(service, &mut batch, deliveries).instrument(span).await;
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
    Batch {
        events: Arc::new(events),
        parts,
        minted,
        grants,
        leak_reads: Vec::new(),
        settles: false,
    }
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
    let ahead = room.ahead_news(&keys);
    let news = (room.watch_news(), ahead.as_ref());
    let written = write(service, batch, deliveries, &mut keys, news).await;
    match &written {
        Ok(_) => {
            room.keep_watch(service);
            room.ahead_was_kept(ahead);
        }
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
    service.intake().end_group(room.is_any_ahead());
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
    (watch_news, ahead): (WatchNews, Option<&BTreeSet<AccessKeyId>>),
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
    if let Some(ahead) = ahead {
        keys_ahead::set(&mut tx, &ahead.iter().collect::<Vec<_>>()).await?;
    }
    tx.commit().await?;
    Ok(changed)
}
