//! Use of a key on the timeline of its risk event: one line for each source, operation, bucket and outcome of
//! ten minutes, which grows while the same goes on.
//!
//! What a line says is counted from the events themselves, not added up: a delivery that comes twice, or is
//! taken in again after a kill, changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use claviger_model::{AccessEvent, AccessKeyId, RiskEvent};
use claviger_store::sqlx::AnyConnection;
use claviger_store::timeline;
use jiff::Timestamp;
use serde_json::json;

use super::risk_event;
use crate::{Service, ServiceError};

/// Seconds that one line tells of.
const SLOT: i64 = 600;

/// Stretches of one batch that are read again from the history, and the requests of each.
const SLOTS_MAX: usize = 100;
const EVENTS_MAX: usize = 20_000;

/// What the requests of one line have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    key: Option<&'a str>,
    source: Option<&'a str>,
    operation: &'a str,
    bucket: Option<&'a str>,
    allowed: bool,
    slot: i64,
}

impl<'a> Group<'a> {
    fn of(access: &'a AccessEvent) -> Self {
        Self {
            key: access.access_key_id.as_ref().map(|key| key.as_str()),
            source: access.source_ip.as_deref(),
            operation: &access.operation,
            bucket: access.bucket.as_deref(),
            allowed: access.succeeded(),
            slot: access.time.as_second().div_euclid(SLOT),
        }
    }

    fn kind(&self) -> &'static str {
        if self.allowed { "used" } else { "refused" }
    }

    fn occasion(&self) -> String {
        let words = [self.kind(), self.key.unwrap_or(""), self.source.unwrap_or("?")];
        let rest = [self.operation, self.bucket.unwrap_or("?")];
        format!("{} {} {}", words.join(" "), rest.join(" "), self.slot)
    }
}

/// The requests of a key, out of the history, of the stretches that these belong to, as far as they begin
/// before an instant: the others are at hand.
pub(super) async fn older(
    service: &Service,
    key: &AccessKeyId,
    fresh: &[&AccessEvent],
    folded_until: Timestamp,
) -> Result<Vec<AccessEvent>, ServiceError> {
    let slots = fresh.iter().map(|access| access.time.as_second().div_euclid(SLOT));
    let begins_before = |slot: &i64| slot * SLOT < folded_until.as_second();
    let slots: BTreeSet<i64> = slots.filter(begins_before).collect();
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    let (history, key) = (service.history().clone(), key.clone());
    let read = tokio::task::spawn_blocking(move || {
        let mut older = Vec::new();
        for slot in slots.into_iter().take(SLOTS_MAX) {
            let since = Timestamp::from_second(slot * SLOT).ok();
            let until = Timestamp::from_second((slot + 1) * SLOT).ok();
            older.extend(history.of_key(&key, since, until, EVENTS_MAX)?.0);
        }
        Ok::<_, ServiceError>(older)
    });
    read.await.map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))?
}

/// Tells of new requests, among all of the key that are at hand.
pub(super) async fn tell(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    fresh: &[&AccessEvent],
    at_hand: &[&AccessEvent],
) -> Result<(), ServiceError> {
    let touched: BTreeSet<Group<'_>> = fresh.iter().map(|access| Group::of(access)).collect();
    let mut groups: BTreeMap<Group<'_>, BTreeMap<_, &AccessEvent>> = BTreeMap::new();
    for access in at_hand.iter().chain(fresh) {
        let group = Group::of(access);
        if touched.contains(&group) {
            groups.entry(group).or_default().insert((access.time, &access.event_id), access);
        }
    }
    for (group, accesses) in groups {
        let accesses: Vec<&AccessEvent> = accesses.into_values().collect();
        tell_group(tx, event, &group, &accesses).await?;
    }
    Ok(())
}

async fn tell_group(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    group: &Group<'_>,
    accesses: &[&AccessEvent],
) -> Result<(), ServiceError> {
    let Some(first) = accesses.first() else { return Ok(()) };
    let details = json!({
        "requests": accesses.len(), "operation": first.operation, "bucket": first.bucket,
        "object": first.object, "source_ip": group.source, "user_agent": first.user_agent,
        "status": first.status, "error": first.error, "access_key_id": group.key,
        "bytes_out": accesses.iter().filter_map(|access| access.bytes_out).sum::<u64>(),
    });
    let mut text = in_words(accesses);
    if let Some(key) =
        group.key.filter(|key| event.access_key_id.as_ref().is_none_or(|own| own.as_str() != *key))
    {
        text = format!("by its child {key}: {text}");
    }
    let occasion = group.occasion();
    let id = risk_event::line_id(&event.id, group.kind(), &occasion);
    match timeline::get(tx, &id).await? {
        // Of a busy key the older part of the stretch is no longer at hand.
        Some(line) if line.details["requests"].as_u64() >= Some(accesses.len() as u64) => Ok(()),
        _ => {
            let which = (group.kind(), occasion.as_str());
            risk_event::tell_anew(tx, event, which, first.time, &text, details).await
        }
    }
}

fn in_words(accesses: &[&AccessEvent]) -> String {
    let Some(first) = accesses.first() else { return String::new() };
    let place = match (&first.bucket, &first.object, accesses.len()) {
        (Some(bucket), Some(object), 1) => format!(" of {bucket}/{object}"),
        (Some(bucket), _, _) => format!(" in {bucket}"),
        (None, _, _) => String::new(),
    };
    let times = match accesses.len() {
        1 => String::new(),
        many => format!("{many} × "),
    };
    let source = first.source_ip.as_deref().unwrap_or("an unknown address");
    let outcome = if first.succeeded() {
        let bytes: u64 = accesses.iter().filter_map(|access| access.bytes_out).sum();
        format!("carried out, {bytes} bytes")
    } else {
        let status = first.status.map(|status| format!(" {status}")).unwrap_or_default();
        let error = first.error.as_deref().map(|e| format!(" {e}")).unwrap_or_default();
        format!("refused:{status}{error}")
    };
    format!("{times}{}{place} from {source}: {outcome}", first.operation)
}
