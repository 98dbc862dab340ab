//! Looks at one object again after the log said that it was created, changed or deleted.

use claviger_model::{AssetId, Authorization, Availability, Evidence, EvidenceState};
use claviger_store::objects::{self, ObjectState};
use claviger_store::{assets, evidence};

use super::{Ending, Kind, check_exposure, enqueue};
use crate::clouds::{Area, bucket_of};
use crate::gather::{exposure, object, unread};
use crate::{Service, ServiceError};

/// Checks of keys that pass between two looks at an object that is being restored: that takes minutes to days, and
/// each look is a request.
const RESTORATION_LOOKS: u32 = 5;

pub(super) async fn run(
    service: &Service,
    asset_id: &AssetId,
    name: &str,
) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let asset = assets::get(&mut reader, asset_id)
        .await?
        .ok_or_else(|| ServiceError::not_found("asset", asset_id))?;
    drop(reader);
    if asset.authorization == Authorization::NotAuthorized {
        return Ok(Ending::Done);
    }
    let (connection, cloud) = service.cloud(&asset.connection_id).await?;
    let bucket = bucket_of(&asset);
    let looked = cloud.head_object(&bucket, name).await;
    service.note_news(&connection, Area::Objects, looked.as_ref().err()).await?;
    let Some(found) = looked? else {
        object::forget(service, &asset, &cloud, name).await?;
        return Ok(Ending::Done);
    };
    let mut tx = service.store().write().await?;
    let changed = objects::observe(&mut tx, asset_id, &unread::seen(&found), service.now()).await?;
    let row = objects::get(&mut tx, asset_id, name).await?;
    // Evidence that was gone may be back: a log may tell of a deletion and a new upload in one breath.
    let was_gone = |one: &Evidence| {
        one.fingerprint.is_some()
            && matches!(one.state, EvidenceState::Deleted | EvidenceState::Disposed)
    };
    let doubted = evidence::of_object(&mut tx, asset_id, name).await?.iter().any(was_gone);
    tx.commit().await?;
    let Some(row) = row else { return Ok(Ending::Done) };
    let is_new = changed || row.state == ObjectState::Pending;
    if is_new || doubted {
        object::scan(service, &asset, &cloud, &row).await?;
        check_exposure::ask(service, &asset.id).await?;
    }
    if !is_new {
        look_at_acl(service, &asset, &cloud, name).await?;
    }
    if row.state != ObjectState::Scanned {
        unread::tell(service, asset_id).await?;
    }
    Ok(match row.availability {
        // A log tells when a restoration is asked for; nothing tells when it is over.
        Availability::Restoring if row.state != ObjectState::Scanned => {
            Ending::Again { after: service.settings().key_check * RESTORATION_LOOKS }
        }
        _ => Ending::Done,
    })
}

/// The content is the same; who may read it may have changed.
async fn look_at_acl(
    service: &Service,
    asset: &claviger_model::Asset,
    cloud: &std::sync::Arc<dyn claviger_cloud::Cloud>,
    name: &str,
) -> Result<(), ServiceError> {
    let acl = cloud.object_acl(&bucket_of(asset), name).await?;
    let mut tx = service.store().write().await?;
    let source = exposure::source(&exposure::of_object(&mut tx, asset, name, Some(acl)).await?);
    objects::set_acl(&mut tx, &asset.id, name, Some(acl)).await?;
    let rows = evidence::of_object(&mut tx, &asset.id, name).await?;
    exposure::keep_source(service, &mut tx, &rows, source).await?;
    enqueue(&mut tx, &Kind::CheckExposure { asset_id: asset.id.clone() }, service.now()).await?;
    tx.commit().await?;
    service.wake_workers();
    for row in rows {
        service.tell_pages(row.risk_event_id.as_str());
    }
    Ok(())
}
