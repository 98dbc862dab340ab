//! Access events become use: on the risk event of a leaked key at once, judged by the detector, and
//! followed by a look at every object that was created, changed or deleted.

use std::collections::BTreeSet;

use claviger_model::{AccessEvent, AccessKeyId, AlertKind, Leak, RiskEvent, RiskEventId, RiskType};
use claviger_respond::life_cycle::Happening;
use claviger_respond::raise;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{key_states, policies, risk_events};
use claviger_watch::Use as KeyUse;
use jiff::Timestamp;

use super::alert::{self, Seen};
use super::intake::Whose;
use super::judge::{Batch, Change, OneKey, REJUDGE_AFTER};
use super::usage::Past;
use super::{alarms, changed_objects, contradiction, risk_event, usage, use_lines};
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError};

/// Reads the past of every leaked key that is used anew: the history of a long life takes longer to read than
/// a transaction should last. The batch must be in the history already.
pub(crate) async fn read_pasts(
    service: &Service,
    batch: &Batch,
    keys: &mut [OneKey],
) -> Result<(), ServiceError> {
    for one in keys.iter_mut().filter(|one| !one.told.is_empty()) {
        let Some((leak, event_id)) = &one.leak else { continue };
        let now = service.now();
        let (late, _) = one.told_since(batch, leak.leaked_at);
        let folded_until = one.held.folded_until();
        one.older = use_lines::older(service, &one.key, &late, folded_until).await?;
        let fresh = batch.at(&one.fresh);
        if let Some(past) = one.held.past(now) {
            let past = past.followed_by(&fresh, leak.leaked_at);
            one.held.set_past(past, None);
            continue;
        }
        let mut reader = service.store().read().await?;
        let event = risk_events::get(&mut reader, event_id).await?;
        drop(reader);
        let connection = event.and_then(|event| event.connection_id);
        let past =
            usage::lately_of_key(service, &one.key, connection.as_ref(), leak.leaked_at).await?;
        one.held.set_past(past, Some(now));
    }
    Ok(())
}

/// Keeps what a batch means: objects to look at again, states of keys, use of leaked keys, alarms. Returns the
/// risk events that changed.
pub(crate) async fn keep(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    whose: &[&Whose],
    keys: &[OneKey],
) -> Result<Vec<RiskEventId>, ServiceError> {
    follow_objects(service, tx, batch, whose, keys).await?;
    let states: Vec<_> = keys.iter().filter_map(|one| one.state.clone()).collect();
    key_states::put(tx, &states).await?;
    let mut changed = Vec::new();
    for one in keys {
        if one.is_late || one.held.is_outdated() {
            enqueue(tx, &one.rejudging(), service.now() + REJUDGE_AFTER).await?;
        }
        match &one.leak {
            Some((leak, event_id)) if !one.told.is_empty() || one.change != Change::default() => {
                keep_use(service, tx, batch, one, (leak, event_id)).await?;
                changed.push(event_id.clone());
            }
            None if one.change != Change::default() => {
                changed.extend(keep_abnormal(service, tx, batch, one).await?);
            }
            _ => {}
        }
    }
    Ok(changed)
}

/// Looks again at what new requests created, changed or deleted, and those that name no key.
async fn follow_objects(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    whose: &[&Whose],
    keys: &[OneKey],
) -> Result<(), ServiceError> {
    let fresh: BTreeSet<usize> = keys.iter().flat_map(|one| one.fresh.iter().copied()).collect();
    for (part, whose) in batch.parts.iter().zip(whose) {
        let events: Vec<&AccessEvent> = part
            .range
            .clone()
            .filter_map(|place| Some((place, batch.events.get(place)?)))
            .filter(|(place, event)| fresh.contains(place) || !KeyUse::is_use(event))
            .map(|(_, event)| event)
            .collect();
        changed_objects::follow(tx, whose, &events, service.now()).await?;
    }
    Ok(())
}

async fn keep_use(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    one: &OneKey,
    (leak, event_id): (&Leak, &RiskEventId),
) -> Result<(), ServiceError> {
    let Some(mut event) = risk_events::for_update(tx, event_id).await? else { return Ok(()) };
    // What was done before the leak was its owner's, however late its lines come.
    let (told, places) = one.told_since(batch, leak.leaked_at);
    let fresh = batch.at(&one.fresh);
    let fresh: Vec<&AccessEvent> =
        fresh.into_iter().filter(|access| access.time >= leak.leaked_at).collect();
    let read_at = one.read_at(batch).unwrap_or_else(|| service.now());
    let none = Past::default();
    let past = one.held.last_past().unwrap_or(&none);
    count_use(&mut event, past, fresh.len() as u64);
    if !fresh.is_empty() {
        event.latest_detected_at = event.latest_detected_at.max(read_at);
    }
    let carried_out = contradiction::of_accesses(&fresh);
    if let Some(since) = contradiction::since(tx, &event, &carried_out).await? {
        let used = Happening::UsedAgain { allowed: true };
        let why = "the key was used, and the request was carried out";
        risk_event::happen_seen(tx, &mut event, used, (read_at, since), why).await?;
    }
    alarms::keep(tx, &mut event, &one.change, service.now()).await?;
    risk_events::update(tx, &event).await?;
    let recent = one.held.recent();
    let since = recent.partition_point(|access| access.time < leak.leaked_at);
    let recent = recent.get(since..).unwrap_or_default().iter();
    let older = one.older.iter().filter(|access| access.time >= leak.leaked_at);
    let at_hand: Vec<&AccessEvent> = older.chain(recent).collect();
    use_lines::tell(tx, &event, &told, &at_hand).await?;
    if past.is_partial {
        let kind = Kind::CountUse { access_key_id: one.key.clone() };
        enqueue(tx, &kind, service.now() + usage::COUNT_AFTER).await?;
    }
    let mut messages = 0;
    let mut sources = BTreeSet::new();
    for (access, place) in told.iter().zip(&places) {
        if sources.insert(access.source_ip.as_deref()) {
            let part = batch.part_of(*place);
            let delivered_at = part.and_then(|part| part.delivered_at);
            let read_at = part.map_or(read_at, |part| part.read_at);
            let seen = Seen { access, delivered_at, read_at };
            let usage = Some(past.usage.as_ref());
            let kind = AlertKind::LeakedKeyUsed;
            messages += alert::raise(service, tx, &event, kind, usage, Some(&seen)).await?;
        }
    }
    // A stretch that was just told as a new source's use is not told again as an alarm.
    if messages == 0 {
        tell_alarms(service, tx, batch, one, &event, Some(past.usage.as_ref())).await?;
    }
    Ok(())
}

/// Set, not added, where the history could be counted: what is read again counts nothing twice.
fn count_use(event: &mut RiskEvent, past: &Past, fresh: u64) {
    event.uses = if past.is_partial { event.uses + fresh } else { event.uses.max(past.uses) };
    event.first_used_at = match (event.first_used_at, past.first_used_at) {
        (Some(known), Some(first)) => Some(known.min(first)),
        (known, first) => known.or(first),
    };
    event.last_used_at = event.last_used_at.max(past.last_used_at);
}

async fn tell_alarms(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    one: &OneKey,
    event: &RiskEvent,
    usage: Option<&claviger_model::KeyUsage>,
) -> Result<(), ServiceError> {
    let seen = |_: &AccessKeyId, at: Timestamp| one.seen(batch, at);
    alarms::tell(service, tx, event, &one.change.raised, usage, seen).await
}

/// Abnormal access with a key that is not known to be leaked; `None` where the policy is disabled and
/// there is no event yet.
async fn keep_abnormal(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    one: &OneKey,
) -> Result<Option<RiskEventId>, ServiceError> {
    let Some(mut event) = abnormal(service, tx, &one.key, &one.change).await? else {
        return Ok(None);
    };
    let read_at = one.read_at(batch).unwrap_or_else(|| service.now());
    event.latest_detected_at = event.latest_detected_at.max(read_at);
    keep_alarms(service, tx, &mut event, &one.change, read_at).await?;
    let stretch = one.stretch();
    event.first_used_at = match (event.first_used_at, stretch.first()) {
        (Some(known), Some(first)) => Some(known.min(first.time)),
        (known, first) => known.or(first.map(|access| access.time)),
    };
    event.last_used_at = event.last_used_at.max(stretch.last().map(|access| access.time));
    risk_events::update(tx, &event).await?;
    let at_hand: Vec<&AccessEvent> = one.held.recent().iter().collect();
    use_lines::tell(tx, &event, &stretch, &at_hand).await?;
    tell_alarms(service, tx, batch, one, &event, None).await?;
    Ok(Some(event.id))
}

/// The event of a key that is not known to be leaked, opened where there is something to tell.
async fn abnormal(
    service: &Service,
    tx: &mut AnyConnection,
    key: &AccessKeyId,
    change: &Change,
) -> Result<Option<RiskEvent>, ServiceError> {
    let id = risk_event::id_of_key(RiskType::AbnormalAccess, key);
    let known = risk_events::for_update(tx, &id).await?;
    let policy = policies::get(tx, RiskType::AbnormalAccess).await?;
    Ok(match known {
        Some(event) => Some(event),
        None if change.raised.is_empty() || !raise::gathers(&policy, false) => None,
        None => Some(risk_event::open(service, tx, RiskType::AbnormalAccess, key).await?),
    })
}

async fn keep_alarms(
    service: &Service,
    tx: &mut AnyConnection,
    event: &mut RiskEvent,
    change: &Change,
    now: Timestamp,
) -> Result<(), ServiceError> {
    if let Some(first) = change.raised.first() {
        let used = Happening::UsedAgain { allowed: true };
        let at = (now, first.alarm.time);
        risk_event::happen_seen(tx, event, used, at, "abnormal access again").await?;
    }
    alarms::keep(tx, event, change, service.now()).await?;
    event.uses = event.uses.max(alarms::requests(tx, event).await?);
    Ok(())
}

/// Keeps what the judgement of a key's whole history changed. Returns the risk event that it is on.
pub(crate) async fn keep_change(
    service: &Service,
    tx: &mut AnyConnection,
    key: &AccessKeyId,
    leak: Option<&(Leak, RiskEventId)>,
    change: &Change,
) -> Result<Option<RiskEventId>, ServiceError> {
    if *change == Change::default() {
        return Ok(None);
    }
    let event = match leak {
        Some((_, id)) => risk_events::for_update(tx, id).await?,
        None => abnormal(service, tx, key, change).await?,
    };
    let Some(mut event) = event else { return Ok(None) };
    match leak {
        Some(_) => alarms::keep(tx, &mut event, change, service.now()).await?,
        None => {
            let first = change.raised.iter().map(|one| one.alarm.time).min();
            let last = change.raised.iter().map(|one| one.alarm.time).max();
            event.first_used_at = event.first_used_at.or(first);
            event.last_used_at = event.last_used_at.max(last);
            keep_alarms(service, tx, &mut event, change, service.now()).await?;
        }
    }
    risk_events::update(tx, &event).await?;
    Ok(Some(event.id))
}
