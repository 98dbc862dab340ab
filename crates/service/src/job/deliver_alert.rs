//! Sends one message, and tries again until the channel accepts it.
//!
//! A process that is killed between the channel's yes and the commit sends the message once more with
//! the same id; receivers drop it by that id (RFC 5322, `Message-ID`).

use std::time::Duration;

use claviger_model::{DeliveryId, DeliveryState};
use claviger_notify::Message;
use claviger_store::{alerts, deliveries};
use serde_json::json;

use super::Ending;
use crate::gather::risk_event;
use crate::{Service, ServiceError, chain};

/// The first pause; twice as long after each try, up to the setting.
const PAUSE_FIRST: Duration = Duration::from_secs(1);

pub(super) async fn run(
    service: &Service,
    id: &DeliveryId,
    attempts: u32,
) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let delivery = deliveries::get(&mut reader, id)
        .await?
        .ok_or_else(|| ServiceError::not_found("delivery", id))?;
    let configuration = alerts::get(&mut reader, &delivery.configuration_id).await?;
    let sealed = alerts::sealed(&mut reader, &delivery.configuration_id).await?;
    drop(reader);
    if delivery.state == DeliveryState::Delivered {
        return Ok(Ending::Done);
    }
    let Some(configuration) = configuration else {
        return Ok(Ending::Done);
    };
    let password = sealed
        .map(|sealed| service.vault().open_seal(configuration.id.as_str(), &sealed))
        .transpose()?;
    let message = Message {
        id: delivery.id.as_str(),
        notice: &delivery.notice,
        language: configuration.language,
    };
    let sent = match claviger_notify::channel(&configuration.method, password, service.guard()) {
        Ok(channel) => channel.send(&message).await,
        Err(error) => Err(error),
    };
    let now = service.now();
    let mut tx = service.store().write().await?;
    let ending = match sent {
        Ok(receipt) => {
            deliveries::set_delivered(&mut tx, id, now).await?;
            if let Some(event) = &delivery.risk_event_id {
                let text = format!(
                    "{} told `{}`: accepted by {}",
                    delivery.notice.subject, configuration.name, receipt.accepted_by
                );
                let details = json!({ "delivery_id": id, "kind": delivery.kind });
                let occasion = id.as_str();
                risk_event::tell_as(&mut tx, event, "alert", occasion, now, &text, details, None)
                    .await?;
            }
            Ending::Done
        }
        Err(error) => {
            let why = format!("{} ({})", chain(&error), error.hint());
            deliveries::set_retrying(&mut tx, id, &why).await?;
            let pause = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(attempts.min(16)));
            Ending::Retry { after: pause.min(service.settings().retry_pause_max), why }
        }
    };
    tx.commit().await?;
    service.tell_pages("deliveries");
    if let Some(event) = &delivery.risk_event_id {
        service.tell_pages(event.as_str());
    }
    Ok(ending)
}
