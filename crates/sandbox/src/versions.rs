//! The versions of an object: how a write, a deletion and the removal of one version move them (OSS
//! documentation, "Overview of versioning").
//!
//! The version read by default stands in [`Bucket::objects`], everything behind it in [`Bucket::past`],
//! oldest first. A key whose last version is a delete marker has nothing in `objects`.

use claviger_model::Acl;
use jiff::Timestamp;

use crate::refusal::Refusal;
use crate::world::{Bucket, DeleteMarker, Object, Past, Versioning, random_text};

/// How a version without an id is called.
pub(crate) const NULL: &str = "null";

/// What a removal did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    /// Size of the object that is gone or hidden; `None` when there was none.
    pub(crate) size: Option<u64>,
    /// The version that was made or removed; `None` where nothing is versioned.
    pub(crate) version_id: Option<String>,
    /// Whether that version is a delete marker.
    pub(crate) is_marker: bool,
}

impl Object {
    /// The version as the wire has it.
    pub(crate) fn version_text(&self) -> &str {
        self.version_id.as_deref().unwrap_or(NULL)
    }
}

impl Past {
    /// The version as the wire has it.
    pub(crate) fn version_text(&self) -> &str {
        let id = match self {
            Self::Object(object) => &object.version_id,
            Self::DeleteMarker(marker) => &marker.version_id,
        };
        id.as_deref().unwrap_or(NULL)
    }
}

impl Bucket {
    /// A new, empty bucket.
    pub(crate) fn new(name: &str, acl: Acl, created_at: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            created_at,
            acl,
            public_access_block: false,
            policy_json: None,
            logging: None,
            objects: std::collections::BTreeMap::new(),
            versioning: None,
            past: std::collections::BTreeMap::new(),
        }
    }

    /// Every object in every version.
    pub(crate) fn every_version(&self) -> impl Iterator<Item = &Object> {
        let past = self.past.values().flatten().filter_map(|past| match past {
            Past::Object(object) => Some(object),
            Past::DeleteMarker(_) => None,
        });
        self.objects.values().chain(past)
    }

    /// The same, to change them.
    pub(crate) fn every_version_mut(&mut self) -> impl Iterator<Item = &mut Object> {
        let past = self.past.values_mut().flatten().filter_map(|past| match past {
            Past::Object(object) => Some(object),
            Past::DeleteMarker(_) => None,
        });
        self.objects.values_mut().chain(past)
    }

    /// Whether it holds nothing, not even a delete marker.
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.past.is_empty()
    }

    /// The object of a key, in the version asked for or in the last one.
    ///
    /// # Errors
    /// There is none, or that version is a delete marker.
    pub(crate) fn version(&self, key: &str, version_id: Option<&str>) -> Result<&Object, Refusal> {
        let current = self.objects.get(key);
        let past = self.past.get(key);
        let Some(asked) = version_id else {
            let last = past.and_then(|past| past.last());
            return current.ok_or_else(|| match last {
                Some(Past::DeleteMarker(_)) => Refusal::DeletedKey { key: key.to_owned() },
                _ => Refusal::NoSuchKey { key: key.to_owned() },
            });
        };
        if let Some(object) = current.filter(|object| object.version_text() == asked) {
            return Ok(object);
        }
        match past.into_iter().flatten().find(|past| past.version_text() == asked) {
            Some(Past::Object(object)) => Ok(object),
            Some(Past::DeleteMarker(_)) => {
                Err(Refusal::IsDeleteMarker { version_id: asked.to_owned() })
            }
            None => {
                Err(Refusal::NoSuchVersion { key: key.to_owned(), version_id: asked.to_owned() })
            }
        }
    }

    /// The same, to change it.
    ///
    /// # Errors
    /// There is none, or that version is a delete marker.
    pub(crate) fn version_mut(
        &mut self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<&mut Object, Refusal> {
        let found = self.version(key, version_id)?.version_id.clone();
        let absent = || Refusal::NoSuchKey { key: key.to_owned() };
        let past = self.past.get_mut(key).into_iter().flatten().filter_map(|past| match past {
            Past::Object(object) => Some(object),
            Past::DeleteMarker(_) => None,
        });
        let all = self.objects.get_mut(key).into_iter().chain(past);
        let mut same = all.filter(|object| object.version_id == found);
        same.next().ok_or_else(absent)
    }

    /// Writes an object; gives the size of the one that is gone for it.
    ///
    /// # Errors
    /// The machine gives no random bytes for the version's id.
    pub(crate) fn write(&mut self, key: &str, mut object: Object) -> Result<Option<u64>, Refusal> {
        let Some(versioning) = self.versioning else {
            return Ok(self.objects.insert(key.to_owned(), object).map(|object| object.size));
        };
        object.version_id = next_id(versioning)?;
        let gone = self.make_room(key, versioning);
        self.objects.insert(key.to_owned(), object);
        Ok(gone)
    }

    /// Deletes an object: for good where nothing is versioned, else by a delete marker.
    ///
    /// # Errors
    /// The machine gives no random bytes for the marker's id.
    pub(crate) fn remove(&mut self, key: &str, now: Timestamp) -> Result<Removed, Refusal> {
        let size = self.objects.get(key).map(|object| object.size);
        let Some(versioning) = self.versioning else {
            self.objects.remove(key);
            return Ok(Removed { size, ..Removed::default() });
        };
        let version_id = next_id(versioning)?;
        self.make_room(key, versioning);
        let marker = DeleteMarker { version_id: version_id.clone(), created_at: now };
        self.past.entry(key.to_owned()).or_default().push(Past::DeleteMarker(marker));
        let version_id = Some(version_id.unwrap_or_else(|| NULL.to_owned()));
        Ok(Removed { size, version_id, is_marker: true })
    }

    /// Removes one version for good; one that is not there counts as removed. What lay behind the last
    /// version comes forward.
    pub(crate) fn remove_version(&mut self, key: &str, version_id: &str) -> Removed {
        let mut removed = Removed { version_id: Some(version_id.to_owned()), ..Removed::default() };
        let is_current =
            self.objects.get(key).is_some_and(|object| object.version_text() == version_id);
        if is_current {
            removed.size = self.objects.remove(key).map(|object| object.size);
        } else if let Some(past) = self.past.get_mut(key)
            && let Some(at) = past.iter().position(|past| past.version_text() == version_id)
        {
            match past.remove(at) {
                Past::Object(object) => removed.size = Some(object.size),
                Past::DeleteMarker(_) => removed.is_marker = true,
            }
        }
        self.bring_forward(key);
        removed
    }

    /// Moves the current object behind, or drops what the next version without an id replaces.
    fn make_room(&mut self, key: &str, versioning: Versioning) -> Option<u64> {
        let mut gone = None;
        let past = self.past.entry(key.to_owned()).or_default();
        if versioning == Versioning::Suspended {
            past.retain(|past| past.version_text() != NULL);
        }
        if let Some(current) = self.objects.remove(key) {
            if versioning == Versioning::Suspended && current.version_id.is_none() {
                gone = Some(current.size);
            } else {
                past.push(Past::Object(current));
            }
        }
        if past.is_empty() {
            self.past.remove(key);
        }
        gone
    }

    fn bring_forward(&mut self, key: &str) {
        let Some(past) = self.past.get_mut(key) else { return };
        if !self.objects.contains_key(key)
            && let Some(Past::Object(object)) = past.pop_if(|last| matches!(last, Past::Object(_)))
        {
            self.objects.insert(key.to_owned(), object);
        }
        if past.is_empty() {
            self.past.remove(key);
        }
    }
}

/// The id of the next version.
fn next_id(versioning: Versioning) -> Result<Option<String>, Refusal> {
    match versioning {
        Versioning::Suspended => Ok(None),
        Versioning::Enabled => match random_text(60) {
            Ok(text) => Ok(Some(format!("CAEQ{text}"))),
            Err(_) => Err(Refusal::Internal),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::body::Bytes;
    use claviger_model::Acl;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::NULL;
    use crate::content::Content;
    use crate::world::{Bucket, Object, Past, Versioning};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn object(text: &str) -> Object {
        let content = Content::of(Bytes::from(text.to_owned()));
        content.into_object(BTreeMap::new(), Acl::Default, NOW)
    }

    fn bucket(versioning: Option<Versioning>) -> Bucket {
        Bucket { versioning, ..Bucket::new("b", Acl::Private, NOW) }
    }

    fn read(bucket: &Bucket, version_id: Option<&str>) -> Option<Bytes> {
        bucket.version("k", version_id).ok().map(|object| object.content.clone())
    }

    #[test]
    fn a_deletion_hides_and_the_removal_of_its_marker_shows_again() {
        let mut bucket = bucket(Some(Versioning::Enabled));
        bucket.write("k", object("1")).unwrap();
        bucket.write("k", object("2")).unwrap();
        let marker = bucket.remove("k", NOW).unwrap();
        assert!(marker.is_marker && read(&bucket, None).is_none());
        assert_eq!(bucket.every_version().count(), 2);
        let removed = bucket.remove_version("k", &marker.version_id.unwrap());
        assert!(removed.is_marker);
        assert_eq!(read(&bucket, None).unwrap(), "2");
    }

    #[test]
    fn while_suspended_only_the_version_without_an_id_is_replaced() {
        let mut bucket = bucket(None);
        bucket.write("k", object("0")).unwrap();
        bucket.versioning = Some(Versioning::Enabled);
        bucket.write("k", object("1")).unwrap();
        bucket.versioning = Some(Versioning::Suspended);
        bucket.write("k", object("2")).unwrap();
        let texts: Vec<&Bytes> = bucket.every_version().map(|object| &object.content).collect();
        assert_eq!(texts, ["2", "1"]);
        bucket.remove("k", NOW).unwrap();
        assert!(read(&bucket, None).is_none() && read(&bucket, Some(NULL)).is_none());
        assert_eq!(bucket.every_version().count(), 1);
        bucket.remove_version("k", NULL);
        assert_eq!(read(&bucket, None).unwrap(), "1");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write,
        Remove,
        RemoveVersion(usize),
        Enable,
        Suspend,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Write),
            2 => Just(Step::Remove),
            2 => (0..6_usize).prop_map(Step::RemoveVersion),
            1 => Just(Step::Enable),
            1 => Just(Step::Suspend),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_versions_have_one_id_each_and_the_last_one_is_what_is_read(
            steps in prop::collection::vec(step(), 0..40),
        ) {
            let mut bucket = bucket(None);
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Write => {
                        bucket.write("k", object(&number.to_string())).unwrap();
                        prop_assert_eq!(read(&bucket, None).unwrap(), number.to_string());
                    }
                    Step::Remove => {
                        bucket.remove("k", NOW).unwrap();
                        prop_assert!(read(&bucket, None).is_none());
                    }
                    Step::RemoveVersion(at) => {
                        let ids = ids(&bucket);
                        if let Some(id) = ids.get(at) {
                            bucket.remove_version("k", id);
                            prop_assert!(read(&bucket, Some(id)).is_none());
                            prop_assert_eq!(self::ids(&bucket).len(), ids.len() - 1);
                        }
                    }
                    Step::Enable => bucket.versioning = Some(Versioning::Enabled),
                    Step::Suspend => bucket.versioning = Some(Versioning::Suspended),
                }
                let mut ids = ids(&bucket);
                ids.sort();
                let count = ids.len();
                ids.dedup();
                prop_assert_eq!(ids.len(), count);
                let past = bucket.past.get("k");
                prop_assert!(past.is_none_or(|past| !past.is_empty()));
                if !bucket.objects.contains_key("k") {
                    let last = past.and_then(|past| past.last());
                    prop_assert!(last.is_none_or(|last| matches!(last, Past::DeleteMarker(_))));
                }
            }
        }
    }

    fn ids(bucket: &Bucket) -> Vec<String> {
        let current = bucket.objects.get("k").map(|object| object.version_text().to_owned());
        let past = bucket.past.get("k").into_iter().flatten();
        current.into_iter().chain(past.map(|past| past.version_text().to_owned())).collect()
    }
}
