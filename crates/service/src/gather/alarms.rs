//! Alarms become lines of a risk event and messages, and are taken back where lines that came late show that
//! there was none.

use std::collections::HashSet;

use claviger_model::{AccessEvent, AccessKeyId, AlertKind, KeyUsage, RiskEvent};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{AlarmRow, alarms};
use claviger_watch::Standing;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::alert::{self, Seen};
use super::judge::Change;
use super::risk_event;
use crate::{Service, ServiceError};

/// Alarms of an event that its judgement is drawn from: the latest.
const STANDING_MAX: u32 = 200;

/// Keeps what changed about a key's alarms on its risk event: the alarms, their lines, and what the event
/// says of its judgement.
pub(super) async fn keep(
    tx: &mut AnyConnection,
    event: &mut RiskEvent,
    change: &Change,
    now: Timestamp,
) -> Result<(), ServiceError> {
    for standing in &change.raised {
        raise(tx, event, standing, now).await?;
    }
    for standing in &change.altered {
        alter(tx, event, standing, now).await?;
    }
    for id in &change.withdrawn {
        withdraw(tx, event, id, now).await?;
    }
    sum_up(tx, event).await
}

async fn raise(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let Standing { id, alarm } = standing;
    let was_withdrawn = alarms::get(tx, id).await?.is_some_and(|row| row.withdrawn_at.is_some());
    let row = row_of(event, standing, now);
    alarms::put(tx, &row).await?;
    let text = first_reason(&alarm.reasons);
    let details = details(&row);
    if was_withdrawn {
        let text = format!("the alarm of {} stands again: {text}", alarm.time);
        let occasion = format!("{id} {now}");
        return risk_event::tell(tx, event, "alarm_again", &occasion, now, &text, details).await;
    }
    risk_event::tell(tx, event, "alarm", id, alarm.time, text, details).await
}

/// What came late is part of an alarm: it says so, and nobody is told again.
async fn alter(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let row = row_of(event, standing, now);
    alarms::put(tx, &row).await?;
    let text = first_reason(&row.alarm.reasons);
    let which = ("alarm", standing.id.as_str());
    risk_event::tell_anew(tx, event, which, row.alarm.time, text, details(&row)).await
}

fn row_of(event: &RiskEvent, standing: &Standing, now: Timestamp) -> AlarmRow {
    AlarmRow {
        id: standing.id.clone(),
        risk_event_id: event.id.clone(),
        alarm: standing.alarm.clone(),
        raised_at: now,
        withdrawn_at: None,
    }
}

async fn withdraw(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    id: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let Some(row) = alarms::withdraw(tx, id, now).await? else { return Ok(()) };
    let text = format!(
        "the alarm of {} stands no longer, now that late log lines were read: {}",
        row.alarm.time,
        first_reason(&row.alarm.reasons)
    );
    let occasion = format!("{id} {now}");
    risk_event::tell(tx, event, "alarm_withdrawn", &occasion, now, &text, details(&row)).await
}

fn first_reason(reasons: &[String]) -> &str {
    reasons.first().map_or("abnormal access", String::as_str)
}

fn details(row: &AlarmRow) -> Value {
    let alarm = &row.alarm;
    json!({ "alarm_id": row.id, "access_key_id": alarm.access_key_id, "score": alarm.score,
        "reasons": alarm.reasons, "families": alarm.families, "bytes_out": alarm.bytes_out,
        "sources": alarm.sources })
}

/// What the event says of all alarms that stand: the worst score, and the words of the latest.
async fn sum_up(tx: &mut AnyConnection, event: &mut RiskEvent) -> Result<(), ServiceError> {
    let rows = alarms::of_event(tx, &event.id, STANDING_MAX).await?;
    let standing: Vec<&AlarmRow> = rows.iter().filter(|row| row.withdrawn_at.is_none()).collect();
    event.score = standing.iter().map(|row| row.alarm.score).reduce(f64::max);
    event.judgement = match standing.last() {
        Some(latest) => latest.alarm.reasons.clone(),
        None if rows.is_empty() => Vec::new(),
        None => vec!["no alarm stands any more: late log lines explain what was seen".to_owned()],
    };
    Ok(())
}

/// How many requests the alarms of an event that stand are made of.
pub(super) async fn requests(
    tx: &mut AnyConnection,
    event: &RiskEvent,
) -> Result<u64, ServiceError> {
    let rows = alarms::of_event(tx, &event.id, STANDING_MAX).await?;
    let standing = rows.iter().filter(|row| row.withdrawn_at.is_none());
    let requests: HashSet<&str> =
        standing.flat_map(|row| &row.alarm.event_ids).map(|id| id.as_str()).collect();
    Ok(requests.len() as u64)
}

/// A message about each alarm that was raised, where its request is at hand.
pub(super) async fn tell(
    service: &Service,
    tx: &mut AnyConnection,
    event: &RiskEvent,
    raised: &[Standing],
    usage: Option<&KeyUsage>,
    seen: impl Fn(&AccessKeyId, Timestamp) -> Option<(AccessEvent, Option<Timestamp>, Timestamp)>,
) -> Result<(), ServiceError> {
    for standing in raised {
        let alarm = &standing.alarm;
        let Some((access, delivered_at, read_at)) = seen(&alarm.access_key_id, alarm.time) else {
            continue;
        };
        let seen = Seen { access: &access, delivered_at, read_at };
        alert::raise(service, tx, event, AlertKind::Alarm, usage, Some(&seen)).await?;
    }
    Ok(())
}
