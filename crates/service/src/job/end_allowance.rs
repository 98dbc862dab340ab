//! Takes an entry of the allowlist off once its time is over: what it hid counts again.

use claviger_store::allowlist;

use super::Ending;
use crate::{Actor, Service, ServiceError};

pub(super) async fn run(service: &Service, id: &str) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let entry = allowlist::get(&mut reader, id).await?;
    drop(reader);
    let is_over = |at| at <= service.now();
    if entry.is_some_and(|entry| entry.expires_at.is_some_and(is_over)) {
        service.remove_from_allowlist(&Actor::claviger(), id).await?;
    }
    Ok(Ending::Done)
}
