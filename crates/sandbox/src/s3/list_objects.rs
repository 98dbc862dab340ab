//! The objects of a bucket, in both versions of the call.

use super::{NAMESPACE, restore, tag};
use crate::listing::{self, Query};
use crate::operation::Operation;
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, xml_time};
use crate::world::World;
use crate::xml::Xml;

/// Entries a page has unless the request says otherwise.
const PAGE_DEFAULT: usize = 1000;

/// `GET /bucket`, with `list-type=2` or without.
pub(super) fn list(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let second = order.operation == Operation::ListObjectsV2;
    let asked = |name: &str| order.call.query(name).unwrap_or_default();
    let after = match (second, asked("continuation-token")) {
        (false, _) => asked("marker").to_owned(),
        (true, "") => asked("start-after").to_owned(),
        (true, token) => listing::from_token(token)?,
    };
    let limit = listing::limit(order.call, PAGE_DEFAULT)?;
    let encodes = listing::encodes(order.call)?;
    let shown = |key: &str| if encodes { listing::encode(key) } else { key.to_owned() };
    let query =
        Query { prefix: asked("prefix"), delimiter: asked("delimiter"), after: &after, limit };
    let page = listing::page(&world.bucket(order.bucket())?.objects, &query);
    let document = Xml::with_attributes("ListBucketResult", NAMESPACE, |xml| {
        xml.text("Name", order.bucket());
        xml.text("Prefix", &shown(query.prefix));
        if !query.delimiter.is_empty() {
            xml.text("Delimiter", &shown(query.delimiter));
        }
        xml.text("MaxKeys", &limit.to_string());
        if encodes {
            xml.text("EncodingType", "url");
        }
        xml.text("IsTruncated", if page.next.is_some() { "true" } else { "false" });
        if second {
            xml.text("KeyCount", &page.len().to_string());
        }
        match (&page.next, second) {
            (Some(next), true) => xml.text("NextContinuationToken", &listing::token(next)),
            (Some(next), false) => xml.text("NextMarker", &shown(next)),
            (None, _) => {}
        }
        for (key, object) in &page.objects {
            xml.element("Contents", |xml| {
                xml.text("Key", &shown(key));
                xml.text("LastModified", &xml_time(object.last_modified));
                xml.text("ETag", &tag(&object.etag));
                xml.text("Size", &object.size.to_string());
                xml.text("StorageClass", object.storage_class.s3());
                restore::listed(xml, object, order);
            });
        }
        for prefix in &page.prefixes {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &shown(prefix)));
        }
    });
    Ok(Reply::xml(document))
}
