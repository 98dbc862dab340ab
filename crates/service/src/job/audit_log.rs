//! Compares, once a day, the log files that are there with those that were read. What the listings missed
//! is read now, and told as a gap: nobody should have to trust that nothing was overlooked.

use claviger_cloud::Cloud;
use claviger_model::{Asset, AssetId};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{assets, source_checkpoints};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Ending;
use super::log_place::{LogPlace, Series};
use super::read_log;
use crate::gather::intake::keep_gap;
use crate::gather::log_file::{LATENESS, PAGE};
use crate::{Service, ServiceError};

/// How far back files are compared: far beyond any delivery that is merely late.
pub(crate) const WINDOW: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A younger file was not missed, unless its name is so early that no listing reaches it.
pub(crate) const YOUNG: SignedDuration = SignedDuration::from_secs(120);

/// The part of a log bucket under which the last audit is kept.
const PART: &str = "audit";

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAudit {
    /// When.
    pub at: Timestamp,
    /// Files that are there.
    pub listed: u64,
    /// Files that had not been read.
    pub missed: u64,
    /// Files that are no logs by their names.
    #[serde(default)]
    pub skipped: u64,
}

/// The last audit of a log bucket.
pub(crate) async fn last(
    reader: &mut AnyConnection,
    source: &str,
) -> Result<Option<LogAudit>, ServiceError> {
    let parts = source_checkpoints::of_source(reader, source).await?;
    let own = parts.into_iter().find(|(part, _)| part == PART);
    Ok(own.and_then(|(_, text)| serde_json::from_str(&text).ok()))
}

pub(super) async fn run(service: &Service, asset_id: &AssetId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let asset = assets::get(&mut reader, asset_id)
        .await?
        .ok_or_else(|| ServiceError::not_found("asset", asset_id))?;
    let source = asset_id.as_str();
    drop(reader);
    let Some(place) = LogPlace::of(&asset) else { return Ok(Ending::Done) };
    let (_, cloud) = service.cloud(&asset.connection_id).await?;
    let mut audit = LogAudit { at: service.now(), listed: 0, missed: 0, skipped: 0 };
    let mut oldest: Option<Timestamp> = None;
    for series in place.series(service, (&asset, cloud.as_ref()), true).await? {
        let of = (&asset, &place, &series);
        let missed = compare(service, of, cloud.as_ref(), &mut audit).await?;
        oldest = oldest.into_iter().chain(missed).min();
    }
    keep(service, source, &audit, oldest).await?;
    Ok(Ending::Done)
}

/// Compares the files of one series. Returns when the oldest that was missed was written.
async fn compare(
    service: &Service,
    (asset, place, series): (&Asset, &LogPlace, &Series),
    cloud: &dyn Cloud,
    audit: &mut LogAudit,
) -> Result<Option<Timestamp>, ServiceError> {
    let (source, now) = (asset.id.as_str(), audit.at);
    let latest = series.latest(service, source).await?;
    let start_after = series.start_after(latest.as_deref(), WINDOW, now);
    let reach = series.start_after(latest.as_deref(), LATENESS, now).unwrap_or_default();
    let mut oldest: Option<Timestamp> = None;
    let mut continuation: Option<String> = None;
    loop {
        let (bucket, prefix) = (&place.bucket, &series.prefix);
        let page = cloud
            .list_objects(bucket, prefix, start_after.as_deref(), continuation.as_deref(), PAGE)
            .await?;
        let listed = page.objects.iter().filter(|file| series.stamp(&file.name).is_some());
        audit.listed += listed.count() as u64;
        for file in series.unread(service, source, page.objects).await? {
            let is_young = now.duration_since(file.last_modified) < YOUNG && file.name > reach;
            if !is_young {
                audit.missed += 1;
                oldest = Some(oldest.map_or(file.last_modified, |at| at.min(file.last_modified)));
                read_log::fetch_file(service, (asset, place, series), cloud, &file).await?;
            }
        }
        continuation = page.next;
        if continuation.is_none() {
            return Ok(oldest);
        }
    }
}

/// Keeps an audit, and what it found as a gap from when the oldest file that was missed was written.
pub(crate) async fn keep(
    service: &Service,
    source: &str,
    audit: &LogAudit,
    oldest: Option<Timestamp>,
) -> Result<(), ServiceError> {
    let text = serde_json::to_string(audit)
        .map_err(|error| ServiceError::Internal(format!("an audit has no JSON form: {error}")))?;
    let mut tx = service.store().write().await?;
    source_checkpoints::set(&mut tx, source, PART, &text, audit.at).await?;
    if let Some(oldest) = oldest {
        let words = format!(
            "{} of {} log files had not been read when they were compared; they are now",
            audit.missed, audit.listed
        );
        keep_gap(&mut tx, source, oldest, audit.at, &words).await?;
    }
    tx.commit().await?;
    Ok(())
}
