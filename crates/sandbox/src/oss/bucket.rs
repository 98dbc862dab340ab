//! Buckets of OSS: make, delete, list, describe.

use claviger_model::Acl;

use crate::listing;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, xml_time};
use crate::target::endpoint_of;
use crate::world::{Bucket, StorageClass, World};
use crate::xml::Xml;

/// `GET /`: the account's buckets.
pub(super) fn list(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let prefix = order.call.query("prefix").unwrap_or_default();
    let marker = order.call.query("marker").unwrap_or_default();
    let limit = listing::limit(order.call, 100)?;
    let mut names = world
        .buckets
        .keys()
        .filter(|name| name.starts_with(prefix) && (marker.is_empty() || name.as_str() > marker));
    let shown: Vec<&String> = names.by_ref().take(limit).collect();
    let truncated = names.next().is_some();
    let document = Xml::document("ListAllMyBucketsResult", |xml| {
        xml.text("Prefix", prefix);
        xml.text("Marker", marker);
        xml.text("MaxKeys", &limit.to_string());
        xml.text("IsTruncated", if truncated { "true" } else { "false" });
        if let Some(last) = shown.last().filter(|_| truncated) {
            xml.text("NextMarker", last);
        }
        owner(xml, world);
        xml.element("Buckets", |xml| {
            for bucket in shown.iter().filter_map(|name| world.buckets.get(*name)) {
                xml.element("Bucket", |xml| identity(xml, world, bucket, order));
            }
        });
    });
    Ok(Reply::xml(document))
}

/// `PUT /bucket`: makes it; for a bucket that is there, sets the ACL that is asked for.
pub(super) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let name = order.bucket();
    let acl = order.acl("x-oss-acl")?;
    create(world, name, acl, order)?;
    Ok(Reply::status(200).with("Location", &format!("/{name}")))
}

/// Makes a bucket, or finds it made.
///
/// # Errors
/// The name is no bucket name, or the ACL is public where the account blocks public access.
pub(crate) fn create(
    world: &mut World,
    name: &str,
    acl: Option<Acl>,
    order: &Order<'_>,
) -> Result<(), Refusal> {
    if !is_bucket_name(name) {
        return Err(Refusal::InvalidBucketName { bucket: name.to_owned() });
    }
    if let Some(acl) = acl {
        super::acl::check_bucket_acl(world, name, acl)?;
    }
    if let Some(bucket) = world.buckets.get_mut(name) {
        bucket.acl = acl.unwrap_or(bucket.acl);
        return Ok(());
    }
    let bucket = Bucket::new(name, acl.unwrap_or(Acl::Private), order.now());
    world.buckets.insert(name.to_owned(), bucket);
    Ok(())
}

/// 3 to 63 lower-case letters, digits and hyphens, no hyphen at either end (OSS documentation,
/// "Bucket naming conventions").
fn is_bucket_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// `DELETE /bucket`: only when it is empty.
pub(crate) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let name = order.bucket();
    if !world.bucket(name)?.is_empty() {
        return Err(Refusal::BucketNotEmpty { bucket: name.to_owned() });
    }
    world.buckets.remove(name);
    Ok(Reply::status(204))
}

/// `GET /bucket?bucketInfo`.
pub(super) fn info(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let bucket = world.bucket(order.bucket())?;
    let document = Xml::document("BucketInfo", |xml| {
        xml.element("Bucket", |xml| {
            xml.text("AccessMonitor", "Disabled");
            identity(xml, world, bucket, order);
            owner(xml, world);
            xml.element("AccessControlList", |xml| xml.text("Grant", bucket.acl.as_str()));
            xml.text("BlockPublicAccess", &bucket.public_access_block.to_string());
            if let Some(versioning) = bucket.versioning {
                xml.text("Versioning", versioning.as_str());
            }
            xml.text("DataRedundancyType", "LRS");
            xml.text("TransferAcceleration", "Disabled");
            xml.text("CrossRegionReplication", "Disabled");
            xml.text("Comment", "");
            xml.element("ServerSideEncryptionRule", |xml| xml.text("SSEAlgorithm", "None"));
            let logging = bucket.logging.as_ref();
            xml.element("BucketPolicy", |xml| {
                xml.text("LogBucket", logging.map_or("", |to| &to.target_bucket));
                xml.text("LogPrefix", logging.map_or("", |to| &to.target_prefix));
            });
        });
    });
    Ok(Reply::xml(document))
}

/// `GET /bucket?stat`: how much is in it.
pub(super) fn stat(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let bucket = world.bucket(order.bucket())?;
    let bytes = bucket.every_version().map(|object| object.size).sum::<u64>().to_string();
    let count = bucket.objects.len().to_string();
    let document = Xml::document("BucketStat", |xml| {
        xml.text("Storage", &bytes);
        xml.text("ObjectCount", &count);
        xml.text("MultipartUploadCount", "0");
        xml.text("LiveChannelCount", "0");
        xml.text("LastModifiedTime", &order.now().as_second().to_string());
        for class in StorageClass::ALL {
            let of = || bucket.every_version().filter(|object| object.storage_class == class);
            let name = if class == StorageClass::Ia { "InfrequentAccess" } else { class.oss() };
            let bytes = of().map(|object| object.size).sum::<u64>();
            xml.text(&format!("{name}Storage"), &bytes.to_string());
            xml.text(&format!("{name}ObjectCount"), &of().count().to_string());
        }
    });
    Ok(Reply::xml(document))
}

/// `GET /bucket?location`.
pub(super) fn location(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.bucket(order.bucket())?;
    Ok(Reply::xml(Xml::document("LocationConstraint", |xml| {
        xml.bare_text(&format!("oss-{}", world.region));
    })))
}

/// What lists and descriptions say alike. The endpoints are where this request came: a client that
/// follows them stays on this practice cloud.
fn identity(xml: &mut Xml, world: &World, bucket: &Bucket, order: &Order<'_>) {
    let endpoint = endpoint_of(order.call.host());
    xml.text("CreationDate", &xml_time(bucket.created_at));
    xml.text("ExtranetEndpoint", endpoint);
    xml.text("IntranetEndpoint", endpoint);
    xml.text("Location", &format!("oss-{}", world.region));
    xml.text("Name", &bucket.name);
    xml.text("Region", &world.region);
    xml.text("ResourceGroupId", "");
    xml.text("StorageClass", "Standard");
}

/// The account as an `Owner` element.
pub(super) fn owner(xml: &mut Xml, world: &World) {
    xml.element("Owner", |xml| {
        xml.text("DisplayName", &world.owner_uid);
        xml.text("ID", &world.owner_uid);
    });
}

#[cfg(test)]
mod tests {
    use super::is_bucket_name;

    #[test]
    fn bucket_names_follow_the_rules() {
        for name in ["abc", "a-1", "123", &"a".repeat(63)] {
            assert!(is_bucket_name(name), "{name}");
        }
        for name in ["", "ab", "Abc", "a_b", "-ab", "ab-", "a.b", &"a".repeat(64)] {
            assert!(!is_bucket_name(name), "{name}");
        }
    }
}
