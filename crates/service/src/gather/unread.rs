//! Objects that cannot be read: why is kept with each, and they are tried again. What lies in an archive is not asked
//! for before it is restored: a look at it, or a listing, says when.

use claviger_cloud::{CloudError, ObjectInfo};
use claviger_model::{Asset, AssetId, Authorization, Availability};
use claviger_store::objects::{self, ObjectRow, Seen};
use claviger_store::{Write, assets};
use jiff::{SignedDuration, Timestamp};

use crate::gather::object::Scanned;
use crate::job::{Kind, enqueue};
use crate::{Service, ServiceError, chain};

/// An object as a listing or a look shows it.
pub(crate) fn seen(found: &ObjectInfo) -> Seen<'_> {
    Seen {
        name: &found.name,
        etag: &found.etag,
        bytes: found.bytes,
        last_modified: Some(found.last_modified),
        storage_class: found.storage_class.as_deref(),
        availability: found.availability,
    }
}

/// Keeps that a request for an object was refused, and why.
///
/// # Errors
/// The state cannot be written.
pub(crate) async fn refused(
    service: &Service,
    asset: &Asset,
    name: &str,
    error: &CloudError,
) -> Result<Scanned, ServiceError> {
    let why = format!("{} ({})", chain(error), error.hint());
    let now = service.now();
    let mut tx = service.store().write().await?;
    let is_known = match error.is_archived() {
        true => {
            objects::set_archived(&mut tx, &asset.id, name).await?;
            objects::leave_in_archive(&mut tx, &asset.id, name, &why, now).await?
        }
        false => {
            objects::set_unreadable(&mut tx, &asset.id, name, &why, now).await?;
            false
        }
    };
    end(service, asset, tx, is_known).await
}

/// Keeps that an object lies in an archive, which nobody had to ask its content for.
///
/// # Errors
/// The state cannot be written.
pub(crate) async fn left_in_archive(
    service: &Service,
    asset: &Asset,
    row: &ObjectRow,
) -> Result<Scanned, ServiceError> {
    let class = row.storage_class.as_deref().unwrap_or("an archive");
    let why = match row.availability {
        Availability::Restoring => {
            format!("it is being restored from `{class}`, and is read once it is")
        }
        _ => format!(
            "its storage class is `{class}` (the object is archived: restore it, and it is read \
             then)"
        ),
    };
    let now = service.now();
    let mut tx = service.store().write().await?;
    let is_known = objects::leave_in_archive(&mut tx, &asset.id, &row.name, &why, now).await?;
    end(service, asset, tx, is_known).await
}

/// Commits, and has what is unread tried again.
async fn end(
    service: &Service,
    asset: &Asset,
    mut tx: Write,
    is_known: bool,
) -> Result<Scanned, ServiceError> {
    if !is_known {
        let pause = SignedDuration::try_from(service.settings().key_check).unwrap_or_default();
        let kind = Kind::RetryUnread { asset_id: asset.id.clone() };
        enqueue(&mut tx, &kind, service.now() + pause).await?;
    }
    tx.commit().await?;
    Ok(if is_known { Scanned::Whole } else { Scanned::Unreadable })
}

/// Writes on the bucket how much of it could not be read and why; it has failed where nothing could, once all was tried.
/// Returns how many objects that are.
pub(crate) async fn tell(service: &Service, id: &AssetId) -> Result<u64, ServiceError> {
    let mut tx = service.store().write().await?;
    let Some(asset) = assets::get(&mut tx, id).await? else { return Ok(0) };
    let progress = objects::progress(&mut tx, id).await?;
    if asset.authorization == Authorization::NotAuthorized {
        return Ok(progress.unreadable);
    }
    let last = objects::unreadable(&mut tx, id, Timestamp::MAX, 1).await?.pop();
    let failure = last.and_then(|row| row.why).map(|why| {
        let all = progress.unreadable + progress.scanned + progress.pending;
        format!("{} of {all} objects cannot be read: {why}", progress.unreadable)
    });
    let is_none_read = progress.scanned == 0 && progress.pending == 0;
    let authorization = match progress.unreadable > 0 && is_none_read {
        true => Authorization::Failed,
        false => Authorization::Authorized,
    };
    if asset.authorization != authorization || asset.failure != failure {
        assets::set_authorization(&mut tx, id, authorization, failure.as_deref()).await?;
        tx.commit().await?;
        service.tell_pages("assets");
    }
    Ok(progress.unreadable)
}
