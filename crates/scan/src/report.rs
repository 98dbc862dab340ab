//! What a scan hands back.

use claviger_model::{Finding, Unread};

/// Everything one scan found, and everything it could not read.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Findings: by container in the order of the bytes, within one content by their first byte.
    pub findings: Vec<Finding>,
    /// What could not be read, in the order of the bytes.
    pub unread: Vec<Unread>,
    /// Bytes that were fed.
    pub bytes: u64,
}
