//! Bucket policies: kept as they were written, read and judged in `access`.

use axum::body::Bytes;

use crate::access::{Policy, PolicyKind};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;
use crate::xml::Xml;

/// `GET /bucket?policy`.
pub(super) fn get(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    match &world.bucket(order.bucket())?.policy_json {
        Some(policy) => Ok(Reply::status(200)
            .with("Content-Type", "application/json")
            .body(Bytes::from(policy.clone()))),
        None => Err(Refusal::NoSuchBucketPolicy { bucket: order.bucket().to_owned() }),
    }
}

/// `PUT /bucket?policy`: replaces the whole document. What `access` could not judge is not kept.
pub(super) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let text = std::str::from_utf8(&order.body).map_err(|_| invalid("the policy is no UTF-8"))?;
    let policy =
        Policy::parse(text, PolicyKind::Bucket).map_err(|why| invalid(&why.to_string()))?;
    if policy.is_public() && world.blocks_public_access(order.bucket()) {
        return Err(Refusal::denied("Put public bucket policy is not allowed"));
    }
    world.bucket_mut(order.bucket())?.policy_json = Some(text.to_owned());
    Ok(Reply::status(200))
}

/// `DELETE /bucket?policy`: 204 also when there was none.
pub(super) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.bucket_mut(order.bucket())?.policy_json = None;
    Ok(Reply::status(204))
}

/// `GET /bucket?policyStatus`: whether the policy opens the bucket to everybody.
pub(super) fn status(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let policy = world.bucket(order.bucket())?.policy_json.as_deref();
    let public = policy
        .and_then(|text| Policy::parse(text, PolicyKind::Bucket).ok())
        .is_some_and(|policy| policy.is_public());
    Ok(Reply::xml(Xml::document("PolicyStatus", |xml| {
        xml.text("IsPublic", &public.to_string());
    })))
}

fn invalid(why: &str) -> Refusal {
    Refusal::InvalidPolicyDocument { message: why.to_owned() }
}
