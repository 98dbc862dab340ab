//! Takes a risk event up again once the time is over for which a person had set it aside.

use claviger_model::{RiskEventId, WorkState};
use claviger_respond::life_cycle::Happening;
use claviger_store::risk_events;
use serde_json::json;

use super::Ending;
use crate::gather::risk_event::{self, WORK_STATE};
use crate::{Service, ServiceError};

pub(super) async fn run(service: &Service, id: &RiskEventId) -> Result<Ending, ServiceError> {
    let mut tx = service.store().write().await?;
    let Some(mut event) = risk_events::for_update(&mut tx, id).await? else {
        return Ok(Ending::Done);
    };
    let now = service.now();
    // Taken up meanwhile, or ignored for longer, which is a job of its own.
    if event.work_state != WorkState::Ignored || event.ignored_until.is_none_or(|at| at > now) {
        return Ok(Ending::Done);
    }
    let before = event.work_state;
    risk_event::happen(&mut event, Happening::IgnoreEnded);
    risk_events::update(&mut tx, &event).await?;
    let text = format!(
        "{} → {}: the time is over for which it was ignored",
        before.title(),
        event.work_state.title()
    );
    let details = json!({ "before": before, "after": event.work_state });
    risk_event::tell(&mut tx, &event, WORK_STATE, &now.to_string(), now, &text, details).await?;
    tx.commit().await?;
    service.tell_pages(id.as_str());
    Ok(Ending::Done)
}
