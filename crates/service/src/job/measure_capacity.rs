//! Measures what is used of each capacity, for the forecast and for whoever must be told.

use std::time::Duration;

use super::Ending;
use crate::{Service, ServiceError};

/// Often enough to be told before it is too late, rarely enough to cost nothing.
const EVERY: Duration = Duration::from_secs(900);

pub(super) async fn run(service: &Service) -> Result<Ending, ServiceError> {
    service.measure_capacity().await?;
    Ok(Ending::Again { after: EVERY })
}
