//! Access control lists of buckets and objects.
//!
//! Where public access is blocked, a public list is refused when it is set, not only when it is used.

use claviger_model::Acl;

use super::bucket::owner;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;
use crate::xml::Xml;

/// `GET /bucket?acl`.
pub(super) fn get_bucket(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    Ok(document(world, world.bucket(order.bucket())?.acl))
}

/// `PUT /bucket?acl`.
pub(super) fn put_bucket(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let Some(acl) = order.acl("x-oss-acl")? else {
        return Err(Refusal::argument("x-oss-acl", "", "no such bucket access control exists"));
    };
    check_bucket_acl(world, order.bucket(), acl)?;
    world.bucket_mut(order.bucket())?.acl = acl;
    Ok(Reply::status(200))
}

/// `GET /bucket/key?acl`.
pub(super) fn get_object(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let object = world.object(order.bucket(), order.key(), order.version_id())?;
    Ok(document(world, object.acl))
}

/// `PUT /bucket/key?acl`.
pub(super) fn put_object(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let Some(acl) = order.acl("x-oss-object-acl")? else {
        let message = "no such object access control exists";
        return Err(Refusal::argument("x-oss-object-acl", "", message));
    };
    check_object_acl(world, order.bucket(), acl)?;
    let bucket = world.bucket_mut(order.bucket())?;
    bucket.version_mut(order.key(), order.version_id())?.acl = acl;
    Ok(Reply::status(200))
}

/// Whether a bucket may get this list.
pub(crate) fn check_bucket_acl(world: &World, bucket: &str, acl: Acl) -> Result<(), Refusal> {
    if acl == Acl::Default {
        let message = "no such bucket access control exists";
        return Err(Refusal::argument("x-oss-acl", acl.as_str(), message));
    }
    if acl != Acl::Private && world.blocks_public_access(bucket) {
        return Err(Refusal::denied("Put public bucket acl is not allowed"));
    }
    Ok(())
}

/// Whether an object of this bucket may get this list.
pub(crate) fn check_object_acl(world: &World, bucket: &str, acl: Acl) -> Result<(), Refusal> {
    let public = matches!(acl, Acl::PublicRead | Acl::PublicReadWrite);
    if public && world.blocks_public_access(bucket) {
        return Err(Refusal::denied("Put public object acl is not allowed"));
    }
    Ok(())
}

fn document(world: &World, acl: Acl) -> Reply {
    Reply::xml(Xml::document("AccessControlPolicy", |xml| {
        owner(xml, world);
        xml.element("AccessControlList", |xml| xml.text("Grant", acl.as_str()));
    }))
}
