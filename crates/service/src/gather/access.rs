//! Access events become use: on the risk event of a leaked key at once, judged by the detector, and
//! followed by a look at every object that was created, changed or deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use claviger_model::{
    AccessEvent, AccessKeyId, Alarm, AlertKind, Leak, RiskEvent, RiskEventId, RiskType,
};
use claviger_respond::life_cycle::Happening;
use claviger_respond::raise;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{policies, profiles, risk_events, seen_events};
use claviger_watch::{Detector, Use as KeyUse};
use jiff::Timestamp;
use serde_json::json;

use super::alert::{self, Seen};
use super::intake::Whose;
use super::usage::Past;
use super::{changed_objects, contradiction, risk_event, usage};
use crate::{Service, ServiceError};

/// Access events that were read together, oldest first, each once.
pub(crate) struct Batch {
    /// The events.
    pub(crate) events: Vec<AccessEvent>,
    /// When the log file that holds them could be read first, where the store says so.
    pub(crate) delivered_at: Option<Timestamp>,
    /// When Claviger read them.
    pub(crate) read_at: Timestamp,
}

/// What is known of the leaked keys of a batch before its transaction begins: the history of a long
/// life takes longer to read than a transaction should last.
pub(crate) struct Leaked(HashMap<AccessKeyId, (Leak, RiskEventId, Past)>);

/// Reads the past of every leaked key that a batch uses. The batch must be in the history already.
pub(crate) async fn leaked_keys(
    service: &Service,
    events: &[AccessEvent],
) -> Result<Leaked, ServiceError> {
    let used: BTreeSet<&AccessKeyId> =
        events.iter().filter_map(|event| event.access_key_id.as_ref()).collect();
    if used.is_empty() {
        return Ok(Leaked(HashMap::new()));
    }
    let mut reader = service.store().read().await?;
    let leaks = risk_events::leaks(&mut reader).await?;
    let mut known = HashMap::new();
    for (leak, event_id) in leaks {
        if !used.contains(&leak.access_key_id) {
            continue;
        }
        let Some(event) = risk_events::get(&mut reader, &event_id).await? else { continue };
        let key = leak.access_key_id.clone();
        let past = usage::of_key(service, &key, event.connection_id.as_ref(), Some(leak.leaked_at))
            .await?;
        known.insert(key, (leak, event_id, past));
    }
    Ok(Leaked(known))
}

/// Keeps a batch: use of leaked keys, alarms, and objects to look at again. Returns the risk events
/// that changed.
pub(crate) async fn keep(
    service: &Service,
    tx: &mut AnyConnection,
    whose: &Whose,
    batch: &Batch,
    leaked: &Leaked,
) -> Result<Vec<RiskEventId>, ServiceError> {
    let ids: Vec<_> = batch.events.iter().map(|event| event.event_id.clone()).collect();
    let new = seen_events::insert_new(tx, &ids, service.now()).await?;
    let fresh: Vec<&AccessEvent> = batch
        .events
        .iter()
        .zip(new)
        .filter_map(|(event, is_new)| is_new.then_some(event))
        .collect();
    changed_objects::follow(tx, whose, &fresh, service.now()).await?;
    let mut by_key: BTreeMap<&AccessKeyId, Vec<&AccessEvent>> = BTreeMap::new();
    for event in fresh {
        if let Some(key) = event.access_key_id.as_ref().filter(|_| KeyUse::is_use(event)) {
            by_key.entry(key).or_default().push(event);
        }
    }
    let mut changed = Vec::new();
    for (key, events) in by_key {
        let leak = leaked.0.get(key);
        let alarms = judge(service, tx, key, leak.map(|(leak, _, _)| leak), &events).await?;
        let event_id = match leak {
            Some((_, event_id, past)) => {
                let use_of = Use { event_id, past, events: &events, alarms: &alarms };
                keep_use(service, tx, batch, &use_of).await?;
                Some(event_id.clone())
            }
            None if alarms.is_empty() => None,
            None => keep_abnormal(service, tx, batch, key, &events, &alarms).await?,
        };
        changed.extend(event_id);
    }
    Ok(changed)
}

/// Runs the detector over the events of one key, from the profile that was kept to the one to keep.
async fn judge(
    service: &Service,
    tx: &mut AnyConnection,
    key: &AccessKeyId,
    leak: Option<&Leak>,
    events: &[&AccessEvent],
) -> Result<Vec<Alarm>, ServiceError> {
    let settings = claviger_watch::Settings { alarms_per_day: service.settings().alarms_per_day };
    let mut detector = Detector::new(settings);
    if let Some(snapshot) = profiles::get(tx, key).await?
        && let Err(error) = detector.restore(key, &snapshot)
    {
        tracing::warn!(key.id = %key, %error, "a profile cannot be read; it begins anew");
    }
    if let Some(leak) = leak {
        detector.add_leak(leak.clone());
    }
    let alarms = events.iter().filter_map(|event| detector.observe(event)).collect();
    if let Some(snapshot) = detector.snapshot(key) {
        profiles::put(tx, key, &snapshot, service.now()).await?;
    }
    Ok(alarms)
}

/// The use of one leaked key in a batch.
struct Use<'a> {
    event_id: &'a RiskEventId,
    past: &'a Past,
    events: &'a [&'a AccessEvent],
    alarms: &'a [Alarm],
}

async fn keep_use(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    use_of: &Use<'_>,
) -> Result<(), ServiceError> {
    let Some(mut event) = risk_events::for_update(tx, use_of.event_id).await? else {
        return Ok(());
    };
    // Set, not added: the history is the one place that counts, so that a batch which is read
    // again, or a past that is joined meanwhile, counts nothing twice.
    event.uses = event.uses.max(use_of.past.uses);
    event.first_used_at = use_of.past.first_used_at.or(event.first_used_at);
    event.last_used_at = event.last_used_at.max(use_of.past.last_used_at);
    event.latest_detected_at = event.latest_detected_at.max(batch.read_at);
    let carried_out = contradiction::of_accesses(use_of.events);
    if let Some(since) = contradiction::since(tx, &event, &carried_out).await? {
        let used = Happening::UsedAgain { allowed: true };
        let why = "the key was used, and the request was carried out";
        risk_event::happen_seen(tx, &mut event, used, (batch.read_at, since), why).await?;
    }
    remember_alarms(tx, &mut event, use_of.alarms).await?;
    risk_events::update(tx, &event).await?;
    tell_use(tx, &event, use_of.events).await?;
    let mut told = 0;
    let mut sources = BTreeSet::new();
    for access in use_of.events {
        if sources.insert(access.source_ip.as_deref()) {
            let seen = Seen { access, delivered_at: batch.delivered_at, read_at: batch.read_at };
            let usage = Some(&use_of.past.usage);
            told += alert::raise(service, tx, &event, AlertKind::LeakedKeyUsed, usage, Some(&seen))
                .await?;
        }
    }
    // A stretch that was just told as a new source's use is not told again as an alarm.
    if told == 0 {
        tell_alarms(service, tx, batch, &event, Some(&use_of.past.usage), use_of).await?;
    }
    Ok(())
}

async fn tell_alarms(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    event: &RiskEvent,
    usage: Option<&claviger_model::KeyUsage>,
    use_of: &Use<'_>,
) -> Result<(), ServiceError> {
    for alarm in use_of.alarms {
        let access = use_of.events.iter().find(|access| access.time == alarm.time);
        if let Some(access) = access {
            let seen = Seen { access, delivered_at: batch.delivered_at, read_at: batch.read_at };
            alert::raise(service, tx, event, AlertKind::Alarm, usage, Some(&seen)).await?;
        }
    }
    Ok(())
}

/// Abnormal access with a key that is not known to be leaked; `None` where the policy is disabled and
/// there is no event yet.
async fn keep_abnormal(
    service: &Service,
    tx: &mut AnyConnection,
    batch: &Batch,
    key: &AccessKeyId,
    events: &[&AccessEvent],
    alarms: &[Alarm],
) -> Result<Option<RiskEventId>, ServiceError> {
    let id = risk_event::id_of_key(RiskType::AbnormalAccess, key);
    let known = risk_events::for_update(tx, &id).await?;
    let policy = policies::get(tx, RiskType::AbnormalAccess).await?;
    if !raise::gathers(&policy, known.is_some()) {
        return Ok(None);
    }
    let mut event = match known {
        Some(event) => event,
        None => risk_event::open(service, tx, RiskType::AbnormalAccess, key).await?,
    };
    event.latest_detected_at = event.latest_detected_at.max(batch.read_at);
    event.uses += events.len() as u64;
    event.first_used_at = event.first_used_at.or_else(|| events.first().map(|e| e.time));
    event.last_used_at = event.last_used_at.max(events.last().map(|e| e.time));
    if let Some(first) = events.first() {
        let used = Happening::UsedAgain { allowed: true };
        let at = (batch.read_at, first.time);
        risk_event::happen_seen(tx, &mut event, used, at, "abnormal access again").await?;
    }
    remember_alarms(tx, &mut event, alarms).await?;
    risk_events::update(tx, &event).await?;
    tell_use(tx, &event, events).await?;
    let past = Past::default();
    let use_of = Use { event_id: &id, past: &past, events, alarms };
    tell_alarms(service, tx, batch, &event, None, &use_of).await?;
    Ok(Some(id))
}

async fn remember_alarms(
    tx: &mut AnyConnection,
    event: &mut RiskEvent,
    alarms: &[Alarm],
) -> Result<(), ServiceError> {
    for alarm in alarms {
        event.score = Some(event.score.map_or(alarm.score, |score| score.max(alarm.score)));
        event.judgement.clone_from(&alarm.reasons);
        let text = alarm.reasons.first().map_or("abnormal access", String::as_str);
        let details = json!({ "score": alarm.score, "reasons": alarm.reasons,
            "families": alarm.families, "bytes_out": alarm.bytes_out, "sources": alarm.sources });
        let occasion = format!("alarm {}", alarm.first_event_id);
        risk_event::tell(tx, event, "alarm", &occasion, alarm.time, text, details).await?;
    }
    Ok(())
}

/// One line of the timeline for each source, operation, bucket and outcome of a batch.
async fn tell_use(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    accesses: &[&AccessEvent],
) -> Result<(), ServiceError> {
    type Group<'a> = (Option<&'a str>, &'a str, Option<&'a str>, bool);
    let mut groups: BTreeMap<Group<'_>, Vec<&AccessEvent>> = BTreeMap::new();
    for access in accesses {
        let group = (
            access.source_ip.as_deref(),
            access.operation.as_str(),
            access.bucket.as_deref(),
            access.succeeded(),
        );
        groups.entry(group).or_default().push(access);
    }
    for ((source, _, _, allowed), group) in groups {
        let Some(first) = group.first() else { continue };
        let kind = if allowed { "used" } else { "refused" };
        let occasion = format!("{kind} {}", first.event_id);
        let details = json!({
            "requests": group.len(), "operation": first.operation, "bucket": first.bucket,
            "object": first.object, "source_ip": source, "user_agent": first.user_agent,
            "status": first.status, "error": first.error,
            "bytes_out": group.iter().filter_map(|access| access.bytes_out).sum::<u64>(),
        });
        let text = use_in_words(&group);
        risk_event::tell(tx, event, kind, &occasion, first.time, &text, details).await?;
    }
    Ok(())
}

fn use_in_words(group: &[&AccessEvent]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let place = match (&first.bucket, &first.object, group.len()) {
        (Some(bucket), Some(object), 1) => format!(" of {bucket}/{object}"),
        (Some(bucket), _, _) => format!(" in {bucket}"),
        (None, _, _) => String::new(),
    };
    let times = if group.len() == 1 { String::new() } else { format!("{} × ", group.len()) };
    let source = first.source_ip.as_deref().unwrap_or("an unknown address");
    let outcome = if first.succeeded() {
        let bytes: u64 = group.iter().filter_map(|access| access.bytes_out).sum();
        format!("carried out, {bytes} bytes")
    } else {
        let status = first.status.map(|status| format!(" {status}")).unwrap_or_default();
        let error = first.error.as_deref().map(|e| format!(" {e}")).unwrap_or_default();
        format!("refused:{status}{error}")
    };
    format!("{times}{}{place} from {source}: {outcome}", first.operation)
}
