//! Block Public Access, of one bucket and of the whole account.

use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::World;
use crate::xml::{Node, Xml};

/// `GET /?publicAccessBlock`.
pub(super) fn get_account(world: &World) -> Reply {
    document(world.public_access_block)
}

/// `PUT /?publicAccessBlock`.
pub(super) fn put_account(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.public_access_block = wanted(order)?;
    Ok(Reply::status(200))
}

/// `DELETE /?publicAccessBlock`.
pub(super) fn delete_account(world: &mut World) -> Reply {
    world.public_access_block = false;
    Reply::status(204)
}

/// `GET /bucket?publicAccessBlock`.
pub(super) fn get_bucket(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    Ok(document(world.bucket(order.bucket())?.public_access_block))
}

/// `PUT /bucket?publicAccessBlock`.
pub(super) fn put_bucket(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.bucket_mut(order.bucket())?.public_access_block = wanted(order)?;
    Ok(Reply::status(200))
}

/// `DELETE /bucket?publicAccessBlock`.
pub(super) fn delete_bucket(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    world.bucket_mut(order.bucket())?.public_access_block = false;
    Ok(Reply::status(204))
}

/// What the body asks for. One official client writes `True` with a capital letter.
fn wanted(order: &Order<'_>) -> Result<bool, Refusal> {
    let root = Node::parse(&order.body).ok_or(Refusal::MalformedXml)?;
    match root.child_text("BlockPublicAccess").map(str::to_ascii_lowercase).as_deref() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(Refusal::MalformedXml),
    }
}

fn document(blocked: bool) -> Reply {
    Reply::xml(Xml::document("PublicAccessBlockConfiguration", |xml| {
        xml.text("BlockPublicAccess", &blocked.to_string());
    }))
}
