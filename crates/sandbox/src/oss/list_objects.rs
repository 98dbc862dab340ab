//! The objects of a bucket, in both versions of the call.

use jiff::Timestamp;

use super::bucket::owner;
use super::restore;
use crate::listing::{self, Page, Query};
use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::{Reply, xml_time};
use crate::world::World;
use crate::xml::Xml;

/// Entries a page has unless the request says otherwise.
const PAGE_DEFAULT: usize = 100;

/// `GET /bucket`.
pub(super) fn first(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::read(order)?;
    let after = order.call.query("marker").unwrap_or_default();
    let page = asked.page(world, order, after)?;
    let document = Xml::document("ListBucketResult", |xml| {
        asked.head(xml, order, &page);
        xml.text("Marker", &asked.shown(after));
        if let Some(next) = &page.next {
            xml.text("NextMarker", &asked.shown(next));
        }
        asked.entries(xml, world, &page, true);
    });
    Ok(Reply::xml(document))
}

/// `GET /bucket?list-type=2`.
pub(super) fn second(world: &World, order: &Order<'_>) -> Result<Reply, Refusal> {
    let asked = Asked::read(order)?;
    let query = |name| order.call.query(name).filter(|text: &&str| !text.is_empty());
    let start_after = query("start-after").unwrap_or_default();
    let token = query("continuation-token");
    let after = match token {
        Some(token) => listing::from_token(token)?,
        None => start_after.to_owned(),
    };
    let page = asked.page(world, order, &after)?;
    let with_owner = order.call.query("fetch-owner") == Some("true");
    let document = Xml::document("ListBucketResult", |xml| {
        asked.head(xml, order, &page);
        xml.text("StartAfter", &asked.shown(start_after));
        if let Some(token) = token {
            xml.text("ContinuationToken", token);
        }
        if let Some(next) = &page.next {
            xml.text("NextContinuationToken", &listing::token(next));
        }
        xml.text("KeyCount", &page.len().to_string());
        asked.entries(xml, world, &page, with_owner);
    });
    Ok(Reply::xml(document))
}

/// What both versions ask alike.
struct Asked<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    limit: usize,
    encodes: bool,
    now: Timestamp,
}

impl<'a> Asked<'a> {
    fn read(order: &'a Order<'_>) -> Result<Self, Refusal> {
        let limit = listing::limit(order.call, PAGE_DEFAULT)?;
        if limit == 0 {
            return Err(Refusal::argument("max-keys", "0", "Argument max-keys is not valid."));
        }
        Ok(Self {
            prefix: order.call.query("prefix").unwrap_or_default(),
            delimiter: order.call.query("delimiter").unwrap_or_default(),
            limit,
            encodes: listing::encodes(order.call)?,
            now: order.now(),
        })
    }

    fn page<'w>(
        &self,
        world: &'w World,
        order: &Order<'_>,
        after: &str,
    ) -> Result<Page<'w>, Refusal> {
        let objects = &world.bucket(order.bucket())?.objects;
        let query =
            Query { prefix: self.prefix, delimiter: self.delimiter, after, limit: self.limit };
        Ok(listing::page(objects, &query))
    }

    fn shown(&self, key: &str) -> String {
        if self.encodes { listing::encode(key) } else { key.to_owned() }
    }

    fn head(&self, xml: &mut Xml, order: &Order<'_>, page: &Page<'_>) {
        xml.text("Name", order.bucket());
        xml.text("Prefix", &self.shown(self.prefix));
        xml.text("MaxKeys", &self.limit.to_string());
        xml.text("Delimiter", &self.shown(self.delimiter));
        if self.encodes {
            xml.text("EncodingType", "url");
        }
        xml.text("IsTruncated", if page.next.is_some() { "true" } else { "false" });
    }

    fn entries(&self, xml: &mut Xml, world: &World, page: &Page<'_>, with_owner: bool) {
        for (key, object) in &page.objects {
            xml.element("Contents", |xml| {
                xml.text("Key", &self.shown(key));
                xml.text("LastModified", &xml_time(object.last_modified));
                xml.text("ETag", &format!("\"{}\"", object.etag));
                xml.text("Type", "Normal");
                xml.text("Size", &object.size.to_string());
                restore::listed(xml, object, self.now);
                if with_owner {
                    owner(xml, world);
                }
            });
        }
        for prefix in &page.prefixes {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &self.shown(prefix)));
        }
    }
}
