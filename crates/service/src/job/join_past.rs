//! Joins a key with its past the moment it is found leaked: its whole history is judged anew with the leak
//! known, and what was done with it since it could be read first is told, although nobody knew then.

use std::time::Duration;

use claviger_model::{AccessKeyId, AlertKind, RiskEvent, SourceUsage};
use claviger_respond::life_cycle::Happening;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{minted_keys, risk_events};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Ending, Kind, enqueue};
use crate::gather::alert::{self, Seen};
use crate::gather::judge::{self, RejudgeEnd};
use crate::gather::usage::Past;
use crate::gather::{contradiction, risk_event, usage};
use crate::{Service, ServiceError};

/// The pause before another try where older log lines came meanwhile.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Keys made with a leaked one that are judged anew: the latest.
const CHILDREN_MAX: u32 = 200;

/// Sources that the timeline names: busiest first.
const SOURCES_MAX: usize = 100;

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let leaks = risk_events::leaks_of_keys(&mut reader, &[key]).await?;
    let Some((leak, event_id)) = leaks.into_iter().next() else { return Ok(Ending::Done) };
    let event = risk_events::get(&mut reader, &event_id).await?;
    drop(reader);
    let Some(event) = event else { return Ok(Ending::Done) };
    if matches!(judge::rejudge(service, key).await?, RejudgeEnd::Overtaken) {
        return Ok(Ending::Again { after: AGAIN_AFTER });
    }
    rejudge_children(service, key).await?;
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
    tell_past(&mut tx, &event, &past, leak.leaked_at, now).await?;
    let seen = past.latest.as_ref().map(|access| Seen { access, delivered_at: None, read_at: now });
    let usage = Some(past.usage.as_ref());
    alert::raise(service, &mut tx, &event, AlertKind::LeakedKeyUsed, usage, seen.as_ref()).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages(event_id.as_str());
    Ok(Ending::Done)
}

/// What was made with a leaked key is judged as leaked, too.
async fn rejudge_children(service: &Service, key: &AccessKeyId) -> Result<(), ServiceError> {
    let mut reader = service.store().read().await?;
    let children = minted_keys::of_parent(&mut reader, key, CHILDREN_MAX).await?;
    drop(reader);
    if children.is_empty() {
        return Ok(());
    }
    let mut tx = service.store().write().await?;
    for minted in children {
        let kind = Kind::Rejudge { access_key_id: minted.child };
        enqueue(&mut tx, &kind, service.now()).await?;
    }
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}

/// One line for what the past holds, and one for the first misuse: the first request since the leak from a
/// source that had never used the key before it.
async fn tell_past(
    tx: &mut AnyConnection,
    event: &RiskEvent,
    past: &Past,
    leaked_at: Timestamp,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let usage = &past.usage;
    let is_stranger = |source: &&SourceUsage| !source.before_leak;
    let strangers: Vec<&SourceUsage> = usage.sources.iter().filter(is_stranger).collect();
    let objects: usize = usage.buckets.iter().map(|bucket| bucket.objects.len()).sum();
    let mut text = format!(
        "{} requests were made with the key since it could be read ({leaked_at}), {} of {} sources never \
         seen before; {objects} objects, {} bytes",
        past.uses,
        strangers.len(),
        usage.sources.len(),
        usage.bytes_out
    );
    if usage.partial {
        text.push_str("; at least, for not all of its history was looked at");
    }
    let names = usage.sources.iter().take(SOURCES_MAX).map(|source| &source.source_ip);
    let names: Vec<&String> = names.collect();
    let new: Vec<&String> =
        strangers.iter().take(SOURCES_MAX).map(|source| &source.source_ip).collect();
    let details = json!({ "uses": past.uses, "leaked_at": leaked_at, "sources": names,
        "sources_since_leak": new, "objects": objects, "bytes_out": usage.bytes_out });
    let occasion = format!("past {leaked_at}");
    risk_event::tell_anew(tx, event, ("past_joined", &occasion), now, &text, details).await?;
    let first = strangers.iter().filter(|source| source.allowed > 0).min_by_key(|one| one.first_at);
    let Some(first) = first else { return Ok(()) };
    let after = span(first.first_at.duration_since(leaked_at));
    let client = first.user_agents.first().map(|client| format!(" with {client}"));
    let text = format!(
        "the first misuse: from {}{}, {after} after the key could be read; no use from there was seen \
         before the leak",
        first.source_ip,
        client.unwrap_or_default()
    );
    let details = json!({ "source_ip": first.source_ip, "bytes_out": first.bytes_out,
        "user_agents": first.user_agents, "leaked_at": leaked_at });
    let occasion = leaked_at.to_string();
    let which = ("first_misuse", occasion.as_str());
    risk_event::tell_anew(tx, event, which, first.first_at, &text, details).await
}

/// A stretch of time in the unit that a person would choose.
fn span(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
