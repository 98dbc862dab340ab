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
    service.note_health(connection_id, listed.as_ref().err()).await?;
    let buckets = match listed {
        Ok(buckets) => buckets,
        Err(error) => {
            let pause = service.settings().key_check;
            return Ok(Ending::Retry { after: pause, why: chain(&error) });
        }
    };
    keep_buckets(service, &connection, &cloud, buckets, started_at).await?;
    keep_keys(service, &connection, &cloud).await?;
    service.tell_pages("assets");
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
    while let Some((bucket, details)) = answers.next().await {
        assets_seen.push(asset_of(connection, bucket, details, service.now()));
    }
    drop(answers);
    let mut tx = service.store().write().await?;
    for asset in &assets_seen {
        assets::upsert(&mut tx, asset).await?;
        let kept = assets::get(&mut tx, &asset.id).await?;
        let authorized = kept.is_some_and(|kept| kept.authorization == Authorization::Authorized);
        if authorized && asset.log_target.is_some() {
            let kind = Kind::ReadLog { asset_id: asset.id.clone() };
            enqueue(&mut tx, &kind, service.now()).await?;
        }
    }
    assets::remove_unseen(&mut tx, &connection.id, started_at).await?;
    connections::set_synchronized(&mut tx, &connection.id, service.now()).await?;
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}

fn asset_of(
    connection: &Connection,
    bucket: Bucket,
    details: Result<BucketDetails, CloudError>,
    now: Timestamp,
) -> Asset {
    let failure =
        details.as_ref().err().map(|error| format!("{} ({})", chain(error), error.hint()));
    let details = details.unwrap_or_default();
    Asset {
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
    }
}

/// Lists the keys of the account, so that a found key is known to be ours, and whose. An account
/// whose keys may not be listed keeps its inventory as it was.
async fn keep_keys(
    service: &Service,
    connection: &Connection,
    cloud: &Arc<dyn Cloud>,
) -> Result<(), ServiceError> {
    if connection.provider == Provider::Folder {
        return Ok(());
    }
    let keys = match cloud.list_keys().await {
        Ok(keys) => keys,
        Err(error) => {
            tracing::info!(
                connection.id = %connection.id, error = %chain(&error),
                "the keys of the account cannot be listed"
            );
            return Ok(());
        }
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
    Ok(())
}
