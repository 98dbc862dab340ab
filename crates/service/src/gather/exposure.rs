//! Who in the world may read an object of a bucket, by the settings that were read last.

use claviger_model::{Acl, Asset, Evidence, IntelligenceSource, PublicAccessBlock, PublicSettings};
use claviger_respond::exposure::{self, Exposure};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{evidence, exposures, risk_events};

use crate::{Service, ServiceError};

/// Whether anybody may read an object, and why.
pub(crate) async fn of_object(
    tx: &mut AnyConnection,
    asset: &Asset,
    object: &str,
    own: Option<Acl>,
) -> Result<Exposure, ServiceError> {
    let settings = settings_of(tx, asset).await?;
    Ok(exposure::of_object(asset.provider, &settings, (&asset.bucket, object), own))
}

/// What decides who may read a bucket; before it was asked for, what the listing told.
pub(crate) async fn settings_of(
    tx: &mut AnyConnection,
    asset: &Asset,
) -> Result<PublicSettings, ServiceError> {
    if let Some((settings, _)) = exposures::get(tx, &asset.id).await? {
        return Ok(settings);
    }
    Ok(PublicSettings {
        acl: asset.acl,
        bucket_block: asset.public_access_blocked.map(PublicAccessBlock::all),
        ..PublicSettings::default()
    })
}

/// Keeps where evidence in an object comes from, once the object became public or private.
pub(crate) async fn keep_source(
    service: &Service,
    tx: &mut AnyConnection,
    rows: &[Evidence],
    source: IntelligenceSource,
) -> Result<(), ServiceError> {
    for row in rows.iter().filter(|row| row.source != source) {
        evidence::set_source(tx, &row.id, source, service.now()).await?;
        if let Some(mut event) = risk_events::for_update(tx, &row.risk_event_id).await? {
            event.sources = evidence::sources_of_event(tx, &event.id).await?;
            risk_events::update(tx, &event).await?;
        }
        let found = Evidence { source, ..row.clone() };
        super::evidence::count_again_if_public(service, tx, &found).await?;
    }
    Ok(())
}

/// What evidence in an object is called.
pub(crate) fn source(exposure: &Exposure) -> IntelligenceSource {
    match exposure.is_public {
        true => IntelligenceSource::PublicPlaintextStorage,
        false => IntelligenceSource::PrivatePlaintextStorage,
    }
}
