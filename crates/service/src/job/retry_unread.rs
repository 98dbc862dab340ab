//! Tries again what could not be read of a bucket: a missing right may be granted, an archived object
//! restored. A few at a time, the one tried longest ago first, so that a bucket of which nothing may be
//! read costs a handful of requests a look; as soon as one can be read, all are tried.
//!
//! What lies in an archive is looked at, not asked for: a refused request costs like an answered one. Where that is
//! more than a look has time for, the bucket is listed, which tells it of a thousand objects at once, and the next
//! look comes the later the more requests this one took.

use std::sync::Arc;

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{Asset, AssetId, Authorization};
use claviger_store::assets;
use claviger_store::objects::{self, ObjectRow, ObjectState};

use super::Ending;
use super::scan_bucket::PAGE;
use crate::clouds::{Area, bucket_of};
use crate::gather::object::{self, Scanned};
use crate::gather::unread;
use crate::{Service, ServiceError};

/// Objects tried before giving up until the next look.
const BATCH: u32 = 10;

/// Requests that a look may take for each check of keys that passes until the next.
const REQUESTS_A_PAUSE: u32 = 2 * BATCH;

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
    let began_at = service.now();
    loop {
        let mut reader = service.store().read().await?;
        let batch = objects::unreadable(&mut reader, asset_id, began_at, BATCH).await?;
        drop(reader);
        let mut read = 0;
        for row in &batch {
            if try_again(service, &asset, &cloud, row).await? != Scanned::Unreadable {
                read += 1;
            }
        }
        if read == 0 {
            break;
        }
    }
    let mut reader = service.store().read().await?;
    let archived = objects::archived_count(&mut reader, asset_id).await?;
    drop(reader);
    let pages = match archived > u64::from(BATCH) {
        true => look_through(service, &asset, &cloud).await?,
        false => 0,
    };
    let unread = unread::tell(service, asset_id).await?;
    Ok(match unread {
        0 => Ending::Done,
        _ => Ending::Again { after: service.settings().key_check * (1 + pages / REQUESTS_A_PAUSE) },
    })
}

/// Asks for an object that was refused, and looks at one that lies in an archive.
async fn try_again(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    row: &ObjectRow,
) -> Result<Scanned, ServiceError> {
    if !row.availability.is_out_of_reach() {
        return object::scan(service, asset, cloud, row).await;
    }
    match cloud.head_object(&bucket_of(asset), &row.name).await {
        Ok(Some(found)) => {
            let mut tx = service.store().write().await?;
            objects::observe(&mut tx, &asset.id, &unread::seen(&found), service.now()).await?;
            let row = objects::get(&mut tx, &asset.id, &row.name).await?;
            tx.commit().await?;
            match row {
                Some(row) => object::scan(service, asset, cloud, &row).await,
                None => Ok(Scanned::Gone),
            }
        }
        Ok(None) => {
            object::forget(service, asset, cloud, &row.name).await?;
            Ok(Scanned::Gone)
        }
        Err(error) if error.is_retryable() || object::concerns_connection(&error) => {
            Err(error.into())
        }
        Err(error) => unread::refused(service, asset, &row.name, &error).await,
    }
}

/// Lists the bucket and reads what was taken out of its archive. Returns how many pages it took.
async fn look_through(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
) -> Result<u32, ServiceError> {
    let (mut pages, mut continuation) = (0, None);
    loop {
        let listed =
            cloud.list_objects(&bucket_of(asset), "", None, continuation.as_deref(), PAGE).await;
        let error = listed.as_ref().err();
        service.note_health(&asset.connection_id, Area::Listing, error).await?;
        if error.is_some_and(|error: &CloudError| !error.is_retryable()) {
            // The identification says so of the bucket; each look at an object goes on without.
            return Ok(pages);
        }
        let page = listed?;
        pages += 1;
        for found in page.objects.iter().filter(|found| found.is_taken_out()) {
            let mut reader = service.store().read().await?;
            let known = objects::get(&mut reader, &asset.id, &found.name).await?;
            drop(reader);
            if !known.is_some_and(|row| row.state == ObjectState::Unreadable) {
                continue;
            }
            let mut tx = service.store().write().await?;
            objects::observe(&mut tx, &asset.id, &unread::seen(found), service.now()).await?;
            let row = objects::get(&mut tx, &asset.id, &found.name).await?;
            tx.commit().await?;
            if let Some(row) = row.filter(|row| row.state == ObjectState::Pending) {
                object::scan(service, asset, cloud, &row).await?;
            }
        }
        continuation = page.next;
        if continuation.is_none() {
            return Ok(pages);
        }
    }
}
