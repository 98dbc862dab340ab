//! What older versions of an object hold: a secret that no longer stands in the object itself may still be read there.

use claviger_cloud::{BucketRef, Cloud, CloudError, ObjectVersion};
use claviger_model::{AccessKeyId, Asset, Evidence, EvidenceId, EvidenceState, Fingerprint};
use claviger_scan::Limits;

use crate::clouds::bucket_of;
use crate::{Service, ServiceError};

/// Bytes of an object's versions that are looked through for a secret.
const VERSION_BYTES_MAX: u64 = 1 << 30;

/// Bytes asked for at a time.
const RANGE_BYTES: u64 = 4 << 20;

/// The secrets that a version holds.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    pub(crate) keys: Vec<AccessKeyId>,
    fingerprints: Vec<Fingerprint>,
    /// Whether all of it could be read: what could not be may hold any.
    pub(crate) is_whole: bool,
}

impl Secrets {
    /// Whether it holds the secret of a piece of evidence.
    fn holds(&self, evidence: &Evidence) -> bool {
        !self.is_whole
            || evidence.fingerprint.as_ref().is_some_and(|one| self.fingerprints.contains(one))
    }
}

/// Which pieces of evidence stand in how many older versions.
#[derive(Debug, Default)]
pub(crate) struct Held {
    counts: Vec<(EvidenceId, usize)>,
    /// Why nobody knows.
    pub(crate) unknown: Option<String>,
}

impl Held {
    /// The older versions that hold the secret of a piece of evidence, as far as they could be read.
    pub(crate) fn count(&self, id: &EvidenceId) -> usize {
        self.counts.iter().find(|(one, _)| one == id).map_or(0, |(_, count)| *count)
    }
}

/// The contents among the versions of an object; `None` where the store keeps no versions.
pub(crate) async fn contents(
    cloud: &dyn Cloud,
    bucket: &BucketRef,
    object: &str,
) -> Result<Option<Vec<ObjectVersion>>, CloudError> {
    match cloud.object_versions(bucket, object).await {
        Err(error) if error.is_lacking() => Ok(None),
        answer => Ok(Some(answer?.into_iter().filter(|one| !one.is_marker).collect())),
    }
}

/// Whether these versions are more than is looked through.
pub(crate) fn are_too_large(versions: &[ObjectVersion]) -> bool {
    versions.iter().map(|version| version.bytes).sum::<u64>() > VERSION_BYTES_MAX
}

/// Reads a version through the scanner.
pub(crate) async fn secrets_of(
    service: &Service,
    cloud: &dyn Cloud,
    bucket: &BucketRef,
    (object, version): (&str, &ObjectVersion),
) -> Result<Secrets, CloudError> {
    let mut scan = service.scanner().open(object, Limits::default());
    let mut start = 0;
    while start < version.bytes {
        let end = (start + RANGE_BYTES).min(version.bytes);
        let block = cloud.read_version(bucket, object, &version.id, start..end).await?;
        if block.is_empty() {
            break;
        }
        start += block.len() as u64;
        tokio::task::block_in_place(|| scan.feed(&block));
    }
    let report = tokio::task::block_in_place(|| scan.finish());
    let mut found = Secrets { is_whole: report.unread.is_empty(), ..Secrets::default() };
    for finding in report.findings {
        found.keys.extend(finding.access_key_id);
        found.fingerprints.extend(finding.secret.map(|secret| secret.fingerprint));
    }
    Ok(found)
}

/// Looks for the secrets of an object's evidence in its older versions, once they no longer stand in the object
/// itself. What a right keeps from being looked at is not known, and said to be so.
///
/// # Errors
/// The cloud fails in a way that passes: the job tries again.
pub(crate) async fn held(
    service: &Service,
    cloud: &dyn Cloud,
    asset: &Asset,
    object: &str,
    lost: &[Evidence],
) -> Result<Held, ServiceError> {
    let stands = |one: &&Evidence| {
        let open = matches!(one.state, EvidenceState::Found | EvidenceState::Deleted);
        open && one.fingerprint.is_some()
    };
    let lost: Vec<&Evidence> = lost.iter().filter(stands).collect();
    if lost.is_empty() {
        return Ok(Held::default());
    }
    match look(service, cloud, &bucket_of(asset), object, &lost).await {
        Err(error) if error.is_retryable() => Err(error.into()),
        Err(error) => {
            let unknown = Some(format!("{} ({})", crate::chain(&error), error.hint()));
            Ok(Held { unknown, ..Held::default() })
        }
        Ok(held) => Ok(held),
    }
}

async fn look(
    service: &Service,
    cloud: &dyn Cloud,
    bucket: &BucketRef,
    object: &str,
    lost: &[&Evidence],
) -> Result<Held, CloudError> {
    let mut held = Held::default();
    let Some(all) = contents(cloud, bucket, object).await? else { return Ok(held) };
    let older: Vec<ObjectVersion> = all.into_iter().filter(|version| !version.is_latest).collect();
    if are_too_large(&older) {
        held.unknown = Some("they are too large to look through".to_owned());
        return Ok(held);
    }
    for version in &older {
        let secrets = secrets_of(service, cloud, bucket, (object, version)).await?;
        for evidence in lost.iter().filter(|one| secrets.holds(one)) {
            match held.counts.iter_mut().find(|(id, _)| *id == evidence.id) {
                Some((_, count)) => *count += 1,
                None => held.counts.push((evidence.id.clone(), 1)),
            }
        }
    }
    Ok(held)
}
