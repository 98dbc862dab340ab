//! Whether a bucket keeps older versions of its objects.

use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::world::{Versioning, World};
use crate::xml::{Node, Xml};

impl Versioning {
    /// As the wire has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Suspended => "Suspended",
        }
    }
}

/// `GET /bucket?versioning`: says nothing where nobody ever asked for versions.
pub(super) fn get(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let versioning = world.bucket(order.bucket())?.versioning;
    Ok(Reply::xml(Xml::document("VersioningConfiguration", |xml| {
        if let Some(versioning) = versioning {
            xml.text("Status", versioning.as_str());
        }
    })))
}

/// `PUT /bucket?versioning`. Once asked for, versions can only be suspended.
///
/// # Errors
/// The body is no such document.
pub(crate) fn put(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let root = Node::parse(&order.body).filter(|root| root.name == "VersioningConfiguration");
    let versioning = match root.as_ref().and_then(|root| root.child_text("Status")) {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        _ => return Err(Refusal::MalformedXml),
    };
    world.bucket_mut(order.bucket())?.versioning = Some(versioning);
    Ok(Reply::status(200))
}
