//! What came of a walk: how much it asked, what was refused, and of a comparison what had not been read.

use claviger_cloud::{CloudError, ObjectInfo};
use jiff::Timestamp;

use super::walk::Brought;
use crate::job::audit_log::{LogAudit, YOUNG};

/// What came of a walk.
#[derive(Default)]
pub(super) struct Went {
    /// Listings that it took.
    pub(super) calls: u32,
    /// Files that were refused, and what was answered to the first.
    pub(super) refused: usize,
    pub(super) why: Option<CloudError>,
    /// Of a comparison.
    pub(super) audit: Option<Compared>,
}

/// What a comparison found.
pub(super) struct Compared {
    pub(super) audit: LogAudit,
    /// What was written before it was there for the sweep.
    pub(super) swept_at: Timestamp,
    pub(super) oldest: Option<Timestamp>,
}

/// Whether others may be read where one is answered so.
pub(super) fn is_about_file(error: &CloudError) -> bool {
    matches!(error, CloudError::Denied(_) | CloudError::Refused(_))
}

impl Compared {
    /// Takes in what is there of a page, and what of it had not been read.
    pub(super) fn note(&mut self, brought: &Brought, unread: &[ObjectInfo]) {
        self.audit.listed += brought.files.len() as u64;
        self.audit.skipped += brought.skipped;
        // A file that came shortly before a sweep may not have been listed by it.
        let was_there = |file: &&ObjectInfo| file.last_modified < self.swept_at - YOUNG;
        for file in unread.iter().filter(was_there) {
            self.audit.missed += 1;
            let oldest = self.oldest.unwrap_or(file.last_modified);
            self.oldest = Some(oldest.min(file.last_modified));
        }
    }
}
