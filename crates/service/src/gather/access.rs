//! Access events become use: on the risk event of a leaked key at once, judged by the detector, and
//! followed by a look at every object that was created, changed or deleted.

use std::collections::BTreeSet;

use claviger_model::{
    AccessEvent, AccessKeyId, AlertKind, Evidence, EvidenceId, EvidenceState, IntelligenceSource,
    Leak, Location, RiskEvent, RiskEventId, RiskType,
};
use claviger_respond::life_cycle::Happening;
use claviger_respond::raise::{self, Fact};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{Canary, key_lines, key_states, policies, risk_events};
use claviger_watch::{Standing, Use as KeyUse};
use jiff::Timestamp;
use serde_json::json;

use super::alert::{self, Seen};
use super::intake::Whose;
use super::judge::{Batch, Change, Exposed, OneKey, REJUDGE_AFTER};
use super::risk_event::About;
use super::usage::Past;
use super::{
    alarms, changed_objects, contradiction, evidence, readers, risk_event, usage, use_lines,
};
use crate::job::{Kind, enqueue, judge_sharing};
use crate::{Service, ServiceError};

/// Reads the past of every leaked key that is used anew: the history of a long life takes longer to read than
/// a transaction should last. The batch must be in the history already.
pub(crate) async fn read_pasts(
    service: &Service,
    batch: &Batch,
    keys: &mut [OneKey],
) -> Result<(), ServiceError> {
    for one in keys.iter_mut().filter(|one| !one.told.is_empty()) {
        let Some(Exposed { leak, event_id, .. }) = &one.exposed else { continue };
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
    let mut changed = readers::keep(tx, &batch.at(&batch.leak_reads), service.now()).await?;
    for one in keys {
        if let Some(birth) = &one.birth {
            key_lines::insert(tx, birth).await?;
        }
        if !one.fresh.is_empty() && one.held.may_be_shared() {
            let kind = Kind::JudgeSharing { access_key_id: one.key.clone() };
            enqueue(tx, &kind, service.now() + judge_sharing::JUDGE_AFTER).await?;
        }
        if one.is_late || one.held.is_outdated() {
            enqueue(tx, &one.rejudging(), service.now() + REJUDGE_AFTER).await?;
        }
        match &one.exposed {
            Some(exposed) if !one.told.is_empty() || one.change != Change::default() => {
                keep_use(service, tx, batch, one, exposed).await?;
                changed.push(exposed.event_id.clone());
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
    exposed: &Exposed,
) -> Result<(), ServiceError> {
    let leak = &exposed.leak;
    if let Some(canary) = &exposed.canary {
        let about = About::key(RiskType::AccessKeyPairLeak, &one.key);
        let found = of_canary(service, canary, &one.key);
        evidence::keep(service, tx, &about, Fact::Told, found).await?;
    }
    let found = risk_events::for_update(tx, &exposed.event_id).await?;
    let Some(mut event) = found else { return Ok(()) };
    tell_children(tx, &event, batch, one, leak).await?;
    // What was done before the leak was its owner's, however late its lines come.
    let (told, places) = one.told_since(batch, leak.leaked_at);
    let fresh = batch.at(&one.fresh);
    let fresh: Vec<&AccessEvent> =
        fresh.into_iter().filter(|access| access.time >= leak.leaked_at).collect();
    let read_at = one.read_at(batch).unwrap_or_else(|| service.now());
    let none = Past::default();
    let past = one.held.last_past().unwrap_or(&none);
    if !exposed.is_child {
        count_use(&mut event, past, fresh.len() as u64);
    }
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
    if !fresh.is_empty() {
        let kind = Kind::Respond { risk_event_id: event.id.clone() };
        enqueue(tx, &kind, service.now()).await?;
    }
    // Whatever was killed in between: what the history holds is counted in the end.
    if !exposed.is_child {
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

/// A canary that is used, as evidence: where it was planted, somebody took it.
fn of_canary(service: &Service, canary: &Canary, key: &AccessKeyId) -> Evidence {
    let now = service.now();
    Evidence {
        id: EvidenceId::derived(&["canary", &canary.id]),
        risk_event_id: risk_event::id_of_key(RiskType::AccessKeyPairLeak, key),
        access_key_id: Some(key.clone()),
        source: IntelligenceSource::Canary,
        state: EvidenceState::Found,
        location: Location {
            uri: canary.place.clone(),
            path: Vec::new(),
            line: 1,
            column: 1,
            start: 0,
            end: 0,
        },
        connection_id: canary.connection_id.clone(),
        asset_id: None,
        bucket: None,
        object: None,
        code: None,
        link: None,
        fingerprint: None,
        masked: None,
        confidence: 1.0,
        why: vec![
            format!(
                "the canary `{}` may do nothing, and nobody has a reason to use it",
                canary.name
            ),
            format!("whoever uses it has read {}", canary.place),
        ],
        readable_since: canary.armed_at,
        found_at: now,
        seen_at: now,
    }
}

/// Keys that were made with a leaked one are on its event: what they do is told there, too.
async fn tell_children(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    batch: &Batch,
    one: &OneKey,
    leak: &Leak,
) -> Result<(), ServiceError> {
    let made = batch.minted.iter().filter(|minted| minted.parent == one.key);
    for minted in made.filter(|minted| minted.minted_at >= leak.leaked_at) {
        let child = minted.child.as_str();
        let text = format!("the key {child} was made with it; what that does is told here, too");
        let details = json!({ "child": child, "parent": minted.parent,
            "event_id": minted.event_id });
        risk_event::tell(tx, event, "child_made", child, minted.minted_at, &text, details).await?;
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
    let seen = |_: &AccessKeyId, at: Timestamp| one.seen(batch, at, service.now());
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
    let meets = |one: &Standing| raise::meets(&policy, Fact::Abnormal(one.alarm.score));
    Ok(match known {
        Some(event) => Some(event),
        None if !raise::gathers(&policy, false) || !change.raised.iter().any(meets) => None,
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
    exposed: Option<&Exposed>,
    change: &Change,
) -> Result<Option<RiskEventId>, ServiceError> {
    if *change == Change::default() {
        return Ok(None);
    }
    let event = match exposed {
        Some(exposed) => risk_events::for_update(tx, &exposed.event_id).await?,
        None => abnormal(service, tx, key, change).await?,
    };
    let Some(mut event) = event else { return Ok(None) };
    match exposed {
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
