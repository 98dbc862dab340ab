//! Puts messages in the outbox, in the transaction of what they tell.

use claviger_model::{
    AccessEvent, AlertKind, Delivery, DeliveryId, DeliveryState, KeyUsage, RiskEvent,
};
use claviger_respond::notice::{self, NoticeInput};
use claviger_respond::{raise as raising, route};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alerts, deliveries, evidence, policies};
use jiff::Timestamp;

use super::risk_event;
use crate::job::{Kind, enqueue};
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
    let configurations = alerts::list(tx).await?;
    let recipients = route::recipients(&configurations, event.risk_type, event.level);
    if recipients.is_empty() {
        return Ok(0);
    }
    let found = evidence::of_event(tx, &event.id).await?;
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
        let delivery = Delivery {
            id: DeliveryId::derived(&[
                configuration.id.as_str(),
                event.id.as_str(),
                kind.as_str(),
                &occasion,
            ]),
            configuration_id: configuration.id.clone(),
            risk_event_id: Some(event.id.clone()),
            kind,
            notice,
            state: DeliveryState::Waiting,
            attempts: 0,
            last_error: None,
            created_at: now,
            delivered_at: None,
        };
        if deliveries::insert(tx, &delivery).await? {
            enqueue(tx, &Kind::DeliverAlert { delivery_id: delivery.id }, now).await?;
            put += 1;
        }
    }
    Ok(put)
}

impl Service {
    /// The address of an event's page, where the console's own address is known.
    pub(crate) fn link_to(&self, event: &RiskEvent) -> Option<String> {
        let base = self.settings().public_url.as_deref()?;
        Some(format!("{}/events/{}", base.trim_end_matches('/'), event.id))
    }
}
