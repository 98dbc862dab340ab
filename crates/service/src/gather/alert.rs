//! Puts messages in the outbox, in the transaction of what they tell.

use claviger_model::{
    AccessEvent, AlertKind, AssetId, Evidence, IntelligenceSource, KeyUsage, Response,
    ResponseRule, RiskEvent,
};
use claviger_respond::allowlist as rules;
use claviger_respond::notice::{self, NoticeInput};
use claviger_respond::{raise as raising, route};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alerts, allowlist, assets, evidence, policies};
use jiff::Timestamp;

use super::{outbox, risk_event};
use crate::{Service, ServiceError};

/// A use that a message is about, with when its log line was read.
pub(crate) struct Seen<'a> {
    /// The request.
    pub(crate) access: &'a AccessEvent,
    /// When its log file could be read first, where the store says so.
    pub(crate) delivered_at: Option<Timestamp>,
    /// When Claviger read it.
    pub(crate) read_at: Timestamp,
}

/// Tells everybody whose configuration asks for it. Telling the same occasion twice is telling it
/// once: the delivery's id is derived from configuration, event and occasion. Returns how many
/// messages were put in the outbox.
pub(crate) async fn raise(
    service: &Service,
    tx: &mut AnyConnection,
    event: &RiskEvent,
    kind: AlertKind,
    usage: Option<&KeyUsage>,
    seen: Option<&Seen<'_>>,
) -> Result<usize, ServiceError> {
    let policy = policies::get(tx, event.risk_type).await?;
    if !raising::alerts(&policy, event.work_state) {
        return Ok(0);
    }
    let turns = risk_event::turns(tx, event).await?;
    let access = seen.map(|seen| seen.access);
    let Some(occasion) = route::occasion(kind, event, &turns, access) else { return Ok(0) };
    let found = evidence::of_event(tx, &event.id).await?;
    if let Some(access) = access
        && is_silenced(tx, &found, access, service.now()).await?
    {
        return Ok(0);
    }
    let configurations = alerts::list(tx).await?;
    let assets = assets_of(tx, &found, access).await?;
    let recipients = route::recipients(&configurations, event.risk_type, event.level, &assets);
    let now = service.now();
    let mut put = 0;
    for configuration in configurations.iter().filter(|c| recipients.contains(&c.id)) {
        let notice = notice::compose(&NoticeInput {
            kind,
            event,
            evidence: &found,
            usage,
            latest: access,
            delivered_at: seen.and_then(|seen| seen.delivered_at),
            read_at: seen.map(|seen| seen.read_at),
            now,
            link: service.link_to(event),
            language: configuration.language,
        });
        put += outbox::put(tx, configuration, event, kind, &notice, &occasion, now).await?;
    }
    Ok(put)
}

/// Whether the allowlist silences a use; then that is counted at its entry.
async fn is_silenced(
    tx: &mut AnyConnection,
    found: &[Evidence],
    access: &AccessEvent,
    now: Timestamp,
) -> Result<bool, ServiceError> {
    let sources: Vec<IntelligenceSource> = found.iter().map(|one| one.source).collect();
    let all = allowlist::of_key(tx, access.access_key_id.as_ref()).await?;
    let entry = all.iter().find(|entry| rules::silences(entry, access, &sources, now));
    let Some(entry) = entry else { return Ok(false) };
    allowlist::note_silenced(tx, &entry.id, now).await?;
    Ok(true)
}

/// Tells that a confirmed plan did not go through.
pub(crate) async fn raise_handling_failed(
    service: &Service,
    tx: &mut AnyConnection,
    event: &RiskEvent,
    (step, why): (&str, &str),
    occasion: &str,
) -> Result<(), ServiceError> {
    let configurations = alerts::list(tx).await?;
    let found = evidence::of_event(tx, &event.id).await?;
    let assets = assets_of(tx, &found, None).await?;
    let recipients = route::recipients(&configurations, event.risk_type, event.level, &assets);
    let now = service.now();
    for configuration in configurations.iter().filter(|c| recipients.contains(&c.id)) {
        let link = service.link_to(event);
        let notice =
            notice::compose_handling_failed(configuration.language, event, step, why, link);
        let kind = AlertKind::HandlingFailed;
        outbox::put(tx, configuration, event, kind, &notice, occasion, now).await?;
    }
    service.wake_workers();
    Ok(())
}

/// Tells that a response rule is about to run a plan, with the way to veto it.
pub(crate) async fn raise_response(
    service: &Service,
    tx: &mut AnyConnection,
    event: &RiskEvent,
    rule: &ResponseRule,
    response: &Response,
) -> Result<(), ServiceError> {
    let configurations = alerts::list(tx).await?;
    let found = evidence::of_event(tx, &event.id).await?;
    let assets = assets_of(tx, &found, None).await?;
    let recipients = route::recipients(&configurations, event.risk_type, event.level, &assets);
    let veto = service.veto_link(&response.id)?;
    let now = service.now();
    for configuration in configurations.iter().filter(|c| recipients.contains(&c.id)) {
        let link = service.link_to(event);
        let about = (event, rule, response);
        let notice = notice::compose_response(configuration.language, about, veto.as_deref(), link);
        let kind = AlertKind::ResponseAnnounced;
        outbox::put(tx, configuration, event, kind, &notice, &response.id, now).await?;
    }
    Ok(())
}

/// The assets that an event is about: where its evidence stands, and what the access touched.
async fn assets_of(
    tx: &mut AnyConnection,
    found: &[Evidence],
    access: Option<&AccessEvent>,
) -> Result<Vec<AssetId>, ServiceError> {
    let mut ids: Vec<AssetId> = found.iter().filter_map(|one| one.asset_id.clone()).collect();
    if let Some(bucket) = access.and_then(|access| access.bucket.as_deref()) {
        ids.extend(assets::ids_of_bucket(tx, bucket).await?);
    }
    Ok(ids)
}

impl Service {
    /// The address of an event's page, where the console's own address is known.
    pub(crate) fn link_to(&self, event: &RiskEvent) -> Option<String> {
        let base = self.settings().public_url.as_deref()?;
        Some(format!("{}/events/{}", base.trim_end_matches('/'), event.id))
    }
}
