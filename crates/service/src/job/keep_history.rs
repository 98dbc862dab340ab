//! Keeps the history in shape: days that are over become Parquet, and the oldest go where age or room is
//! bounded. Nothing is forgotten silently.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::Ending;
use crate::{Actor, Service, ServiceError};

/// Often enough that a day becomes Parquet in the night after it, rarely enough that events which come
/// hours late do not make a day be written anew each time.
const EVERY: Duration = Duration::from_secs(6 * 3600);

pub(super) async fn run(service: &Service) -> Result<Ending, ServiceError> {
    let (history, now) = (service.history().clone(), service.now());
    let max_age =
        service.settings().history_max_age.and_then(|age| SignedDuration::try_from(age).ok());
    let max_bytes = service.settings().history_max_bytes;
    let work = tokio::task::spawn_blocking(move || {
        // What is dropped need not be compacted; what is compacted is smaller than it was.
        let aged = history.retain(now, max_age, None)?;
        let compacted = history.compact(now)?;
        let sized = history.retain(now, None, max_bytes)?;
        Ok::<_, ServiceError>((compacted, [aged, sized]))
    });
    let (compacted, retained) = work
        .await
        .map_err(|error| ServiceError::Internal(format!("the history was not kept: {error}")))??;
    if !compacted.days.is_empty() {
        let (days, events, bytes) = (compacted.days.len(), compacted.rows, compacted.bytes);
        tracing::info!(days, events, bytes, "days of the history became Parquet");
    }
    for dropped in retained {
        if let Some((first, last)) = dropped.dropped.first().zip(dropped.dropped.last()) {
            let (events, bytes) = (dropped.rows, dropped.bytes);
            tracing::info!(%first, %last, events, bytes, "old days of the history were dropped");
            let details = json!({ "first": first, "last": last, "events": events, "bytes": bytes });
            service.audit(&Actor::claviger(), "drop_history", "history", "done", &details).await?;
        }
        if dropped.bytes_over > 0 {
            let bytes = dropped.bytes_over;
            tracing::warn!(bytes, "the present day alone is larger than `history_max_bytes`");
        }
    }
    Ok(Ending::Again { after: EVERY })
}
