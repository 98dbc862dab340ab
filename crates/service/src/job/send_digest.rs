//! Makes one message of those that were collected.

use std::time::Duration;

use claviger_model::{AlertConfigurationId, AlertKind};
use claviger_respond::notice;
use claviger_store::{alerts, deliveries};

use super::Ending;
use crate::gather::outbox::{self, Draft};
use crate::{Service, ServiceError};

/// Messages that one digest tells; what is more follows in another.
const MESSAGES_MAX: u32 = 1_000;

pub(super) async fn run(
    service: &Service,
    id: &AlertConfigurationId,
) -> Result<Ending, ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    let Some(configuration) = alerts::get(&mut tx, id).await? else { return Ok(Ending::Done) };
    let collected = deliveries::collected(&mut tx, id, MESSAGES_MAX).await?;
    let Some(first) = collected.first() else { return Ok(Ending::Done) };
    if first.leaves_at > now {
        let after = Duration::try_from(first.leaves_at.duration_since(now)).unwrap_or_default();
        return Ok(Ending::Again { after });
    }
    let (notice, level, event) = match collected.as_slice() {
        // One alone is told as it is, with its buttons.
        [one] => (one.notice.clone(), one.level, one.risk_event_id.clone()),
        many => {
            let notices: Vec<_> =
                many.iter().map(|one| (one.notice.clone(), one.level, one.created_at)).collect();
            let link = service.settings().public_url.as_deref();
            let link = link.map(|base| format!("{}/events", base.trim_end_matches('/')));
            let (notice, level) = notice::compose_digest(configuration.language, &notices, link);
            (notice, level, None)
        }
    };
    let draft = Draft {
        risk_event_id: event.as_ref(),
        kind: AlertKind::Digest,
        level,
        notice: &notice,
        now,
        leaves_at: now,
    };
    let identity = [id.as_str(), "digest", first.id.as_str()];
    let digests = outbox::alone(&mut tx, &configuration, &identity, None, &draft).await?;
    if let Some(digest) = digests.first() {
        for one in &collected {
            deliveries::set_summarized(&mut tx, &one.id, digest).await?;
        }
    }
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages("deliveries");
    let full = collected.len() == MESSAGES_MAX as usize;
    Ok(if full { Ending::Again { after: Duration::ZERO } } else { Ending::Done })
}
