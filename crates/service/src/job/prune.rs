//! Forgets what is too old to be needed: ended sessions and tokens, jobs long done, gaps of long ago.

use std::time::Duration;

use claviger_store::{api_tokens, grants, jobs, minted_keys, sessions, source_gaps};
use jiff::SignedDuration;

use super::Ending;
use crate::{Service, ServiceError};

/// What became of a job may be asked for this long.
const JOBS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// That a source was blind or lost lines may be asked for this long.
const GAPS_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Which key made which is of use for as long as a leak may be found late.
const CHILDREN_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// That a token ended is shown this long.
const TOKENS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Often enough to keep the tables small, rarely enough to cost nothing.
const EVERY: Duration = Duration::from_secs(3600);

pub(super) async fn run(service: &Service) -> Result<Ending, ServiceError> {
    let now = service.now();
    let mut tx = service.store().write().await?;
    sessions::prune(&mut tx, now).await?;
    api_tokens::prune(&mut tx, now - TOKENS_KEPT).await?;
    jobs::prune(&mut tx, now - JOBS_KEPT).await?;
    minted_keys::prune(&mut tx, now - CHILDREN_KEPT).await?;
    grants::prune(&mut tx, now - CHILDREN_KEPT).await?;
    source_gaps::prune(&mut tx, now - GAPS_KEPT).await?;
    tx.commit().await?;
    Ok(Ending::Again { after: EVERY })
}
