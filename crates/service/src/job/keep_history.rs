//! Keeps the history in shape: days that are over become Parquet, and days go where age or room is bounded.
//! Nothing is forgotten silently.

use std::time::Duration;

use claviger_history::Room;
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
    let at_limit = service.settings().history_at_limit;
    let room = service.settings().history_max_bytes.map(|bytes| Room { bytes, at_limit });
    let work = tokio::task::spawn_blocking(move || {
        // What is dropped need not be compacted; what is compacted is smaller than it was.
        let aged = history.retain(now, max_age, None)?;
        let compacted = history.compact(now)?;
        let sized = history.retain(now, None, room)?;
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
            tracing::info!(%first, %last, events, bytes, "days of the history were dropped");
            let days = dropped.dropped.len();
            let details = json!({ "first": first, "last": last, "days": days, "events": events,
                "bytes": bytes });
            service.audit(&Actor::claviger(), "drop_history", "history", "done", &details).await?;
        }
        if dropped.bytes_over > 0 {
            let bytes = dropped.bytes_over;
            tracing::warn!(bytes, "the days that always stay are larger than `history_max_bytes`");
        }
    }
    Ok(Ending::Again { after: EVERY })
}
