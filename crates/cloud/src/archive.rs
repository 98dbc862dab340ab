//! Which objects lie in an archive, by what stores say of their storage class and their restoration (OSS
//! documentation, "RestoreObject"; AWS documentation, "Working with archived objects").

use claviger_model::Availability;

/// Storage classes whose objects are restored before they are read.
const ARCHIVES: [&str; 5] =
    ["Archive", "ColdArchive", "DeepColdArchive", "GLACIER", "DEEP_ARCHIVE"];

/// The class of S3 that moves objects into archives by itself: a listing does not say which.
const INTELLIGENT: &str = "INTELLIGENT_TIERING";

/// Whether objects of a class are restored before they are read.
pub(crate) fn is_archive(class: Option<&str>) -> bool {
    class.is_some_and(|class| ARCHIVES.contains(&class))
}

/// What a class and how a restoration stands say, `ongoing-request="…"`, of an object in a listing.
pub(crate) fn listed(class: Option<&str>, restoration: Option<&str>) -> Availability {
    match restoration {
        Some(text) if text.contains("ongoing-request=\"true\"") => Availability::Restoring,
        Some(text) if text.contains("ongoing-request=\"false\"") => Availability::AtOnce,
        _ if is_archive(class) => Availability::Archived,
        _ if class == Some(INTELLIGENT) => Availability::Untold,
        _ => Availability::AtOnce,
    }
}

/// The same of a look at an object, which also says into which archive S3 moved it by itself.
pub(crate) fn looked_at(
    class: Option<&str>,
    restoration: Option<&str>,
    moved_into: Option<&str>,
) -> Availability {
    match (listed(class, restoration), moved_into) {
        (Availability::AtOnce | Availability::Untold, Some(_)) if restoration.is_none() => {
            Availability::Archived
        }
        (Availability::Untold, _) => Availability::AtOnce,
        (told, _) => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_an_archive_is_read_once_it_is_restored() {
        let check = |class, restoration, moved_into, in_listing, looked| {
            assert_eq!(listed(class, restoration), in_listing, "{class:?} {restoration:?}");
            assert_eq!(looked_at(class, restoration, moved_into), looked, "{class:?}");
        };
        let (going_on, over) = (
            Some("ongoing-request=\"true\""),
            Some("ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\""),
        );
        use Availability::{Archived, AtOnce, Restoring, Untold};
        for class in ARCHIVES.map(Some) {
            check(class, None, None, Archived, Archived);
            check(class, going_on, None, Restoring, Restoring);
            check(class, over, None, AtOnce, AtOnce);
        }
        for class in [None, Some("Standard"), Some("STANDARD_IA"), Some("GLACIER_IR")] {
            check(class, None, None, AtOnce, AtOnce);
        }
        let moved_into = Some("DEEP_ARCHIVE_ACCESS");
        check(Some(INTELLIGENT), None, moved_into, Untold, Archived);
        check(Some(INTELLIGENT), going_on, moved_into, Restoring, Restoring);
        check(Some(INTELLIGENT), None, None, Untold, AtOnce);
    }
}
