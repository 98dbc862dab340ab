//! Reads the access log of an authorized bucket, file by file, each once.
//!
//! The effect of a file and the note that it was read commit together; the history is written before
//! and drops repeats when it is read.

use claviger_cloud::{Cloud, CloudError, ObjectInfo};
use claviger_model::{Asset, AssetId};
use claviger_store::{Failure, assets, source_progress};
use jiff::{SignedDuration, Timestamp};

use super::log_place::{LogPlace, Series};
use super::{Ending, Kind, audit_log, enqueue};
use crate::clouds::Area;
use crate::gather::intake::{self, Whose};
use crate::gather::log_file::{self, LATENESS, Origin, PAGE, REFUSED_PAUSE};
use crate::{Service, ServiceError, chain};

pub(super) async fn run(service: &Service, asset_id: &AssetId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let asset = assets::get(&mut reader, asset_id)
        .await?
        .ok_or_else(|| ServiceError::not_found("asset", asset_id))?;
    drop(reader);
    let Some(place) = LogPlace::of(&asset) else { return Ok(Ending::Done) };
    match read_new_files(service, &asset, &place).await {
        Ok(()) => {
            note_well(service, &asset).await?;
            Ok(Ending::Again { after: service.settings().log_poll })
        }
        Err(ServiceError::Cloud(error)) => {
            service.note_health(&asset.connection_id, Area::Logs, Some(&error)).await?;
            note_failure(service, &asset, &error).await?;
            let pause = REFUSED_PAUSE.min(service.settings().key_check);
            Ok(Ending::Retry { after: pause, why: chain(&error) })
        }
        Err(error) => Err(error),
    }
}

/// Notes that the log of an asset cannot be read.
async fn note_failure(
    service: &Service,
    asset: &Asset,
    error: &CloudError,
) -> Result<(), ServiceError> {
    let failure =
        Failure { code: error.code().to_owned(), message: chain(error), hint: Some(error.hint()) };
    let mut tx = service.store().write().await?;
    source_progress::fail(&mut tx, asset.id.as_str(), &failure, service.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes that it can be read again, and that it is time for an audit.
async fn note_well(service: &Service, asset: &Asset) -> Result<(), ServiceError> {
    let id = asset.id.as_str();
    let mut reader = service.store().read().await?;
    let was_failing = source_progress::is_failing(&mut reader, id).await?;
    let audited = audit_log::last(&mut reader, id).await?.map(|audit| audit.at);
    drop(reader);
    let now = service.now();
    let every = SignedDuration::try_from(service.settings().log_audit).unwrap_or(LATENESS);
    let audit_is_due = audited.is_none_or(|at| now.duration_since(at) >= every);
    if !was_failing && !audit_is_due {
        return Ok(());
    }
    let mut tx = service.store().write().await?;
    if let Some((failure, since)) = source_progress::recover(&mut tx, id).await? {
        intake::keep_gap(&mut tx, id, since, now, &failure.message).await?;
    }
    if audit_is_due {
        enqueue(&mut tx, &Kind::AuditLog { asset_id: asset.id.clone() }, now).await?;
    }
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}

/// Lists what is new and reads it, oldest name first. Most looks reach back a little; now and then one
/// reaches back over all of the lateness, so that a file which appears late with an early name is read.
async fn read_new_files(
    service: &Service,
    asset: &Asset,
    place: &LogPlace,
) -> Result<(), ServiceError> {
    let source = asset.id.as_str();
    let sweeps = sweep_is_due(service, source).await?;
    let back = if sweeps {
        LATENESS
    } else {
        SignedDuration::try_from(service.settings().log_overlap).unwrap_or(LATENESS)
    };
    let (connection, cloud) = service.cloud(&asset.connection_id).await?;
    for series in place.series(service, (asset, cloud.as_ref()), sweeps).await? {
        let latest = series.latest(service, source).await?;
        let start_after = series.start_after(latest.as_deref(), back, service.now());
        let of = (asset, place, &series);
        read_series(service, of, cloud.as_ref(), start_after.as_deref()).await?;
    }
    // Noted last: a sweep that broke off is done again at the next look.
    if sweeps {
        let mut tx = service.store().write().await?;
        let now = service.now().to_string();
        claviger_store::settings::set(&mut tx, &sweep_name(source), &now).await?;
        tx.commit().await?;
    }
    service.note_news(&connection, Area::Logs, None).await
}

/// Reads what is new of one series.
async fn read_series(
    service: &Service,
    (asset, place, series): (&Asset, &LogPlace, &Series),
    cloud: &dyn Cloud,
    start_after: Option<&str>,
) -> Result<(), ServiceError> {
    let mut continuation: Option<String> = None;
    loop {
        let (bucket, next) = (&place.bucket, continuation.as_deref());
        let page = cloud.list_objects(bucket, &series.prefix, start_after, next, PAGE).await?;
        for file in series.unread(service, asset.id.as_str(), page.objects).await? {
            fetch_file(service, (asset, place, series), cloud, &file).await?;
        }
        continuation = page.next;
        if continuation.is_none() {
            return Ok(());
        }
    }
}

/// Fetches one file and keeps what is in it.
pub(super) async fn fetch_file(
    service: &Service,
    (asset, place, series): (&Asset, &LogPlace, &Series),
    cloud: &dyn Cloud,
    file: &ObjectInfo,
) -> Result<(), ServiceError> {
    let whose = match place.is_shared(series) {
        true => Whose::Connection(asset.connection_id.clone()),
        false => Whose::Asset(Box::new(asset.clone())),
    };
    let (source, bucket) = (asset.id.as_str(), &place.bucket);
    let origin = Origin { source, whose, format: None, bucket, is_past: false };
    log_file::read(service, origin, cloud, file).await
}

/// The setting that says when all of the lateness was looked at last.
fn sweep_name(source: &str) -> String {
    format!("log_sweep {source}")
}

async fn sweep_is_due(service: &Service, source: &str) -> Result<bool, ServiceError> {
    let name = sweep_name(source);
    let now = service.now();
    let every = SignedDuration::try_from(service.settings().log_sweep).unwrap_or(LATENESS);
    let mut reader = service.store().read().await?;
    let last = claviger_store::settings::get(&mut reader, &name).await?;
    drop(reader);
    let last = last.and_then(|text| text.parse::<Timestamp>().ok());
    Ok(last.is_none_or(|last| now.duration_since(last) >= every))
}
