//! Tells a channel that keeps incidents when somebody acknowledged the event, and when it was closed.

use std::time::Duration;

use claviger_model::{AlertConfigurationId, AlertKind, RiskEventId, WorkState};
use claviger_respond::notice;
use claviger_store::{alerts, risk_events};

use super::Ending;
use crate::gather::outbox::{self, Draft};
use crate::gather::risk_event;
use crate::{Service, ServiceError};

/// A person who pages others looks at the incident again within minutes.
const EVERY: Duration = Duration::from_secs(10);

pub(super) async fn run(
    service: &Service,
    id: &AlertConfigurationId,
    event_id: &RiskEventId,
) -> Result<Ending, ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    let configuration = alerts::get(&mut tx, id).await?;
    let event = risk_events::get(&mut tx, event_id).await?;
    let (Some(configuration), Some(event)) = (configuration, event) else {
        return Ok(Ending::Done);
    };
    let closed = event.work_state.is_closed();
    if event.work_state == WorkState::Pending {
        return Ok(Ending::Again { after: EVERY });
    }
    let notice = notice::compose_settled(configuration.language, &event, closed);
    let kind = if closed { AlertKind::Resolved } else { AlertKind::Acknowledged };
    let draft = Draft {
        risk_event_id: Some(event_id),
        kind,
        level: event.level,
        notice: &notice,
        now,
        leaves_at: now,
    };
    let turns = risk_event::turns(&mut tx, &event).await?;
    let round = turns.reopened_at.map(|at| at.to_string()).unwrap_or_default();
    let identity = [id.as_str(), event_id.as_str(), kind.as_str(), &round];
    outbox::alone(&mut tx, &configuration, &identity, None, &draft).await?;
    tx.commit().await?;
    service.wake_workers();
    Ok(if closed { Ending::Done } else { Ending::Again { after: EVERY } })
}
