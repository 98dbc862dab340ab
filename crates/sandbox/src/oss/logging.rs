//! Whether and where the access log of a bucket is kept. Writing it is `access_log`'s duty.

use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::{Logging, Naming, World};
use crate::xml::{Node, Xml};

/// Longest prefix (OSS documentation, "PutBucketLogging").
const PREFIX_BYTES_MAX: usize = 32;

/// `GET /bucket?logging`.
pub(super) fn get(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let logging = world.bucket(order.bucket())?.logging.as_ref();
    Ok(Reply::xml(Xml::document("BucketLoggingStatus", |xml| {
        if let Some(logging) = logging {
            xml.element("LoggingEnabled", |xml| {
                xml.text("TargetBucket", &logging.target_bucket);
                xml.text("TargetPrefix", &logging.target_prefix);
            });
        }
    })))
}

/// `PUT /bucket?logging`: an empty status switches it off.
pub(super) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let root = Node::parse(&order.body).filter(|root| root.name == "BucketLoggingStatus");
    let root = root.ok_or(Refusal::MalformedXml)?;
    let logging = match root.child("LoggingEnabled") {
        Some(enabled) => Some(wanted(world, enabled)?),
        None => None,
    };
    world.bucket_mut(order.bucket())?.logging = logging;
    Ok(Reply::status(200))
}

/// `DELETE /bucket?logging`.
pub(super) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.bucket_mut(order.bucket())?.logging = None;
    Ok(Reply::status(204))
}

/// The target that somebody asks for, if there is such a bucket.
///
/// # Errors
/// There is none, or the prefix is too long.
pub(crate) fn wanted(world: &World, enabled: &Node) -> Result<Logging, Refusal> {
    let target_bucket = enabled.child_text("TargetBucket").ok_or(Refusal::MalformedXml)?;
    let target_prefix = enabled.child_text("TargetPrefix").unwrap_or_default();
    if !world.buckets.contains_key(target_bucket) {
        return Err(Refusal::InvalidTargetBucketForLogging { bucket: target_bucket.to_owned() });
    }
    if target_prefix.len() > PREFIX_BYTES_MAX {
        let message = "The target prefix for bucket logging is not valid.";
        return Err(Refusal::argument("TargetPrefix", target_prefix, message));
    }
    let (target_bucket, target_prefix) = (target_bucket.to_owned(), target_prefix.to_owned());
    Ok(Logging { target_bucket, target_prefix, naming: Naming::Oss })
}
