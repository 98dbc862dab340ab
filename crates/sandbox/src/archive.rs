//! Objects in archives, as OSS and S3 have them alike: read once they are restored, for a while.

use jiff::Timestamp;

use crate::order::Order;
use crate::refusal::Refusal;
use crate::reply::http_time;
use crate::world::{Object, Restoration, StorageClass, World};
use crate::xml::Node;

/// What a restoration was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restored {
    /// It begins.
    Begun,
    /// The object can be read already, and can for longer now.
    Prolonged,
}

/// How an object's restoration stands; `None` where there is none or it is over.
fn standing(object: &Object, now: Timestamp) -> Option<Restoration> {
    object.restoration.filter(|restoration| now < restoration.until)
}

/// Whether it can be read now.
pub(crate) fn is_readable(object: &Object, now: Timestamp) -> bool {
    !object.storage_class.is_archive()
        || standing(object, now).is_some_and(|restoration| !restoration.is_ongoing(now))
}

/// Refuses to read what lies in an archive.
///
/// # Errors
/// It is not restored.
pub(crate) fn check_readable(object: &Object, now: Timestamp) -> Result<(), Refusal> {
    match is_readable(object, now) {
        true => Ok(()),
        false => Err(Refusal::InvalidObjectState { storage_class: object.storage_class }),
    }
}

/// Refuses to copy what lies in an archive.
///
/// # Errors
/// It is not restored.
pub(crate) fn check_source(object: &Object, now: Timestamp) -> Result<(), Refusal> {
    match is_readable(object, now) {
        true => Ok(()),
        false => Err(Refusal::SourceInArchive { storage_class: object.storage_class }),
    }
}

/// How a restoration stands, as headers and listings of OSS and headers of S3 say it.
pub(crate) fn told(object: &Object, now: Timestamp) -> Option<String> {
    let restoration = standing(object, now)?;
    Some(match restoration.is_ongoing(now) {
        true => "ongoing-request=\"true\"".to_owned(),
        false => {
            format!("ongoing-request=\"false\", expiry-date=\"{}\"", http_time(restoration.until))
        }
    })
}

/// Whether it is going on, and until when it can be read.
pub(crate) fn stands(object: &Object, now: Timestamp) -> Option<(bool, Timestamp)> {
    let restoration = standing(object, now)?;
    Some((restoration.is_ongoing(now), restoration.until))
}

/// The days that a request names; `None` where it has no body.
///
/// # Errors
/// The body is no such document, or the days are no number.
pub(crate) fn days(order: &Order<'_>) -> Result<Option<u32>, Refusal> {
    if order.body.is_empty() {
        return Ok(None);
    }
    let root = Node::parse(&order.body).filter(|root| root.name == "RestoreRequest");
    let root = root.ok_or(Refusal::MalformedXml)?;
    let text = root.child_text("Days").ok_or(Refusal::MalformedXml)?;
    let invalid = || Refusal::argument("Days", text, "The days of a restoration are not valid.");
    text.parse().ok().filter(|days| *days > 0).map(Some).ok_or_else(invalid)
}

/// Begins to restore an object, or keeps it restored for longer; `days_max` are the most that its class takes.
///
/// # Errors
/// It lies in no archive, is being restored, or the days are too many.
pub(crate) fn restore(
    world: &mut World,
    order: &Order<'_>,
    days: u32,
    days_max: impl Fn(StorageClass) -> u32,
) -> Result<Restored, Refusal> {
    let (now, pace) = (order.now(), world.restore_pace);
    let bucket = world.bucket_mut(order.bucket())?;
    let object = bucket.version_mut(order.key(), order.version_id())?;
    let storage_class = object.storage_class;
    if !storage_class.is_archive() {
        return Err(Refusal::NotArchived { storage_class });
    }
    if days > days_max(storage_class) {
        let message = "The days of a restoration are not valid.";
        return Err(Refusal::argument("Days", &days.to_string(), message));
    }
    match standing(object, now) {
        Some(restoration) if restoration.is_ongoing(now) => Err(Refusal::RestoreAlreadyInProgress),
        Some(restoration) => {
            object.restoration = Some(restoration.prolonged(now, days, pace));
            Ok(Restored::Prolonged)
        }
        None => {
            object.restoration = Some(Restoration::begun(now, days, pace));
            Ok(Restored::Begun)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use axum::body::Bytes;
    use claviger_model::Acl;
    use jiff::{SignedDuration, Timestamp};

    use super::{is_readable, told};
    use crate::content::Content;
    use crate::world::{Restoration, RestorePace, StorageClass};

    #[test]
    fn an_archived_object_is_read_from_when_it_is_restored_until_that_is_over() {
        let begun: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let at = |seconds: i64| begun + SignedDuration::from_secs(seconds);
        let content = Content::of(Bytes::from_static(b"made up"));
        let mut object = content.into_object(BTreeMap::new(), Acl::Default, begun);
        assert!(is_readable(&object, begun));
        object.storage_class = StorageClass::Archive;
        assert!(!is_readable(&object, begun));
        let pace = RestorePace { delay: Duration::from_secs(10), day: Duration::from_secs(100) };
        object.restoration = Some(Restoration::begun(begun, 2, pace));
        assert!(!is_readable(&object, at(9)));
        assert_eq!(told(&object, at(9)).unwrap(), "ongoing-request=\"true\"");
        assert!(is_readable(&object, at(10)) && is_readable(&object, at(209)));
        assert_eq!(
            told(&object, at(10)).unwrap(),
            "ongoing-request=\"false\", expiry-date=\"Fri, 02 Jan 2026 03:07:35 GMT\""
        );
        assert!(!is_readable(&object, at(210)));
        assert_eq!(told(&object, at(210)), None);
    }
}
