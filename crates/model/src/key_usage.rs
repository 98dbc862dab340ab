//! What was done with a key: the access side of a risk event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Sensitivity;

/// Everything that was done with one key in a stretch of time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct KeyUsage {
    /// Buckets, most sensitive first, then by bytes.
    pub buckets: Vec<BucketUsage>,
    /// Addresses, busiest first.
    pub sources: Vec<SourceUsage>,
    /// Requests carried out.
    pub allowed: u64,
    /// Requests refused.
    pub denied: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// Whether the history holds more than was read for this answer.
    pub partial: bool,
}

/// What was done in one bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BucketUsage {
    /// Bucket.
    pub bucket: String,
    /// How sensitive its content is.
    pub sensitivity: Sensitivity,
    /// Requests carried out.
    pub allowed: u64,
    /// Requests refused.
    pub denied: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// First request.
    pub first_at: Timestamp,
    /// Last request.
    pub last_at: Timestamp,
    /// The objects, most sensitive first, then by bytes.
    pub objects: Vec<ObjectUsage>,
}

/// What was done with one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectUsage {
    /// Object.
    pub object: String,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
    /// Its access control list, as last read.
    pub acl: Option<String>,
    /// Operations with their number, most frequent first.
    pub operations: Vec<(String, u64)>,
    /// Requests carried out.
    pub allowed: u64,
    /// Requests refused.
    pub denied: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// First request.
    pub first_at: Timestamp,
    /// Last request.
    pub last_at: Timestamp,
}

/// What came from one address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceUsage {
    /// Address as the log has it.
    pub source_ip: String,
    /// Clients seen from it.
    pub user_agents: Vec<String>,
    /// Whether it used the key before the leak.
    pub before_leak: bool,
    /// Requests carried out.
    pub allowed: u64,
    /// Requests refused.
    pub denied: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// First request.
    pub first_at: Timestamp,
    /// Last request.
    pub last_at: Timestamp,
}
