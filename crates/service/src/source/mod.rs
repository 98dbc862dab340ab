//! Sources of log lines beside the log buckets of assets: one file a kind. Each hands over deliveries to
//! the one intake and moves its own position on with them; the supervisor keeps them running.

mod actiontrail;
pub(crate) mod bucket;
mod cloudtrail;
mod fluent;
mod folder;
mod nats;
pub(crate) mod push;
mod sls;
pub(crate) mod supervisor;
mod trail;

use std::sync::Arc;

use claviger_cloud::{BucketRef, Cloud};
use claviger_model::{LogSource, Secret};
use claviger_store::log_sources;
use claviger_watch::{LogFormat, Parsed};

use crate::gather::intake::Whose;
use crate::{Service, ServiceError};

/// Whose buckets and keys the lines of a source speak of.
pub(crate) fn whose(source: &LogSource) -> Whose {
    source.connection_id.clone().map_or(Whose::Anybody, Whose::Connection)
}

/// The format that a source's lines are said to be in.
pub(crate) fn format_of(source: &LogSource) -> Option<LogFormat> {
    source.log_format.as_deref().and_then(|name| name.parse().ok())
}

/// Parses lines in a format, else in the one that they look like; lines that look like none are rejected
/// one by one.
pub(crate) fn parse(format: Option<LogFormat>, lines: &[u8]) -> Parsed {
    if lines.trim_ascii().is_empty() {
        return Parsed::default();
    }
    match format.or_else(|| claviger_watch::detect(lines)) {
        Some(format) => claviger_watch::parse(format, lines),
        None => claviger_watch::reject_all(lines, "the lines are in no known log format"),
    }
}

/// A bucket in the region of its connection; one elsewhere is asked for there once its provider says so.
pub(crate) fn bucket_of(name: &str) -> BucketRef {
    BucketRef { name: name.to_owned(), region: String::new(), endpoint: None }
}

/// The shared key or password of a source.
async fn secret_of(service: &Service, source: &LogSource) -> Result<Option<Secret>, ServiceError> {
    let mut reader = service.store().read().await?;
    let sealed = log_sources::sealed(&mut reader, &source.id).await?;
    drop(reader);
    sealed.map(|text| service.vault().open_seal(source.id.as_str(), &text)).transpose()
}

/// The cloud whose credentials read a source.
async fn cloud_of(service: &Service, source: &LogSource) -> Result<Arc<dyn Cloud>, ServiceError> {
    match &source.connection_id {
        Some(id) => Ok(service.cloud(id).await?.1),
        None => Err(ServiceError::Conflict {
            message: format!("the connection of the source `{}` is gone", source.name),
            hint: "remove the source, and add it with another connection".to_owned(),
        }),
    }
}
