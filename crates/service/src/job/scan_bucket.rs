//! Identifies sensitive data and secrets in a bucket: lists it, and scans what is new or changed.
//!
//! The list of what is left is the objects' own rows, so that a killed run goes on where it stood and
//! leaves no object unscanned.

use std::sync::Arc;

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{Asset, AssetId, Authorization};
use claviger_store::objects::{self, ObjectRow};
use claviger_store::tasks::{self, IdentificationTask, TaskState};
use claviger_store::{assets, evidence};

use super::{Ending, Kind, check_exposure, enqueue};
use crate::clouds::{Area, bucket_of};
use crate::gather::neighbours::Neighbours;
use crate::gather::object::{self, ReadObject, Reading, Scanned};
use crate::gather::unread;
use crate::{Service, ServiceError, chain};

/// Names asked for at a time: the most that OSS and S3 answer.
pub(super) const PAGE: u32 = 1000;

/// Objects taken from the list at a time.
const BATCH: u32 = 100;

pub(super) async fn run(service: &Service, asset_id: &AssetId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let asset = assets::get(&mut reader, asset_id)
        .await?
        .ok_or_else(|| ServiceError::not_found("asset", asset_id))?;
    drop(reader);
    if asset.authorization == Authorization::NotAuthorized {
        return Ok(Ending::Done);
    }
    let (_, cloud) = service.cloud(&asset.connection_id).await?;
    let mut task = begin(service, asset_id).await?;
    let listed = list(service, &asset, &cloud).await;
    match listed {
        Ok(()) => service.note_health(&asset.connection_id, Area::Listing, None).await?,
        Err(Listing::Cloud(error)) => {
            service.note_health(&asset.connection_id, Area::Listing, Some(&error)).await?;
            return refuse(service, &asset, task, &error).await;
        }
        // A fault of our own database says nothing of the connection.
        Err(Listing::Service(error)) => return Err(error),
    }
    unread::tell(service, asset_id).await?;
    scan_pending(service, &asset, &cloud, &mut task).await?;
    task.state = TaskState::Done;
    task.ended_at = Some(service.now());
    keep(service, &task).await?;
    unread::tell(service, asset_id).await?;
    check_exposure::ask(service, asset_id).await?;
    service.tell_pages("assets");
    Ok(Ending::Done)
}

/// The task of this run: the one that a killed run left, or a new one.
async fn begin(service: &Service, asset_id: &AssetId) -> Result<IdentificationTask, ServiceError> {
    let mut tx = service.store().write().await?;
    if let Some(task) = tasks::running_of(&mut tx, asset_id).await? {
        return Ok(task);
    }
    let task = new_task(service, asset_id)?;
    tasks::start(&mut tx, &task).await?;
    tx.commit().await?;
    Ok(task)
}

/// A task that has done nothing yet.
pub(crate) fn new_task(
    service: &Service,
    asset_id: &AssetId,
) -> Result<IdentificationTask, ServiceError> {
    Ok(IdentificationTask {
        id: claviger_model::JobId::from_entropy(crate::vault::entropy()?).to_string(),
        asset_id: asset_id.clone(),
        template: object::DEFAULT_TEMPLATE.to_owned(),
        state: TaskState::Running,
        started_at: service.now(),
        ended_at: None,
        objects_done: 0,
        objects_total: 0,
        bytes_done: 0,
        unreadable: 0,
        error: None,
    })
}

/// Why a listing ended early.
enum Listing {
    Cloud(CloudError),
    Service(ServiceError),
}

impl<E: Into<ServiceError>> From<E> for Listing {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

async fn list(service: &Service, asset: &Asset, cloud: &Arc<dyn Cloud>) -> Result<(), Listing> {
    let bucket = bucket_of(asset);
    let started_at = service.now();
    let mut continuation: Option<String> = None;
    loop {
        let page = cloud
            .list_objects(&bucket, "", None, continuation.as_deref(), PAGE)
            .await
            .map_err(Listing::Cloud)?;
        let mut tx = service.store().write().await?;
        for found in &page.objects {
            objects::observe(&mut tx, &asset.id, &unread::seen(found), service.now()).await?;
        }
        tx.commit().await?;
        continuation = page.next;
        if continuation.is_none() {
            break;
        }
    }
    let mut tx = service.store().write().await?;
    let missing = objects::mark_missing(&mut tx, &asset.id, started_at).await?;
    for object in evidence::deleted_in(&mut tx, &asset.id).await? {
        // Its versions may be gone by now, and no log may tell.
        enqueue(&mut tx, &Kind::CheckObject { asset_id: asset.id.clone(), object }, started_at)
            .await?;
    }
    tx.commit().await?;
    for name in missing {
        object::forget(service, asset, cloud, &name).await?;
    }
    Ok(())
}

/// The provider refuses: the asset says so, with the way out, and is tried again.
async fn refuse(
    service: &Service,
    asset: &Asset,
    mut task: IdentificationTask,
    error: &CloudError,
) -> Result<Ending, ServiceError> {
    let why = format!("{} ({})", chain(error), error.hint());
    task.error = Some(why.clone());
    let mut tx = service.store().write().await?;
    if !error.is_retryable() {
        assets::set_authorization(&mut tx, &asset.id, Authorization::Failed, Some(&why)).await?;
    }
    tasks::update(&mut tx, &task).await?;
    tx.commit().await?;
    service.tell_pages("assets");
    Ok(Ending::Retry { after: service.settings().key_check, why })
}

async fn scan_pending(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    task: &mut IdentificationTask,
) -> Result<(), ServiceError> {
    let mut after: Option<String> = None;
    let mut neighbours = Neighbours::default();
    loop {
        let mut reader = service.store().read().await?;
        let batch = objects::pending(&mut reader, &asset.id, after.as_deref(), BATCH).await?;
        let progress = objects::progress(&mut reader, &asset.id).await?;
        let authorized = assets::get(&mut reader, &asset.id)
            .await?
            .is_some_and(|asset| asset.authorization != Authorization::NotAuthorized);
        drop(reader);
        task.objects_total = progress.pending + progress.scanned + progress.unreadable;
        task.objects_done = progress.scanned + progress.unreadable;
        task.unreadable = progress.unreadable;
        task.bytes_done = progress.bytes_scanned;
        keep(service, task).await?;
        if !authorized {
            return Ok(());
        }
        let Some(last) = batch.last() else {
            let waiting = neighbours.end(service.scanner());
            return keep_all(service, asset, cloud, waiting).await;
        };
        after = Some(last.name.clone());
        for row in &batch {
            if let Some(read) = read_one(service, asset, cloud, row).await? {
                let done = neighbours.take(read, service.scanner());
                keep_all(service, asset, cloud, done).await?;
            }
        }
        service.tell_pages("assets");
    }
}

/// Reads an object; `None` where nothing of it is left to commit.
async fn read_one(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    row: &ObjectRow,
) -> Result<Option<ReadObject>, ServiceError> {
    let reading = object::read_one(service, asset, cloud, row).await;
    match &reading {
        Err(ServiceError::Cloud(error)) => {
            service.note_health(&asset.connection_id, Area::Objects, Some(error)).await?;
        }
        _ => service.note_objects_read(&asset.connection_id).await?,
    }
    Ok(match reading? {
        Reading::Read(read) => Some(*read),
        Reading::Ended(_) => None,
    })
}

/// Commits what was found in objects.
async fn keep_all(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    reads: Vec<ReadObject>,
) -> Result<(), ServiceError> {
    for read in &reads {
        let kept = object::keep(service, asset, cloud, read).await;
        if let Err(ServiceError::Cloud(error)) = &kept {
            service.note_health(&asset.connection_id, Area::Objects, Some(error)).await?;
        }
        if kept? == Scanned::Partly {
            tracing::info!(asset.id = %asset.id, "an object could not be read whole");
        }
    }
    Ok(())
}

async fn keep(service: &Service, task: &IdentificationTask) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    tasks::update(&mut tx, task).await?;
    tx.commit().await?;
    Ok(())
}
