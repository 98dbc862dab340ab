//! Looks at one object again after the log said that it was created, changed or deleted.

use claviger_model::{AssetId, Authorization};
use claviger_store::{assets, evidence, objects, risk_events};

use super::Ending;
use crate::clouds::{Area, bucket_of};
use crate::gather::evidence::storage_source;
use crate::gather::object;
use crate::{Service, ServiceError};

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
        object::forget(service, &asset, name).await?;
        return Ok(Ending::Done);
    };
    let mut tx = service.store().write().await?;
    let changed = objects::observe(
        &mut tx,
        asset_id,
        name,
        &found.etag,
        found.bytes,
        Some(found.last_modified),
        service.now(),
    )
    .await?;
    let row = objects::get(&mut tx, asset_id, name).await?;
    tx.commit().await?;
    let Some(row) = row else { return Ok(Ending::Done) };
    if changed || row.state == objects::ObjectState::Pending {
        object::scan(service, &asset, &cloud, &row).await?;
    } else {
        look_at_acl(service, &asset, &cloud, name).await?;
    }
    Ok(Ending::Done)
}

/// The content is the same; who may read it may have changed.
async fn look_at_acl(
    service: &Service,
    asset: &claviger_model::Asset,
    cloud: &std::sync::Arc<dyn claviger_cloud::Cloud>,
    name: &str,
) -> Result<(), ServiceError> {
    let acl = cloud.object_acl(&bucket_of(asset), name).await?;
    let source = storage_source(asset, Some(acl));
    let mut tx = service.store().write().await?;
    objects::set_acl(&mut tx, &asset.id, name, Some(acl)).await?;
    let rows = evidence::of_object(&mut tx, &asset.id, name).await?;
    for row in rows.iter().filter(|row| row.source != source) {
        evidence::set_source(&mut tx, &row.id, source).await?;
        if let Some(mut event) = risk_events::for_update(&mut tx, &row.risk_event_id).await? {
            let all = evidence::of_event(&mut tx, &event.id).await?;
            event.sources = all.iter().map(|evidence| evidence.source).collect();
            event.sources.sort();
            event.sources.dedup();
            risk_events::update(&mut tx, &event).await?;
        }
    }
    tx.commit().await?;
    for row in rows {
        service.tell_pages(row.risk_event_id.as_str());
    }
    Ok(())
}
