//! A page of the versions of objects, which OSS and S3 write alike.

use jiff::Timestamp;
use serde::Deserialize;

use super::unquoted;
use crate::CloudError;
use crate::cloud::ObjectVersion;
use crate::sign::decode;

/// Pages of one object's versions: a bound against a service that never ends.
pub(crate) const VERSIONS_PAGES_MAX: usize = 100;

/// One page.
#[derive(Deserialize)]
pub(crate) struct VersionsPage {
    #[serde(rename = "$value", default)]
    elements: Vec<Element>,
}

/// Versions and markers stand among each other, and all else among them.
#[derive(Deserialize)]
enum Element {
    Version(Entry),
    DeleteMarker(Entry),
    EncodingType(String),
    IsTruncated(bool),
    NextKeyMarker(String),
    NextVersionIdMarker(String),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    version_id: String,
    is_latest: bool,
    last_modified: Timestamp,
    #[serde(rename = "ETag", default)]
    etag: String,
    #[serde(default)]
    size: u64,
}

impl VersionsPage {
    /// Adds what the page says of the object called `name`. Returns where the next page begins, where
    /// there may be more of it. In a listing S3 encodes names as forms do: a blank is `+`.
    pub(crate) fn take(
        self,
        call: &'static str,
        name: &str,
        as_forms: bool,
        found: &mut Vec<ObjectVersion>,
    ) -> Result<Option<(String, String)>, CloudError> {
        let encoded = self
            .elements
            .iter()
            .any(|element| matches!(element, Element::EncodingType(kind) if kind == "url"));
        let plain = |text: String| match encoded {
            true => {
                let text = if as_forms { text.replace('+', " ") } else { text };
                decode(&text).ok_or_else(|| CloudError::Malformed {
                    call,
                    why: format!("the name `{text}` is no text"),
                })
            }
            false => Ok(text),
        };
        let (mut truncated, mut key_marker, mut version_marker) = (false, None, String::new());
        let mut beyond = false;
        for element in self.elements {
            let (entry, is_marker) = match element {
                Element::Version(entry) => (entry, false),
                Element::DeleteMarker(entry) => (entry, true),
                Element::IsTruncated(flag) => {
                    truncated = flag;
                    continue;
                }
                Element::NextKeyMarker(key) => {
                    key_marker = Some(plain(key)?);
                    continue;
                }
                Element::NextVersionIdMarker(version) => {
                    version_marker = version;
                    continue;
                }
                Element::EncodingType(_) | Element::Other => continue,
            };
            let key = plain(entry.key)?;
            beyond |= key != name;
            if key == name {
                found.push(ObjectVersion {
                    id: entry.version_id,
                    is_marker,
                    is_latest: entry.is_latest,
                    bytes: entry.size,
                    etag: unquoted(&entry.etag),
                    last_modified: entry.last_modified,
                });
            }
        }
        // Names that only begin like it come behind it.
        let more = truncated && !beyond;
        Ok(key_marker.filter(|_| more).map(|key| (key, version_marker)))
    }
}
