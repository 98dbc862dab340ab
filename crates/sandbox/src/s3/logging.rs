//! Whether and where the server access log of a bucket is kept, and how its files are named (AWS documentation,
//! "PutBucketLogging"). Writing it is `access_log`'s duty.

use super::NAMESPACE;
use crate::order::Order;
use crate::oss::logging::wanted;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::{Logging, Naming, World};
use crate::xml::{Node, Xml};

/// `GET /bucket?logging`.
pub(super) fn get(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let logging = world.bucket(order.bucket())?.logging.as_ref();
    Ok(Reply::xml(Xml::with_attributes("BucketLoggingStatus", NAMESPACE, |xml| {
        let Some(logging) = logging else { return };
        xml.element("LoggingEnabled", |xml| {
            xml.text("TargetBucket", &logging.target_bucket);
            xml.text("TargetPrefix", &logging.target_prefix);
            if logging.naming == Naming::S3Dated {
                xml.element("TargetObjectKeyFormat", |xml| {
                    xml.element("PartitionedPrefix", |xml| {
                        xml.text("PartitionDateSource", "DeliveryTime");
                    });
                });
            }
        });
    })))
}

/// `PUT /bucket?logging`: an empty status switches it off.
pub(super) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let root = Node::parse(&order.body).filter(|root| root.name == "BucketLoggingStatus");
    let root = root.ok_or(Refusal::MalformedXml)?;
    let logging = match root.child("LoggingEnabled") {
        Some(enabled) => {
            let format = enabled.child("TargetObjectKeyFormat");
            let is_dated = format.is_some_and(|format| format.child("PartitionedPrefix").is_some());
            let naming = if is_dated { Naming::S3Dated } else { Naming::S3 };
            Some(Logging { naming, ..wanted(world, enabled)? })
        }
        None => None,
    };
    world.bucket_mut(order.bucket())?.logging = logging;
    Ok(Reply::status(200))
}
