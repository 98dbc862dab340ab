//! What a scan hands back.

use claviger_model::{Finding, Unread};

use crate::Lone;

/// What looked like a finding and is none.
#[derive(Debug, Clone)]
pub struct Suppressed {
    /// What it would have been; its confidence says nothing.
    pub finding: Finding,
    /// Why it is none, in words.
    pub reason: String,
}

/// Everything one scan found, and everything it could not read.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Findings: by container in the order of the bytes, within one content by their first byte.
    pub findings: Vec<Finding>,
    /// False alarms, as far as [`crate::Limits`] keeps them, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// Files that hold nothing but what may be the secret of an id in a neighbouring file.
    pub lone: Vec<Lone>,
    /// What could not be read, in the order of the bytes.
    pub unread: Vec<Unread>,
    /// Bytes that were fed.
    pub bytes: u64,
}
