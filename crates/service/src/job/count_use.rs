//! Counts the uses of a leaked key that is used so much that its requests are not read one by one each time.

use claviger_model::AccessKeyId;
use claviger_store::risk_events;

use super::Ending;
use crate::{Service, ServiceError};

pub(super) async fn run(service: &Service, key: &AccessKeyId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let leaks = risk_events::leaks_of_keys(&mut reader, &[key]).await?;
    drop(reader);
    let Some((leak, event_id)) = leaks.into_iter().next() else { return Ok(Ending::Done) };
    let (history, of) = (service.history().clone(), key.clone());
    let read =
        tokio::task::spawn_blocking(move || history.summary(&of, Some(leak.leaked_at), None, 0));
    let summary = read
        .await
        .map_err(|fault| ServiceError::Internal(format!("the history broke: {fault}")))??;
    let mut tx = service.store().write().await?;
    let Some(mut event) = risk_events::for_update(&mut tx, &event_id).await? else {
        return Ok(Ending::Done);
    };
    if summary.is_partial {
        event.uses = event.uses.max(summary.events);
    } else {
        event.uses = summary.events;
    }
    risk_events::update(&mut tx, &event).await?;
    tx.commit().await?;
    service.tell_pages(event_id.as_str());
    Ok(Ending::Done)
}
