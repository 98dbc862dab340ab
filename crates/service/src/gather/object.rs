//! Scans one object and commits what was found in it.

use std::sync::Arc;

use claviger_cloud::{Cloud, CloudError};
use claviger_model::{Acl, Asset, Evidence, FindingKind, Sensitivity};
use claviger_scan::{Limits, Report};
use claviger_store::objects::{self, DataCount, ObjectRow, ObjectState};
use claviger_store::{assets, evidence as evidence_rows};
use jiff::Timestamp;

use crate::clouds::bucket_of;
use crate::gather::versions::{self, Held};
use crate::gather::{evidence, unread};
use crate::{Service, ServiceError, chain};

/// The template that a new authorization identifies with.
pub(crate) const DEFAULT_TEMPLATE: &str = "internet_industry";

/// Bytes asked for at a time: large enough to hide the round trip, small enough to hold several.
const RANGE_BYTES: u64 = 4 * 1024 * 1024;

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// Read to its end.
    Whole,
    /// Read as far as it could be; why is kept with the object.
    Partly,
    /// Not read at all; why is kept with the object, and it is tried again.
    Unreadable,
    /// It is gone.
    Gone,
}

/// An object that was read, before anything of it is committed.
pub(crate) struct ReadObject {
    pub(crate) row: ObjectRow,
    pub(crate) report: Report,
}

/// How the reading of an object ended.
pub(crate) enum Reading {
    /// What was found in it is not committed yet.
    Read(Box<ReadObject>),
    /// Nothing more is to be done.
    Ended(Scanned),
}

/// Scans one object and commits its findings, its evidence and what follows from them.
///
/// # Errors
/// The cloud could not be reached (the object stays pending), or the state cannot be written.
pub(crate) async fn scan(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    row: &ObjectRow,
) -> Result<Scanned, ServiceError> {
    match read_one(service, asset, cloud, row).await? {
        Reading::Read(read) => keep(service, asset, cloud, &read).await,
        Reading::Ended(scanned) => Ok(scanned),
    }
}

/// Reads one object, and commits only that it cannot be read or is gone.
///
/// # Errors
/// The cloud could not be reached (the object stays pending), or the state cannot be written.
pub(crate) async fn read_one(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    row: &ObjectRow,
) -> Result<Reading, ServiceError> {
    if row.availability.is_out_of_reach() {
        return Ok(Reading::Ended(unread::left_in_archive(service, asset, row).await?));
    }
    match read(service, asset, cloud, row).await {
        Ok(report) => Ok(Reading::Read(Box::new(ReadObject { row: row.clone(), report }))),
        Err(CloudError::NotFound(_)) => {
            forget(service, asset, cloud, &row.name).await?;
            Ok(Reading::Ended(Scanned::Gone))
        }
        Err(error) if error.is_retryable() || concerns_connection(&error) => Err(error.into()),
        Err(error) => Ok(Reading::Ended(unread::refused(service, asset, &row.name, &error).await?)),
    }
}

/// Commits what was found in an object that was read.
///
/// # Errors
/// The cloud could not be reached (the object stays pending), or the state cannot be written.
pub(crate) async fn keep(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    read: &ReadObject,
) -> Result<Scanned, ServiceError> {
    let acl = object_acl(asset, cloud, &read.row.name, &read.report).await?;
    let mut reader = service.store().read().await?;
    let mut lost = evidence_rows::of_object(&mut reader, &asset.id, &read.row.name).await?;
    drop(reader);
    lost.retain(|one| !still_stands(one, &read.report));
    let held = versions::held(service, cloud.as_ref(), asset, &read.row.name, &lost).await?;
    commit(service, asset, (&read.row, acl), &read.report, &held).await
}

/// Whether the secret of a piece of evidence was found again.
fn still_stands(evidence: &Evidence, report: &Report) -> bool {
    let found = report.findings.iter().filter_map(|finding| finding.secret.as_ref());
    found.map(|secret| Some(&secret.fingerprint)).any(|one| one == evidence.fingerprint.as_ref())
}

/// Whether an error is about the credentials rather than about one object.
pub(crate) fn concerns_connection(error: &CloudError) -> bool {
    matches!(error.code(), "credential_refused" | "token_expired" | "unreachable" | "clock_skew")
}

/// Streams an object through the scanner, a range at a time.
async fn read(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    row: &ObjectRow,
) -> Result<Report, CloudError> {
    let bucket = bucket_of(asset);
    let mut scan = service.scanner().open(&uri(asset, &row.name), Limits::default());
    let mut start = 0;
    while start < row.bytes {
        let end = (start + RANGE_BYTES).min(row.bytes);
        let block = cloud.read_object(&bucket, &row.name, start..end).await?;
        if block.is_empty() {
            break;
        }
        start += block.len() as u64;
        // Matching is the work of a processor, not of the event loop.
        tokio::task::block_in_place(|| scan.feed(&block));
    }
    Ok(tokio::task::block_in_place(|| scan.finish()))
}

/// The object's own list is asked for only where it decides how bad a finding is.
async fn object_acl(
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    name: &str,
    report: &Report,
) -> Result<Option<Acl>, ServiceError> {
    if report.findings.is_empty() {
        return Ok(None);
    }
    match cloud.object_acl(&bucket_of(asset), name).await {
        Ok(acl) => Ok(Some(acl)),
        Err(error) if error.is_retryable() => Err(error.into()),
        Err(error) => {
            tracing::info!(asset.id = %asset.id, error = %chain(&error), "no ACL of an object");
            Ok(None)
        }
    }
}

async fn commit(
    service: &Service,
    asset: &Asset,
    (row, acl): (&ObjectRow, Option<Acl>),
    report: &Report,
    held: &Held,
) -> Result<Scanned, ServiceError> {
    let scanned = scanned_row(row, report, acl, service.now());
    let partly = scanned.why.is_some();
    let mut tx = service.store().write().await?;
    if !objects::set_scanned(&mut tx, &scanned).await? {
        // The object changed meanwhile: it is pending again, and this result is about the past.
        return Ok(Scanned::Partly);
    }
    assets::raise_sensitivity(&mut tx, &asset.id, scanned.sensitivity).await?;
    let found = (report.findings.as_slice(), held);
    let told = evidence::keep_findings(service, &mut tx, asset, &scanned, found).await?;
    tx.commit().await?;
    service.wake_workers();
    service.tell_pages("assets");
    for event in told {
        service.tell_pages(event.as_str());
    }
    Ok(if partly { Scanned::Partly } else { Scanned::Whole })
}

fn scanned_row(row: &ObjectRow, report: &Report, acl: Option<Acl>, now: Timestamp) -> ObjectRow {
    let template = claviger_scan::template(DEFAULT_TEMPLATE);
    let level = |rule: &str| template.map_or(Sensitivity::NotAvailable, |t| t.level(rule));
    let mut data: Vec<DataCount> = Vec::new();
    for finding in &report.findings {
        match data.iter_mut().find(|count| count.data_type == finding.rule) {
            Some(count) => count.count += finding.count,
            None => data.push(DataCount {
                data_type: finding.rule.clone(),
                sensitivity: level(&finding.rule),
                count: finding.count,
                sample: finding.sample.clone().unwrap_or_default(),
            }),
        }
    }
    data.sort_by(|a, b| b.sensitivity.cmp(&a.sensitivity).then(b.count.cmp(&a.count)));
    let keys =
        report.findings.iter().filter(|f| f.kind == FindingKind::AccessKeyPair).count() as u64;
    let why = (!report.unread.is_empty()).then(|| {
        let words: Vec<String> = report
            .unread
            .iter()
            .take(3)
            .map(|unread| match unread.path.last() {
                Some(inner) => format!("{inner}: {}", unread.why),
                None => unread.why.clone(),
            })
            .collect();
        words.join("; ")
    });
    ObjectRow {
        acl,
        state: ObjectState::Scanned,
        sensitivity: data.iter().map(|count| count.sensitivity).max().unwrap_or_default(),
        data,
        keys,
        why,
        scanned_at: Some(now),
        ..row.clone()
    }
}

/// Writes down that an object is gone, and what that means for the evidence in it.
pub(crate) async fn forget(
    service: &Service,
    asset: &Asset,
    cloud: &Arc<dyn Cloud>,
    name: &str,
) -> Result<(), ServiceError> {
    let mut reader = service.store().read().await?;
    let lost = evidence_rows::of_object(&mut reader, &asset.id, name).await?;
    drop(reader);
    let held = versions::held(service, cloud.as_ref(), asset, name, &lost).await?;
    let mut tx = service.store().write().await?;
    objects::set_deleted(&mut tx, &asset.id, name).await?;
    assets::raise_sensitivity(&mut tx, &asset.id, Sensitivity::NotAvailable).await?;
    let rows = evidence_rows::of_object(&mut tx, &asset.id, name).await?;
    for row in &rows {
        let proof = "the object is gone: the store answered 404";
        evidence::gone_unless_held(service, &mut tx, row, proof, &held).await?;
    }
    tx.commit().await?;
    service.wake_workers();
    for row in rows {
        service.tell_pages(row.risk_event_id.as_str());
    }
    Ok(())
}

/// The address of an object, as evidence shows it.
pub(crate) fn uri(asset: &Asset, name: &str) -> String {
    format!("{}/{name}", uri_of_bucket(asset))
}

/// The address of a bucket.
pub(crate) fn uri_of_bucket(asset: &Asset) -> String {
    let scheme = match asset.provider {
        claviger_model::Provider::Aliyun => "oss",
        claviger_model::Provider::Aws
        | claviger_model::Provider::S3
        | claviger_model::Provider::Minio => "s3",
        claviger_model::Provider::Folder => "file",
    };
    format!("{scheme}://{}", asset.bucket)
}
