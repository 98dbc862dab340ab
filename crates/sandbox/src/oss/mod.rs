//! The REST API of Alibaba Cloud OSS (OSS documentation, "API reference").
//!
//! Here stands which file answers which operation, and how answers and refusals look on the wire.

mod acl;
mod bucket;
mod delete_objects;
mod list_objects;
mod list_versions;
pub(crate) mod logging;
mod object;
mod policy;
mod public_access;
mod restore;
mod route;
mod versioning;

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) use acl::check_object_acl;
pub(crate) use bucket::{create as create_bucket, delete as delete_bucket};
pub(crate) use delete_objects::{Batch, deleted};
pub(crate) use route::route;
pub(crate) use versioning::put as put_versioning;

use crate::call::Call;
use crate::operation::Operation;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;
use crate::xml::Xml;

/// Carries an order out; the caller has been let through.
pub(crate) fn perform(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    match order.operation {
        Operation::ListBuckets => bucket::list(world, order),
        Operation::GetAccountPublicAccessBlock => Ok(public_access::get_account(world)),
        Operation::PutAccountPublicAccessBlock => public_access::put_account(world, order),
        Operation::DeleteAccountPublicAccessBlock => Ok(public_access::delete_account(world)),
        Operation::PutBucket => bucket::put(world, order),
        Operation::HeadBucket => Ok(Reply::status(200)),
        Operation::DeleteBucket => bucket::delete(world, order),
        Operation::GetBucketInfo => bucket::info(world, order),
        Operation::GetBucketStat => bucket::stat(world, order),
        Operation::GetBucketLocation => bucket::location(world, order),
        Operation::GetBucketVersioning => versioning::get(world, order),
        Operation::PutBucketVersioning => versioning::put(world, order),
        Operation::ListObjectVersions => list_versions::list(world, order),
        Operation::GetBucketAcl => acl::get_bucket(world, order),
        Operation::PutBucketAcl => acl::put_bucket(world, order),
        Operation::GetPublicAccessBlock => public_access::get_bucket(world, order),
        Operation::PutPublicAccessBlock => public_access::put_bucket(world, order),
        Operation::DeletePublicAccessBlock => public_access::delete_bucket(world, order),
        Operation::GetBucketPolicy => policy::get(world, order),
        Operation::PutBucketPolicy => policy::put(world, order),
        Operation::DeleteBucketPolicy => policy::delete(world, order),
        Operation::GetBucketPolicyStatus => policy::status(world, order),
        Operation::GetBucketLogging => logging::get(world, order),
        Operation::PutBucketLogging => logging::put(world, order),
        Operation::DeleteBucketLogging => logging::delete(world, order),
        Operation::ListObjects => list_objects::first(world, order),
        Operation::ListObjectsV2 => list_objects::second(world, order),
        Operation::DeleteObjects => delete_objects::delete(world, order),
        Operation::PutObject => object::put(world, order),
        Operation::CopyObject => object::copy(world, order),
        Operation::GetObject | Operation::HeadObject => object::get(world, order),
        Operation::GetObjectMeta => object::meta(world, order),
        Operation::DeleteObject => object::delete(world, order),
        Operation::GetObjectAcl => acl::get_object(world, order),
        Operation::PutObjectAcl => acl::put_object(world, order),
        Operation::RestoreObject => restore::post(world, order),
    }
}

/// A refusal as OSS sends it: a document, and for `HEAD` the same in the header `x-oss-err`.
pub(crate) fn refuse(refusal: &Refusal, call: &Call) -> Reply {
    let wire = refusal.oss();
    let document = Xml::document("Error", |xml| {
        xml.text("Code", wire.code);
        xml.text("Message", &wire.message);
        xml.text("RequestId", &call.request_id);
        xml.text("HostId", call.host().rsplit_once(':').map_or(call.host(), |(name, _)| name));
        for (name, value) in &wire.details {
            xml.text(name, value);
        }
        if !wire.ec.is_empty() {
            xml.text("EC", wire.ec);
            xml.text("RecommendDoc", &format!("https://api.aliyun.com/troubleshoot?q={}", wire.ec));
        }
    });
    let mut reply = if call.method == Method::HEAD {
        Reply::status(wire.status).with("x-oss-err", &STANDARD.encode(document))
    } else {
        Reply { status: wire.status, ..Reply::xml(document) }
    };
    if !wire.ec.is_empty() {
        reply = reply.with("x-oss-ec", wire.ec);
    }
    if refusal.is_about_a_delete_marker() {
        reply = reply.with("x-oss-delete-marker", "true");
    }
    reply
}

/// The headers that every answer of OSS has.
pub(crate) fn finish(reply: Reply, call: &Call) -> Reply {
    reply
        .with("Server", "AliyunOSS")
        .with("x-oss-request-id", &call.request_id)
        .with("x-oss-server-time", "1")
}
