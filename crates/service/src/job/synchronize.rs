//! Lists the buckets of a connection and the keys of its account.

use std::sync::Arc;

use claviger_cloud::{Bucket, BucketDetails, BucketRef, Cloud, CloudError};
use claviger_model::{
    Asset, AssetId, Authorization, Connection, ConnectionId, Provider, Sensitivity,
};
use claviger_store::{assets, cloud_keys, connections, risk_events};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::{Ending, Kind, enqueue};
use crate::clouds::Area;
use crate::{Service, ServiceError, chain};

/// Buckets asked at the same time: enough to hide the round trip, few enough not to be throttled.
const ASKED_AT_ONCE: usize = 8;

pub(super) async fn run(
    service: &Service,
    connection_id: &ConnectionId,
) -> Result<Ending, ServiceError> {
    let (connection, cloud) = service.cloud(connection_id).await?;
    let started_at = service.now();
    let listed = cloud.list_buckets().await;
    service.note_health(connection_id, Area::Buckets, listed.as_ref().err()).await?;
    let buckets = match listed {
        Ok(buckets) => buckets,
        Err(error) => {
            let pause = service.settings().key_check;
            return Ok(Ending::Retry { after: pause, why: chain(&error) });
        }
    };
    keep_buckets(service, &connection, &cloud, buckets, started_at).await?;
    let refused = keep_keys(service, &connection, &cloud).await?;
    service.tell_pages("assets");
    if let Some(why) = refused {
        return Ok(Ending::Retry { after: service.settings().key_check, why });
    }
    Ok(Ending::Again { after: service.settings().synchronize })
}

async fn keep_buckets(
    service: &Service,
    connection: &Connection,
    cloud: &Arc<dyn Cloud>,
    buckets: Vec<Bucket>,
    started_at: Timestamp,
) -> Result<(), ServiceError> {
    let mut answers = stream::iter(buckets)
        .map(|bucket| async {
            let reference = BucketRef {
                name: bucket.name.clone(),
                region: bucket.region.clone(),
                endpoint: bucket.endpoint.clone(),
            };
            let details = cloud.bucket_details(&reference).await;
            (bucket, details)
        })
        .buffer_unordered(ASKED_AT_ONCE);
    let mut assets_seen = Vec::new();
    let mut refused = None;
    while let Some((bucket, details)) = answers.next().await {
        let (details, error) = match details {
            Ok(details) => (Some(details), None),
            Err(error) => (None, Some(error)),
        };
        assets_seen.push(asset_of(connection, bucket, details, error.as_ref(), service.now()));
        refused = refused.or(error);
    }
    drop(answers);
    service.note_health(&connection.id, Area::Details, refused.as_ref()).await?;
    let mut tx = service.store().write().await?;
    for (asset, is_whole) in &mut assets_seen {
        let kept = assets::get(&mut tx, &asset.id).await?;
        if let Some(kept) = kept.as_ref().filter(|_| !*is_whole) {
            // How it was set when it was asked last; nothing says that it changed.
            asset.acl = kept.acl;
            asset.public_access_blocked = kept.public_access_blocked;
            asset.log_target.clone_from(&kept.log_target);
        }
        assets::upsert(&mut tx, asset).await?;
        let authorized =
            kept.is_some_and(|kept| kept.authorization != Authorization::NotAuthorized);
        if !authorized {
            let failure = asset.failure.as_deref();
            assets::set_authorization(&mut tx, &asset.id, Authorization::NotAuthorized, failure)
                .await?;
        }
        if authorized {
            let kind = Kind::CheckExposure { asset_id: asset.id.clone() };
            enqueue(&mut tx, &kind, service.now()).await?;
        }
        if authorized && asset.log_target.is_some() {
            let kind = Kind::ReadLog { asset_id: asset.id.clone() };
            enqueue(&mut tx, &kind, service.now()).await?;
        }
    }
    assets::remove_unseen(&mut tx, &connection.id, started_at).await?;
    connections::set_synchronized(&mut tx, &connection.id, service.now()).await?;
    // Buckets may have grown.
    enqueue(&mut tx, &Kind::MeasureCapacity, service.now()).await?;
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}

/// A bucket as it was listed, and whether it told how it is set.
fn asset_of(
    connection: &Connection,
    bucket: Bucket,
    details: Option<BucketDetails>,
    error: Option<&CloudError>,
    now: Timestamp,
) -> (Asset, bool) {
    let failure = error.map(|error| format!("{} ({})", chain(error), error.hint()));
    let is_whole = details.is_some();
    let details = details.unwrap_or_default();
    let asset = Asset {
        id: AssetId::derived(&[connection.id.as_str(), &bucket.name]),
        connection_id: connection.id.clone(),
        provider: connection.provider,
        bucket: bucket.name,
        region: bucket.region,
        endpoint: bucket.endpoint,
        acl: details.acl,
        public_access_blocked: details.public_access_blocked,
        log_target: details.log_target.map(|target| format!("{}/{}", target.bucket, target.prefix)),
        object_count: details.object_count,
        bytes: details.bytes,
        authorization: Authorization::NotAuthorized,
        failure,
        sensitivity: Sensitivity::NotAvailable,
        synchronized_at: now,
    };
    (asset, is_whole)
}

/// Lists the keys of the account, so that a found key is known to be ours, and whose. An account
/// whose keys may not be listed keeps its inventory as it was. Returns why they may not.
async fn keep_keys(
    service: &Service,
    connection: &Connection,
    cloud: &Arc<dyn Cloud>,
) -> Result<Option<String>, ServiceError> {
    if connection.provider == Provider::Folder {
        return Ok(None);
    }
    let listed = cloud.list_keys().await;
    // A store without such an API lacks nothing that could be granted.
    if matches!(listed, Err(CloudError::NotSupported { .. })) {
        return Ok(None);
    }
    service.note_health(&connection.id, Area::Keys, listed.as_ref().err()).await?;
    let keys = match listed {
        Ok(keys) => keys,
        Err(error) => return Ok(Some(chain(&error))),
    };
    let now = service.now();
    let mut tx = service.store().write().await?;
    cloud_keys::replace(&mut tx, &connection.id, &keys, now).await?;
    for key in &keys {
        for event in risk_events::of_key(&mut tx, &key.access_key_id).await? {
            if event.account.is_none() {
                let kind = Kind::CheckKey { access_key_id: key.access_key_id.clone() };
                enqueue(&mut tx, &kind, now).await?;
            }
        }
    }
    tx.commit().await?;
    service.wake_workers();
    Ok(None)
}
