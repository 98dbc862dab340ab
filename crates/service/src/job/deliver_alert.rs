//! Sends one message, and tries again until the channel accepts it or it was tried too often.
//!
//! A process that is killed between the channel's yes and the commit sends the message once more with
//! the same id; receivers drop it by that id (RFC 5322, `Message-ID`; `webhook-id`; `dedup_key`).

use claviger_model::{
    AlertConfiguration, AlertKind, AlertMethod, Delivery, DeliveryId, DeliveryState,
};
use claviger_notify::{Link, Message, NotifyError, Receipt, Signal};
use claviger_respond::{notice, retry};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alerts, deliveries};
use serde_json::json;

use super::{Ending, Kind, enqueue};
use crate::gather::{outbox, risk_event};
use crate::{Service, ServiceError, chain};

pub(super) async fn run(service: &Service, id: &DeliveryId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let delivery = deliveries::get(&mut reader, id)
        .await?
        .ok_or_else(|| ServiceError::not_found("delivery", id))?;
    let configuration = alerts::get(&mut reader, &delivery.configuration_id).await?;
    drop(reader);
    if !matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Retrying) {
        return Ok(Ending::Done);
    }
    let Some(configuration) = configuration else { return Ok(Ending::Done) };
    let sent = send(service, &delivery, &configuration).await?;
    let mut tx = service.store().write().await?;
    let ending = match sent {
        Ok(receipt) => delivered(service, &mut tx, &delivery, &configuration, &receipt).await?,
        Err(error) => failed(service, &mut tx, &delivery, &configuration, &error).await?,
    };
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages("deliveries");
    if let Some(event) = &delivery.risk_event_id {
        service.tell_pages(event.as_str());
    }
    Ok(ending)
}

/// Carries it out: the outer failure is ours, the inner one the channel's.
async fn send(
    service: &Service,
    delivery: &Delivery,
    configuration: &AlertConfiguration,
) -> Result<Result<Receipt, NotifyError>, ServiceError> {
    let to = match recipients(service, delivery, configuration).await? {
        Ok(to) => to,
        Err(waiting) => return Ok(Err(NotifyError::NotVerified { waiting })),
    };
    let secrets = service.alert_secrets(&configuration.id).await?;
    let language = configuration.language;
    let composed = match (delivery.kind, delivery.to.first()) {
        (AlertKind::Code, Some(address)) => {
            notice::compose_code(language, service.code_of(address).await?.as_deref())
        }
        _ => delivery.notice.clone(),
    };
    let signal = match delivery.kind {
        AlertKind::Acknowledged => Signal::Acknowledge,
        AlertKind::Resolved => Signal::Resolve,
        _ => Signal::Trigger,
    };
    let by = to.first().filter(|_| to.len() == 1).cloned();
    let by = by.unwrap_or_else(|| configuration.name.clone());
    let acknowledge = match &delivery.risk_event_id {
        Some(event) if signal == Signal::Trigger => {
            service.acknowledge_link(event, &by, delivery.created_at)?
        }
        _ => None,
    };
    let acknowledge =
        acknowledge.map(|url| Link { label: notice::label_acknowledge(language), url });
    let open = composed.link.clone().map(|url| Link { label: notice::label_open(language), url });
    let link = acknowledge.as_ref().or(open.as_ref());
    let message = Message {
        level: delivery.level,
        event: delivery.risk_event_id.as_ref().map(claviger_model::RiskEventId::as_str),
        signal,
        at: service.now(),
        brief: link.map_or_else(
            || composed.subject.clone(),
            |link| format!("{}\n{}: {}", composed.subject, link.label, link.url),
        ),
        spoken: notice::spoken(language, &composed),
        open,
        acknowledge,
        ..Message::new(delivery.id.as_str(), &composed, language)
    };
    let method = reaching(&configuration.method, to);
    Ok(match claviger_notify::channel(&method, secrets, service.guard()) {
        Ok(channel) => channel.send(&message).await,
        Err(error) => Err(error),
    })
}

/// Who is told: those the message names, or everybody of the configuration; of them whoever showed that
/// the address is theirs. `Err`: nobody did.
async fn recipients(
    service: &Service,
    delivery: &Delivery,
    configuration: &AlertConfiguration,
) -> Result<Result<Vec<String>, String>, ServiceError> {
    if configuration.method.reaches().is_none() || delivery.kind == AlertKind::Code {
        return Ok(Ok(delivery.to.clone()));
    }
    let mut reader = service.store().read().await?;
    let all = match delivery.to.as_slice() {
        [] => outbox::addresses(&mut reader, configuration).await?,
        some => some.to_vec(),
    };
    drop(reader);
    let verified = service.verified(&all).await?;
    if verified.is_empty() {
        return Ok(Err(all.join(", ")));
    }
    Ok(Ok(verified))
}

/// The method with these recipients alone.
fn reaching(method: &AlertMethod, recipients: Vec<String>) -> AlertMethod {
    let mut method = method.clone();
    match &mut method {
        AlertMethod::Email { to, .. }
        | AlertMethod::AliyunSms { to, .. }
        | AlertMethod::AliyunCall { to, .. }
        | AlertMethod::TwilioSms { to, .. }
        | AlertMethod::TwilioCall { to, .. } => *to = recipients,
        _ => {}
    }
    method
}

async fn delivered(
    service: &Service,
    tx: &mut AnyConnection,
    delivery: &Delivery,
    configuration: &AlertConfiguration,
    receipt: &Receipt,
) -> Result<Ending, ServiceError> {
    let now = service.now();
    deliveries::set_delivered(tx, &delivery.id, now).await?;
    alerts::set_working(tx, &configuration.id).await?;
    service.alert_works(&configuration.id);
    let Some(event) = &delivery.risk_event_id else { return Ok(Ending::Done) };
    let text = format!(
        "{} told `{}`: accepted by {}",
        delivery.notice.subject, configuration.name, receipt.accepted_by
    );
    let details = json!({ "delivery_id": delivery.id, "kind": delivery.kind });
    let occasion = delivery.id.as_str();
    risk_event::tell_as(tx, event, "alert", occasion, now, &text, details, None).await?;
    let settled = matches!(delivery.kind, AlertKind::Acknowledged | AlertKind::Resolved);
    if matches!(configuration.method, AlertMethod::PagerDuty { .. }) && !settled {
        let follow = Kind::FollowIncident {
            configuration_id: configuration.id.clone(),
            risk_event_id: event.clone(),
        };
        enqueue(tx, &follow, now).await?;
    }
    Ok(Ending::Done)
}

async fn failed(
    service: &Service,
    tx: &mut AnyConnection,
    delivery: &Delivery,
    configuration: &AlertConfiguration,
    error: &NotifyError,
) -> Result<Ending, ServiceError> {
    let now = service.now();
    let why = format!("{} ({})", chain(error), error.hint());
    let tries = delivery.attempts.saturating_add(1);
    let pause_max = service.settings().retry_pause_max;
    let next = retry::next(tries, delivery.leaves_at, now, error.is_permanent(), pause_max);
    let ending = match next {
        retry::Next::TryAgain(after) => {
            deliveries::set_retrying(tx, &delivery.id, &why).await?;
            Ending::Retry { after, why: why.clone() }
        }
        retry::Next::GiveUp => {
            deliveries::set_dead(tx, &delivery.id, &why).await?;
            Ending::Done
        }
    };
    if delivery.kind != AlertKind::Code {
        alerts::set_failing(tx, &configuration.id, now, &why).await?;
        let given_up = next == retry::Next::GiveUp;
        service.alert_fails(tx, configuration, &why, given_up).await?;
    }
    Ok(ending)
}
