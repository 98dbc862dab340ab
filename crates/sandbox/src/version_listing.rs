//! One page of a bucket's versions, as OSS and S3 define it alike: keys in order, of each the youngest
//! version first.

use jiff::Timestamp;

use crate::call::Call;
use crate::listing;
use crate::refusal::Refusal;
use crate::world::{Bucket, Object, Past};
use crate::xml::Xml;

/// What to list.
pub(crate) struct Asked<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    key_marker: &'a str,
    version_marker: &'a str,
    limit: usize,
}

/// A version.
pub(crate) struct Version<'a> {
    /// Key of its object.
    pub(crate) key: &'a str,
    /// Its id, or `null`.
    pub(crate) version_id: &'a str,
    /// Whether it is the last one of its key.
    pub(crate) is_latest: bool,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// The object; `None` for a delete marker.
    pub(crate) object: Option<&'a Object>,
}

/// A page.
#[derive(Default)]
pub(crate) struct Page<'a> {
    /// Versions in order.
    pub(crate) entries: Vec<Version<'a>>,
    /// Folded prefixes in order.
    pub(crate) prefixes: Vec<String>,
    /// Key and version behind which the next page begins; `None` on the last one.
    next: Option<(String, String)>,
}

impl<'a> Asked<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// The page size is no number.
    pub(crate) fn read(call: &'a Call, default: usize) -> Result<Self, Refusal> {
        let query = |name: &str| call.query(name).unwrap_or_default();
        Ok(Self {
            prefix: query("prefix"),
            delimiter: query("delimiter"),
            key_marker: query("key-marker"),
            version_marker: query("version-id-marker"),
            limit: listing::limit(call, default)?.max(1),
        })
    }

    /// The page.
    pub(crate) fn page<'b>(&self, bucket: &'b Bucket) -> Page<'b> {
        let mut page = Page::default();
        let mut last = (String::new(), String::new());
        for entry in every(bucket).filter(|entry| entry.key.starts_with(self.prefix)) {
            let folded = listing::folded(entry.key, self.prefix, self.delimiter);
            let name = folded.as_deref().unwrap_or(entry.key);
            if name < self.key_marker || page.prefixes.last() == folded.as_ref() && folded.is_some()
            {
                continue;
            }
            if name == self.key_marker && (folded.is_some() || self.is_before(bucket, &entry)) {
                continue;
            }
            if page.entries.len() + page.prefixes.len() == self.limit {
                page.next = Some(last);
                return page;
            }
            match folded {
                Some(prefix) => {
                    last = (prefix.clone(), String::new());
                    page.prefixes.push(prefix);
                }
                None => {
                    last = (entry.key.to_owned(), entry.version_id.to_owned());
                    page.entries.push(entry);
                }
            }
        }
        page
    }

    /// Whether a version of the marker's key was shown already: all of them where no version is named.
    fn is_before(&self, bucket: &Bucket, entry: &Version<'_>) -> bool {
        if self.version_marker.is_empty() {
            return true;
        }
        let mut ids = of_key(bucket, entry.key).map(|version| version.version_id);
        let marker = ids.by_ref().position(|id| id == self.version_marker);
        // What is left stands behind the marker. A marker that is gone shows all again.
        marker.is_some() && !ids.any(|id| id == entry.version_id)
    }

    /// What both protocols say of the page.
    pub(crate) fn head(&self, xml: &mut Xml, bucket: &str, page: &Page<'_>, encodes: bool) {
        let shown = |key: &str| if encodes { listing::encode(key) } else { key.to_owned() };
        xml.text("Name", bucket);
        xml.text("Prefix", &shown(self.prefix));
        xml.text("KeyMarker", &shown(self.key_marker));
        xml.text("VersionIdMarker", self.version_marker);
        xml.text("MaxKeys", &self.limit.to_string());
        xml.text("Delimiter", &shown(self.delimiter));
        if encodes {
            xml.text("EncodingType", "url");
        }
        xml.text("IsTruncated", if page.next.is_some() { "true" } else { "false" });
        if let Some((key, version_id)) = &page.next {
            xml.text("NextKeyMarker", &shown(key));
            if !version_id.is_empty() {
                xml.text("NextVersionIdMarker", version_id);
            }
        }
    }
}

/// Every version of a bucket in order.
fn every(bucket: &Bucket) -> impl Iterator<Item = Version<'_>> {
    let keys: std::collections::BTreeSet<&String> =
        bucket.objects.keys().chain(bucket.past.keys()).collect();
    keys.into_iter().flat_map(|key| of_key(bucket, key))
}

/// The versions of one key, the youngest first.
fn of_key<'a>(bucket: &'a Bucket, key: &str) -> impl Iterator<Item = Version<'a>> {
    let current = bucket.objects.get_key_value(key).map(|(key, object)| (key, Some(object), None));
    let past = bucket.past.get_key_value(key);
    let past = past.into_iter().flat_map(|(key, past)| {
        past.iter().rev().map(move |past| match past {
            Past::Object(object) => (key, Some(object), None),
            Past::DeleteMarker(marker) => (key, None, Some(marker)),
        })
    });
    current.into_iter().chain(past).enumerate().map(|(number, (key, object, marker))| {
        let at = object.map(|object| object.last_modified);
        let at = at.or_else(|| marker.map(|marker| marker.created_at));
        let id = object.map(|object| object.version_id.as_deref());
        let id = id.or_else(|| marker.map(|marker| marker.version_id.as_deref())).flatten();
        Version {
            key,
            version_id: id.unwrap_or(crate::versions::NULL),
            is_latest: number == 0,
            at: at.unwrap_or_default(),
            object,
        }
    })
}
