//! Forgets what is too old to be needed: ended sessions, jobs long done, and the ids of requests whose
//! repeats can no longer arrive.

use std::time::Duration;

use claviger_store::{jobs, seen_events, sessions, source_gaps};
use jiff::SignedDuration;

use super::Ending;
use crate::{Service, ServiceError};

/// A log's lines may be delivered again for this long: bucket logs up to 48 hours late (Alibaba OSS,
/// "Logging"), and as much again for a delivery that is repeated.
const REPEATS: SignedDuration = SignedDuration::from_hours(96);

/// What became of a job may be asked for this long.
const JOBS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That a source was blind or lost lines may be asked for this long.
const GAPS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Often enough to keep the tables small, rarely enough to cost nothing.
const EVERY: Duration = Duration::from_secs(3600);

pub(super) async fn run(service: &Service) -> Result<Ending, ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    sessions::prune(&mut tx, now).await?;
    seen_events::prune(&mut tx, now - REPEATS).await?;
    jobs::prune(&mut tx, now - JOBS_KEPT).await?;
    source_gaps::prune(&mut tx, now - GAPS_KEPT).await?;
    tx.commit().await?;
    Ok(Ending::Again { after: EVERY })
}
