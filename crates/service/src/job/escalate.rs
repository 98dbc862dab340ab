//! Tells a message further while nobody acknowledges its event.

use std::time::Duration;

use claviger_model::{
    AlertConfiguration, AlertConfigurationId, AlertKind, EscalationId, WorkState,
};
use claviger_respond::{escalate, notice};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{alerts, deliveries, escalations, recipient_groups, risk_events};
use serde_json::json;

use super::Ending;
use crate::gather::outbox::{self, Draft};
use crate::gather::risk_event;
use crate::{Service, ServiceError};

pub(super) async fn run(service: &Service, id: &EscalationId) -> Result<Ending, ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    let Some(mut row) = escalations::get(&mut tx, id).await? else { return Ok(Ending::Done) };
    if row.ended_at.is_some() {
        return Ok(Ending::Done);
    }
    let configuration = alerts::get(&mut tx, &row.configuration_id).await?;
    let event = risk_events::get(&mut tx, &row.risk_event_id).await?;
    let original = deliveries::get(&mut tx, &row.delivery_id).await?;
    let (Some(own), Some(event), Some(original)) = (configuration, event, original) else {
        return Ok(Ending::Done);
    };
    let due = escalate::next(&own.rules.escalation, row.taken, row.since)
        .filter(|_| own.enabled && event.work_state == WorkState::Pending);
    let Some(due) = due else {
        row.ended_at = Some(now);
        escalations::update(&mut tx, &row).await?;
        tx.commit().await?;
        return Ok(Ending::Done);
    };
    if due.at > now {
        let after = Duration::try_from(due.at.duration_since(now)).unwrap_or_default();
        return Ok(Ending::Again { after });
    }
    let through = teller(&mut tx, due.step.through.as_ref(), &own).await?;
    let groups = recipient_groups::list(&mut tx).await?;
    let to = through
        .method
        .reaches()
        .filter(|_| !due.step.groups.is_empty())
        .map(|kind| outbox::members(&groups, &due.step.groups, kind))
        .filter(|members| !members.is_empty());
    let minutes = now.duration_since(original.leaves_at).as_mins().max(0).unsigned_abs();
    let notice = notice::compose_escalation(through.language, &original.notice, minutes);
    let draft = Draft {
        risk_event_id: Some(&event.id),
        kind: AlertKind::Escalation,
        level: event.level,
        notice: &notice,
        now,
        leaves_at: now,
    };
    let step = row.taken.to_string();
    let identity = [through.id.as_str(), row.id.as_str(), "step", &step];
    outbox::alone(&mut tx, &through, &identity, to.as_deref(), &draft).await?;
    let text =
        format!("not acknowledged for {minutes} min: told further through `{}`", through.name);
    let details = json!({ "escalation_id": row.id, "step": row.taken });
    let occasion = format!("{} {step}", row.id);
    risk_event::tell(&mut tx, &event, "escalated", &occasion, now, &text, details).await?;
    row.taken += 1;
    row.since = now;
    let next = escalate::next(&own.rules.escalation, row.taken, row.since).map(|due| due.at);
    if next.is_none() {
        row.ended_at = Some(now);
    }
    escalations::update(&mut tx, &row).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages(event.id.as_str());
    Ok(match next {
        None => Ending::Done,
        Some(at) => {
            let after = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            Ending::Again { after }
        }
    })
}

/// The configuration that tells further. One that was removed cannot tell anybody; its own tells instead.
async fn teller(
    tx: &mut AnyConnection,
    through: Option<&AlertConfigurationId>,
    own: &AlertConfiguration,
) -> Result<AlertConfiguration, ServiceError> {
    let other = match through {
        Some(id) => alerts::get(tx, id).await?.filter(|other| other.enabled),
        None => None,
    };
    Ok(other.unwrap_or_else(|| own.clone()))
}
