//! `GET /bucket?versions`: every version of every object, and the delete markers.

use super::{NAMESPACE, restore, tag};
use crate::listing;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, xml_time};
use crate::version_listing::Asked;
use crate::world::World;
use crate::xml::Xml;

/// Entries a page has unless the request says otherwise.
const PAGE_DEFAULT: usize = 1000;

/// Lists a page.
pub(super) fn list(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::read(order.call, PAGE_DEFAULT)?;
    let page = asked.page(world.bucket(order.bucket())?);
    let encodes = listing::encodes(order.call)?;
    let shown = |key: &str| if encodes { listing::encode(key) } else { key.to_owned() };
    Ok(Reply::xml(Xml::with_attributes("ListVersionsResult", NAMESPACE, |xml| {
        asked.head(xml, order.bucket(), &page, encodes);
        for entry in &page.entries {
            let name = if entry.object.is_some() { "Version" } else { "DeleteMarker" };
            xml.element(name, |xml| {
                xml.text("Key", &shown(entry.key));
                xml.text("VersionId", entry.version_id);
                xml.text("IsLatest", &entry.is_latest.to_string());
                xml.text("LastModified", &xml_time(entry.at));
                if let Some(object) = entry.object {
                    xml.text("ETag", &tag(&object.etag));
                    xml.text("Size", &object.size.to_string());
                    xml.text("StorageClass", object.storage_class.s3());
                    restore::listed(xml, object, order);
                }
            });
        }
        for prefix in &page.prefixes {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &shown(prefix)));
        }
    })))
}
