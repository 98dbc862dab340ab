//! Tries again what could not be read of a bucket: a missing right may be granted, an archived object
//! restored. A few at a time, the one tried longest ago first, so that a bucket of which nothing may be
//! read costs a handful of requests a look; as soon as one can be read, all are tried.

use claviger_model::{AssetId, Authorization};
use claviger_store::{assets, objects};

use super::Ending;
use crate::gather::object::{self, Scanned};
use crate::{Service, ServiceError};

/// Objects tried before giving up until the next look.
const BATCH: u32 = 10;

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
            if object::scan(service, &asset, &cloud, row).await? != Scanned::Unreadable {
                read += 1;
            }
        }
        if read == 0 {
            break;
        }
    }
    let unread = object::tell_unread(service, asset_id).await?;
    Ok(match unread {
        0 => Ending::Done,
        _ => Ending::Again { after: service.settings().key_check },
    })
}
