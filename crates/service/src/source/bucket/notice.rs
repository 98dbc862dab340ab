//! Files that somebody says are there: noted with what else was told, and read at the next moment, whatever their names.

use claviger_model::{Feed, LogSource};
use claviger_store::source_checkpoints;
use claviger_store::sqlx::AnyConnection;
use jiff::Timestamp;

use super::aside::{is_log, is_wanted};
use crate::{Service, ServiceError};

/// The parts that each name a file that somebody says is there, and how many there are at most.
const NOTICE: &str = "notice ";
const NOTICES_MAX: u32 = 1_000;

/// Keeps that somebody says that a file is there, where it is one of a source's.
pub(crate) async fn note(
    tx: &mut AnyConnection,
    source: &LogSource,
    object: &str,
    now: Timestamp,
) -> Result<bool, ServiceError> {
    let Feed::Bucket { prefix, .. } = &source.feed else { return Ok(false) };
    if !is_wanted(prefix, object) || !is_log(object, 1) {
        return Ok(false);
    }
    let id = source.id.as_str();
    // What does not fit is listed sooner or later.
    if source_checkpoints::parts(tx, id, NOTICE, NOTICES_MAX).await?.len() < NOTICES_MAX as usize {
        source_checkpoints::set(tx, id, &format!("{NOTICE}{object}"), "", now).await?;
    }
    Ok(true)
}

/// The files of a source that somebody said are there.
pub(super) async fn noted(service: &Service, source: &str) -> Result<Vec<String>, ServiceError> {
    let mut reader = service.store().read().await?;
    let parts = source_checkpoints::parts(&mut reader, source, NOTICE, NOTICES_MAX).await?;
    Ok(parts.iter().filter_map(|part| part.strip_prefix(NOTICE)).map(str::to_owned).collect())
}

/// A file was looked at.
pub(super) async fn forget(
    service: &Service,
    source: &str,
    object: &str,
) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    source_checkpoints::forget(&mut tx, source, &format!("{NOTICE}{object}")).await?;
    tx.commit().await?;
    Ok(())
}
