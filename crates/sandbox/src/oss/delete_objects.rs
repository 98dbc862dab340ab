//! `POST /bucket?delete`: many objects at once.

use crate::content::Content;
use crate::listing;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::store;
use crate::world::World;
use crate::xml::{Node, Xml};

/// Most keys one request may name.
const KEYS_MAX: usize = 1000;

/// What the request names.
pub(crate) struct Batch {
    /// Keys in order.
    pub(crate) keys: Vec<String>,
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
        let keys: Option<Vec<String>> = root
            .children
            .iter()
            .filter(|child| child.name == "Object")
            .map(|object| object.child("Key").map(|key| key.text.clone()))
            .collect();
        let keys = keys.filter(|keys| !keys.is_empty() && keys.len() <= KEYS_MAX);
        Ok(Self {
            keys: keys.ok_or(Refusal::MalformedXml)?,
            quiet: root.child_text("Quiet").is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })
    }
}

/// Removes them; a key that is not there counts as removed.
pub(super) fn delete(world: &mut World, order: &Order<'_>) -> Result<Reply, Refusal> {
    Content::of(order.body.clone()).check_md5(order.call.header("content-md5"))?;
    let batch = Batch::read(&order.body)?;
    for key in &batch.keys {
        store::remove(world, order.bucket(), key)?;
    }
    if batch.quiet {
        return Ok(Reply::status(200));
    }
    let encodes = listing::encodes(order.call)?;
    Ok(Reply::xml(Xml::document("DeleteResult", |xml| {
        if encodes {
            xml.text("EncodingType", "url");
        }
        for key in &batch.keys {
            let key = if encodes { listing::encode(key) } else { key.clone() };
            xml.element("Deleted", |xml| xml.text("Key", &key));
        }
    })))
}
