//! `GET /bucket?versions`: every version of every object, and the delete markers.

use jiff::Timestamp;

use super::bucket::owner;
use super::restore;
use crate::listing;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, xml_time};
use crate::version_listing::{Asked, Version};
use crate::world::World;
use crate::xml::Xml;

/// Entries a page has unless the request says otherwise.
const PAGE_DEFAULT: usize = 100;

/// Lists a page.
pub(super) fn list(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::read(order.call, PAGE_DEFAULT)?;
    let page = asked.page(world.bucket(order.bucket())?);
    let encodes = listing::encodes(order.call)?;
    let shown = |key: &str| if encodes { listing::encode(key) } else { key.to_owned() };
    Ok(Reply::xml(Xml::document("ListVersionsResult", |xml| {
        asked.head(xml, order.bucket(), &page, encodes);
        for entry in &page.entries {
            let name = if entry.object.is_some() { "Version" } else { "DeleteMarker" };
            xml.element(name, |xml| {
                xml.text("Key", &shown(entry.key));
                version(xml, entry, order.now());
                owner(xml, world);
            });
        }
        for prefix in &page.prefixes {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &shown(prefix)));
        }
    })))
}

fn version(xml: &mut Xml, entry: &Version<'_>, now: Timestamp) {
    xml.text("VersionId", entry.version_id);
    xml.text("IsLatest", &entry.is_latest.to_string());
    xml.text("LastModified", &xml_time(entry.at));
    if let Some(object) = entry.object {
        xml.text("ETag", &format!("\"{}\"", object.etag));
        xml.text("Type", "Normal");
        xml.text("Size", &object.size.to_string());
        restore::listed(xml, object, now);
    }
}
