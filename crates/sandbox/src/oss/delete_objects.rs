//! `POST /bucket?delete`: many objects at once.

use crate::content::Content;
use crate::listing;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::store::{self, Named};
use crate::versions::Removed;
use crate::world::World;
use crate::xml::{Node, Xml};

/// Most keys one request may name.
const KEYS_MAX: usize = 1000;

/// What the request names.
pub(crate) struct Batch {
    /// Objects in order, some of them in one version.
    pub(crate) objects: Vec<Named>,
    /// Whether the answer lists failures only.
    pub(crate) quiet: bool,
}

impl Batch {
    /// Reads the request.
    ///
    /// # Errors
    /// It is no such document, or names none or more than 1,000 keys.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let root = Node::parse(body).filter(|root| root.name == "Delete");
        let root = root.ok_or(Refusal::MalformedXml)?;
        let objects: Option<Vec<Named>> = root
            .children
            .iter()
            .filter(|child| child.name == "Object")
            .map(|object| {
                let version_id = object.child_text("VersionId").filter(|id| !id.is_empty());
                let key = object.child("Key")?.text.clone();
                Some(Named { key, version_id: version_id.map(str::to_owned) })
            })
            .collect();
        let objects = objects.filter(|all| !all.is_empty() && all.len() <= KEYS_MAX);
        Ok(Self {
            objects: objects.ok_or(Refusal::MalformedXml)?,
            quiet: root.child_text("Quiet").is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })
    }
}

/// One object of the answer; S3 has the same.
pub(crate) fn deleted(xml: &mut Xml, key: &str, object: &Named, removed: &Removed) {
    xml.element("Deleted", |xml| {
        xml.text("Key", key);
        if let Some(version_id) = &object.version_id {
            xml.text("VersionId", version_id);
        }
        if let Some(made) = removed.version_id.as_ref().filter(|_| removed.is_marker) {
            xml.text("DeleteMarker", "true");
            xml.text("DeleteMarkerVersionId", made);
        }
    });
}

/// Removes them; a key that is not there counts as removed.
pub(super) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    Content::of(order.body.clone()).check_md5(order.call.header("content-md5"))?;
    let batch = Batch::read(&order.body)?;
    let mut removed = Vec::new();
    for object in &batch.objects {
        removed.push((object, store::remove(world, order.bucket(), object, order.now())?));
    }
    if batch.quiet {
        return Ok(Reply::status(200));
    }
    let encodes = listing::encodes(order.call)?;
    Ok(Reply::xml(Xml::document("DeleteResult", |xml| {
        if encodes {
            xml.text("EncodingType", "url");
        }
        for (object, removed) in &removed {
            let key = if encodes { listing::encode(&object.key) } else { object.key.clone() };
            deleted(xml, &key, object, removed);
        }
    })))
}
