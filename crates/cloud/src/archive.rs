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

/// What a store says of an object.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told<'a> {
    /// Its storage class.
    pub(crate) class: Option<&'a str>,
    /// How its restoration stands: `ongoing-request="…"`.
    pub(crate) restoration: Option<&'a str>,
    /// The archive into which S3 moved it by itself, which only a look at it says.
    pub(crate) moved_into: Option<&'a str>,
    /// Whether the class means what its name says: stores that only speak S3 take any, and read it at once.
    pub(crate) class_counts: bool,
}

impl Told<'_> {
    /// What that means in a listing.
    pub(crate) fn in_listing(self) -> Availability {
        match self.restoration {
            Some(text) if text.contains("ongoing-request=\"true\"") => Availability::Restoring,
            Some(text) if text.contains("ongoing-request=\"false\"") => Availability::AtOnce,
            _ if is_archive(self.class) && !self.class_counts => Availability::Untold,
            _ if is_archive(self.class) => Availability::Archived,
            _ if self.class == Some(INTELLIGENT) => Availability::Untold,
            _ => Availability::AtOnce,
        }
    }

    /// What it means of an object that was looked at.
    pub(crate) fn at_a_look(self) -> Availability {
        match self.in_listing() {
            Availability::AtOnce | Availability::Untold
                if self.moved_into.is_some() && self.restoration.is_none() =>
            {
                Availability::Archived
            }
            Availability::Untold if self.class == Some(INTELLIGENT) => Availability::AtOnce,
            told => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_an_archive_is_read_once_it_is_restored() {
        use Availability::{Archived, AtOnce, Restoring, Untold};
        let check = |told: Told<'_>, in_listing, at_a_look| {
            assert_eq!(told.in_listing(), in_listing, "{told:?}");
            assert_eq!(told.at_a_look(), at_a_look, "{told:?}");
        };
        let of = |class| Told { class, class_counts: true, ..Told::default() };
        let going_on = Some("ongoing-request=\"true\"");
        let over = Some("ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\"");
        for class in ARCHIVES.map(Some) {
            check(of(class), Archived, Archived);
            check(Told { restoration: going_on, ..of(class) }, Restoring, Restoring);
            check(Told { restoration: over, ..of(class) }, AtOnce, AtOnce);
            let elsewhere = Told { class_counts: false, ..of(class) };
            check(elsewhere, Untold, Untold);
            check(Told { restoration: over, ..elsewhere }, AtOnce, AtOnce);
        }
        for class in [None, Some("Standard"), Some("STANDARD_IA"), Some("GLACIER_IR")] {
            check(of(class), AtOnce, AtOnce);
        }
        let moved = Told { moved_into: Some("DEEP_ARCHIVE_ACCESS"), ..of(Some(INTELLIGENT)) };
        check(moved, Untold, Archived);
        check(Told { restoration: going_on, ..moved }, Restoring, Restoring);
        check(of(Some(INTELLIGENT)), Untold, AtOnce);
    }
}
