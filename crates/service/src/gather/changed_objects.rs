//! Objects that a log or a notification says were created, changed or deleted are looked at again.

use std::collections::{BTreeMap, BTreeSet};

use claviger_feed::envelope::ObjectNotice;
use claviger_model::{AccessEvent, Asset, Feed, LogSource};
use claviger_store::sqlx::AnyConnection;
use claviger_store::{assets, log_sources};
use jiff::Timestamp;

use super::evidence;
use super::intake::Whose;
use crate::ServiceError;
use crate::job::{Kind, enqueue};
use crate::source::bucket::notice;

/// Objects of one batch that are looked at one by one; of more, the whole bucket is.
const OBJECTS_MAX: usize = 2_000;

/// Looks again at what these requests created, changed or deleted.
pub(crate) async fn follow(
    tx: &mut AnyConnection,
    whose: &Whose,
    events: &[&AccessEvent],
    now: Timestamp,
) -> Result<(), ServiceError> {
    let mut changed: BTreeMap<&str, Changed<'_>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.succeeded()) {
        let Some(bucket) = event.bucket.as_deref() else { continue };
        match (changes(&event.operation), event.object.as_deref()) {
            (Changes::Object, Some(object)) => {
                let changed = changed.entry(bucket).or_default();
                changed.objects.insert(object);
                if is_deletion(&event.operation) {
                    changed.deleted.insert(object);
                } else {
                    changed.deleted.remove(object);
                }
            }
            (Changes::Object, None) | (Changes::Bucket, _) => {
                changed.entry(bucket).or_default().whole = true;
            }
            (Changes::Nothing, _) => {}
        }
    }
    for (bucket, changed) in changed {
        for asset in assets_of(tx, whose, bucket).await? {
            look_again(tx, &asset, &changed, now).await?;
        }
    }
    Ok(())
}

/// What follows from notifications: a log file that is there is read, an object is looked at. Returns how
/// many were about nothing that is watched.
pub(crate) async fn follow_notices(
    tx: &mut AnyConnection,
    whose: &Whose,
    notices: &[ObjectNotice],
    now: Timestamp,
) -> Result<u64, ServiceError> {
    let mut unknown = 0;
    let sources = match notices {
        [] => Vec::new(),
        _ => log_sources::list(tx).await?,
    };
    for notice in notices {
        let mut followed = false;
        for source in sources.iter().filter(|source| is_of(source, &notice.bucket)) {
            followed |= notice::note(tx, source, &notice.object, now).await?;
        }
        for asset in assets::of_log_bucket(tx, &notice.bucket).await? {
            let prefix = asset.log_target.as_deref().and_then(|target| target.split_once('/'));
            if prefix.is_some_and(|(_, prefix)| notice.object.starts_with(prefix)) {
                enqueue(tx, &Kind::ReadLog { asset_id: asset.id }, now).await?;
                followed = true;
            }
        }
        for asset in assets_of(tx, whose, &notice.bucket).await? {
            let object = notice.object.clone();
            enqueue(tx, &Kind::CheckObject { asset_id: asset.id, object }, now).await?;
            followed = true;
        }
        unknown += u64::from(!followed);
    }
    Ok(unknown)
}

/// Whether a source reads the files of a bucket.
fn is_of(source: &LogSource, name: &str) -> bool {
    matches!(&source.feed, Feed::Bucket { bucket, .. } if bucket == name)
}

/// The buckets that a name in a log means.
async fn assets_of(
    tx: &mut AnyConnection,
    whose: &Whose,
    bucket: &str,
) -> Result<Vec<Asset>, ServiceError> {
    Ok(match whose {
        Whose::Asset(asset) if asset.bucket == bucket => vec![asset.as_ref().clone()],
        Whose::Asset(_) => Vec::new(),
        Whose::Connection(id) => {
            let mut known = assets::of_bucket(tx, bucket).await?;
            known.retain(|asset| asset.connection_id == *id);
            known
        }
        Whose::Anybody => assets::of_bucket(tx, bucket).await?,
    })
}

/// What of a bucket changed.
#[derive(Default)]
struct Changed<'a> {
    objects: BTreeSet<&'a str>,
    /// Those of them whose last change was their end.
    deleted: BTreeSet<&'a str>,
    whole: bool,
}

async fn look_again(
    tx: &mut AnyConnection,
    asset: &Asset,
    changed: &Changed<'_>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    for object in changed.deleted.iter().take(OBJECTS_MAX) {
        evidence::deleted_by_log(tx, asset, object, now).await?;
    }
    let many = changed.objects.len() > OBJECTS_MAX;
    if !many {
        for object in &changed.objects {
            let asset_id = asset.id.clone();
            let object = (*object).to_owned();
            enqueue(tx, &Kind::CheckObject { asset_id, object }, now).await?;
        }
    }
    if many || changed.whole {
        let connection_id = asset.connection_id.clone();
        enqueue(tx, &Kind::Synchronize { connection_id }, now).await?;
        enqueue(tx, &Kind::ScanBucket { asset_id: asset.id.clone() }, now).await?;
    }
    Ok(())
}

/// What an operation changes that a scan would see.
enum Changes {
    Object,
    Bucket,
    Nothing,
}

/// Whether an operation ends the one object that it names.
fn is_deletion(operation: &str) -> bool {
    let deletions = ["deleteobject", "rest.delete.object", "delete_obj"];
    deletions.contains(&operation.to_ascii_lowercase().as_str())
}

/// By the names of OSS, S3's API, S3's and SeaweedFS' logs, and Ceph.
fn changes(operation: &str) -> Changes {
    match operation.to_ascii_lowercase().as_str() {
        "putobject"
        | "postobject"
        | "appendobject"
        | "copyobject"
        | "deleteobject"
        | "deleteobjects"
        | "deletemultipleobjects"
        | "completemultipartupload"
        | "putobjectacl"
        | "putsymlink"
        | "restoreobject"
        | "rest.post.restore"
        | "rest.put.object"
        | "rest.post.object"
        | "rest.delete.object"
        | "rest.put.acl"
        | "batch.delete.object"
        | "put_obj"
        | "copy_obj"
        | "delete_obj"
        | "multi_object_delete"
        | "complete_multipart"
        | "put_acls" => Changes::Object,
        "putbucketacl"
        | "putbucketpublicaccessblock"
        | "deletebucketpublicaccessblock"
        | "putpublicaccessblock"
        | "deletepublicaccessblock"
        | "putbucketpolicy"
        | "deletebucketpolicy"
        | "rest.put.bucketpolicy"
        | "rest.delete.bucketpolicy"
        | "put_bucket_policy"
        | "delete_bucket_policy" => Changes::Bucket,
        _ => Changes::Nothing,
    }
}
