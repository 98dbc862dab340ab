//! Joins a key with its past the moment it is found leaked: what was done with it since it could be
//! read first, although nobody knew then.

use claviger_model::{AccessKeyId, AlertKind, RiskType};
use claviger_respond::life_cycle::Happening;
use claviger_store::risk_events;
use serde_json::json;

use super::Ending;
use crate::gather::alert::{self, Seen};
use crate::gather::{contradiction, risk_event, usage};
use crate::{Service, ServiceError};

/// Sources that the timeline names: busiest first.
const SOURCES_MAX: usize = 100;

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let leaks = risk_events::leaks(&mut reader).await?;
    let Some((leak, event_id)) = leaks.into_iter().find(|(leak, _)| leak.access_key_id == *key)
    else {
        return Ok(Ending::Done);
    };
    let event = risk_events::get(&mut reader, &event_id).await?;
    drop(reader);
    let Some(event) = event.filter(|event| event.risk_type == RiskType::AccessKeyPairLeak) else {
        return Ok(Ending::Done);
    };
    let past =
        usage::of_key(service, key, event.connection_id.as_ref(), Some(leak.leaked_at)).await?;
    if past.uses == 0 {
        return Ok(Ending::Done);
    }
    let mut tx = service.store().write().await?;
    let Some(mut event) = risk_events::for_update(&mut tx, &event_id).await? else {
        return Ok(Ending::Done);
    };
    event.uses = event.uses.max(past.uses);
    event.first_used_at = past.first_used_at.or(event.first_used_at);
    event.last_used_at = event.last_used_at.max(past.last_used_at);
    let now = service.now();
    let carried_out = contradiction::of_usage(&past.usage);
    if let Some(since) = contradiction::since(&mut tx, &event, &carried_out).await? {
        let used = Happening::UsedAgain { allowed: true };
        let why = "the key had been used, and the request was carried out";
        risk_event::happen_seen(&mut tx, &mut event, used, (now, since), why).await?;
    }
    risk_events::update(&mut tx, &event).await?;
    let text = format!(
        "{} requests were made with the key since it could be read ({})",
        past.uses, leak.leaked_at
    );
    let sources = past.usage.sources.iter().take(SOURCES_MAX).map(|source| &source.source_ip);
    let sources: Vec<&String> = sources.collect();
    let details = json!({ "uses": past.uses, "leaked_at": leak.leaked_at, "sources": sources });
    let occasion = format!("past {}", leak.leaked_at);
    risk_event::tell(&mut tx, &event, "past_joined", &occasion, now, &text, details).await?;
    let seen = past.latest.as_ref().map(|access| Seen { access, delivered_at: None, read_at: now });
    let usage = Some(&past.usage);
    alert::raise(service, &mut tx, &event, AlertKind::LeakedKeyUsed, usage, seen.as_ref()).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages(event_id.as_str());
    Ok(Ending::Done)
}
