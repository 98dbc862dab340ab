//! Asks who in the world may read a bucket, and keeps what that means: evidence in it is public or private,
//! and sensitive data that anybody may read is a risk of its own, one event a bucket.

use std::collections::BTreeMap;

use claviger_model::{
    Asset, AssetId, Authorization, Evidence, EvidenceId, EvidenceState, Location, PublicSettings,
    RiskType, Sensitivity,
};
use claviger_respond::exposure::{self as rules, Exposure};
use claviger_respond::raise::{self, Fact};
use claviger_store::objects::ObjectRow;
use claviger_store::sqlx::AnyConnection;
use claviger_store::{assets, evidence as rows, exposures, objects, policies, risk_events};

use super::{Ending, Kind, enqueue};
use crate::clouds::bucket_of;
use crate::gather::risk_event::About;
use crate::gather::{evidence, exposure, object};
use crate::{Service, ServiceError, chain};

/// Objects looked at in one transaction.
const BATCH: u32 = 200;

/// Objects of a bucket that stand as evidence on its event, the most sensitive first; the event says how
/// many there are in all.
const EVIDENCE_MAX: usize = 500;

/// Puts the job in the queue.
pub(super) async fn ask(service: &Service, asset_id: &AssetId) -> Result<(), ServiceError> {
    let mut tx = service.store().write().await?;
    let kind = Kind::CheckExposure { asset_id: asset_id.clone() };
    enqueue(&mut tx, &kind, service.now()).await?;
    tx.commit().await?;
    service.wake_workers();
    Ok(())
}

pub(super) async fn run(service: &Service, asset_id: &AssetId) -> Result<Ending, ServiceError> {
    let mut reader = service.store().read().await?;
    let Some(asset) = assets::get(&mut reader, asset_id).await? else { return Ok(Ending::Done) };
    drop(reader);
    if asset.authorization == Authorization::NotAuthorized {
        return Ok(Ending::Done);
    }
    let (_, cloud) = service.cloud(&asset.connection_id).await?;
    let settings = match cloud.public_settings(&bucket_of(&asset)).await {
        Ok(settings) => settings,
        Err(error) => {
            let after = service.settings().key_check;
            return Ok(Ending::Retry { after, why: chain(&error) });
        }
    };
    let mut tx = service.store().write().await?;
    exposures::put(&mut tx, asset_id, &settings, service.now()).await?;
    tx.commit().await?;
    let readable = look(service, &asset, &settings).await?;
    keep_readable(service, &asset, readable).await?;
    service.tell_pages("assets");
    Ok(Ending::Done)
}

/// An object that anybody may read.
struct Readable {
    row: ObjectRow,
    why: Exposure,
}

/// Goes through the objects that hold anything, keeps whether evidence in them is public, and returns those
/// that anybody may read.
async fn look(
    service: &Service,
    asset: &Asset,
    settings: &PublicSettings,
) -> Result<Vec<Readable>, ServiceError> {
    let mut readable = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut tx = service.store().write().await?;
        let batch = objects::sensitive(&mut tx, &asset.id, after.as_deref(), BATCH).await?;
        let Some(last) = batch.last() else { return Ok(readable) };
        after = Some(last.name.clone());
        let data = about(asset).id();
        for row in batch {
            let place = (asset.bucket.as_str(), row.name.as_str());
            let why = rules::of_object(asset.provider, settings, place, row.acl);
            let mut found = rows::of_object(&mut tx, &asset.id, &row.name).await?;
            found.retain(|one| one.risk_event_id != data);
            exposure::keep_source(service, &mut tx, &found, exposure::source(&why)).await?;
            if why.is_public {
                readable.push(Readable { row, why });
            }
        }
        tx.commit().await?;
    }
}

/// What the event of a bucket is about.
fn about(asset: &Asset) -> About {
    let subject = object::uri_of_bucket(asset);
    About::thing(RiskType::PublicStorageOfSensitiveInformation, subject)
}

/// Keeps the objects that anybody may read as evidence of the bucket's event; what nobody else may read any
/// more is told to be so.
async fn keep_readable(
    service: &Service,
    asset: &Asset,
    mut readable: Vec<Readable>,
) -> Result<(), ServiceError> {
    let about = about(asset);
    let mut tx = service.store().write().await?;
    let policy = policies::get(&mut tx, about.risk_type).await?;
    let exists = risk_events::get(&mut tx, &about.id()).await?.is_some();
    readable.retain(|one| raise::meets(&policy, Fact::Readable(one.row.sensitivity)));
    readable.sort_by(|a, b| {
        b.row.sensitivity.cmp(&a.row.sensitivity).then_with(|| a.row.name.cmp(&b.row.name))
    });
    if readable.is_empty() && !exists {
        return Ok(());
    }
    let judgement = sentences(&readable);
    let kept = &readable[..readable.len().min(EVIDENCE_MAX)];
    let mut ids = Vec::new();
    for one in kept {
        let found = evidence_of(service, asset, &about, one);
        ids.push(found.id.clone());
        let fact = Fact::Readable(one.row.sensitivity);
        evidence::keep(service, &mut tx, &about, fact, found).await?;
    }
    for old in rows::of_event(&mut tx, &about.id()).await? {
        if !ids.contains(&old.id) && old.state != EvidenceState::Disposed {
            evidence::gone(service, &mut tx, &old, "not everybody may read it any more").await?;
        }
    }
    keep_judgement(&mut tx, asset, &about, judgement).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages(about.id().as_str());
    Ok(())
}

/// Keeps what the event says of all objects together, and whose bucket it is.
async fn keep_judgement(
    tx: &mut AnyConnection,
    asset: &Asset,
    about: &About,
    judgement: Vec<String>,
) -> Result<(), ServiceError> {
    let Some(mut event) = risk_events::for_update(tx, &about.id()).await? else { return Ok(()) };
    event.connection_id = Some(asset.connection_id.clone());
    event.judgement = match judgement.is_empty() {
        true => vec!["nothing sensitive in it can be read by everybody any more".to_owned()],
        false => judgement,
    };
    Ok(risk_events::update(tx, &event).await?)
}

/// How much anybody may read, by sensitivity, and the lines that let them, each with its number of objects.
fn sentences(readable: &[Readable]) -> Vec<String> {
    let mut levels: BTreeMap<Sensitivity, usize> = BTreeMap::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for one in readable {
        *levels.entry(one.row.sensitivity).or_default() += 1;
        *lines.entry(format!("{}: {}", one.why.by.title(), one.why.line)).or_default() += 1;
    }
    let objects = |count: usize| if count == 1 { "object" } else { "objects" };
    let levels = levels.iter().rev().map(|(level, count)| {
        format!("anybody may read {count} {} of sensitivity {level}", objects(*count))
    });
    let mut lines: Vec<(String, usize)> = lines.into_iter().collect();
    lines.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let lines =
        lines.into_iter().map(|(line, count)| format!("{count} {} by {line}", objects(count)));
    levels.chain(lines).collect()
}

fn evidence_of(service: &Service, asset: &Asset, about: &About, one: &Readable) -> Evidence {
    let now = service.now();
    let row = &one.row;
    let template = claviger_scan::template(object::DEFAULT_TEMPLATE);
    let data = row.data.iter().map(|data| {
        let title =
            template.map_or(data.data_type.as_str(), |t| t.data_type_title(&data.data_type));
        format!("{title}: {} ({})", data.count, data.sensitivity)
    });
    let why = std::iter::once(format!("{}: {}", one.why.by.title(), one.why.line)).chain(data);
    let uri = object::uri(asset, &row.name);
    Evidence {
        id: EvidenceId::derived(&["public", asset.id.as_str(), &row.name]),
        risk_event_id: about.id(),
        access_key_id: None,
        source: claviger_model::IntelligenceSource::PublicPlaintextStorage,
        state: EvidenceState::Found,
        location: Location { uri, path: Vec::new(), line: 1, column: 1, start: 0, end: row.bytes },
        connection_id: Some(asset.connection_id.clone()),
        asset_id: Some(asset.id.clone()),
        bucket: Some(asset.bucket.clone()),
        object: Some(row.name.clone()),
        code: None,
        link: None,
        fingerprint: None,
        masked: None,
        confidence: 1.0,
        why: why.collect(),
        readable_since: row.last_modified,
        found_at: now,
        seen_at: now,
    }
}
