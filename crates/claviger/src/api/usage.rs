//! How the use of a key looks to a machine: buckets, objects and sources.

use claviger_model::{BucketUsage, KeyUsage, ObjectUsage, SourceUsage};
use serde::Serialize;
use utoipa::ToSchema;

/// What was done with the key since the leak.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageView {
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    /// Whether the history holds more than was read for this answer.
    partial: bool,
    /// Most sensitive first, then by bytes.
    buckets: Vec<BucketView>,
    /// Busiest first.
    sources: Vec<SourceView>,
}

/// What was done in one bucket.
#[derive(Serialize, ToSchema)]
struct BucketView {
    bucket: String,
    sensitivity: String,
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: String,
    last_at: String,
    files: Vec<FileView>,
}

/// What was done with one object.
#[derive(Serialize, ToSchema)]
struct FileView {
    object: String,
    sensitivity: String,
    acl: Option<String>,
    operations: Vec<OperationView>,
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: String,
    last_at: String,
}

/// How often one operation was asked for.
#[derive(Serialize, ToSchema)]
struct OperationView {
    operation: String,
    count: u64,
}

/// What came from one address.
#[derive(Serialize, ToSchema)]
struct SourceView {
    source_ip: String,
    user_agents: Vec<String>,
    /// Whether it used the key before the leak.
    before_leak: bool,
    allowed: u64,
    denied: u64,
    bytes_out: u64,
    first_at: String,
    last_at: String,
}

impl From<KeyUsage> for UsageView {
    fn from(usage: KeyUsage) -> Self {
        Self {
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            partial: usage.partial,
            buckets: usage.buckets.into_iter().map(BucketView::from).collect(),
            sources: usage.sources.into_iter().map(SourceView::from).collect(),
        }
    }
}

impl From<BucketUsage> for BucketView {
    fn from(usage: BucketUsage) -> Self {
        Self {
            bucket: usage.bucket,
            sensitivity: usage.sensitivity.to_string(),
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            first_at: usage.first_at.to_string(),
            last_at: usage.last_at.to_string(),
            files: usage.objects.into_iter().map(FileView::from).collect(),
        }
    }
}

impl From<ObjectUsage> for FileView {
    fn from(usage: ObjectUsage) -> Self {
        Self {
            object: usage.object,
            sensitivity: usage.sensitivity.to_string(),
            acl: usage.acl,
            operations: usage
                .operations
                .into_iter()
                .map(|(operation, count)| OperationView { operation, count })
                .collect(),
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            first_at: usage.first_at.to_string(),
            last_at: usage.last_at.to_string(),
        }
    }
}

impl From<SourceUsage> for SourceView {
    fn from(usage: SourceUsage) -> Self {
        Self {
            source_ip: usage.source_ip,
            user_agents: usage.user_agents,
            before_leak: usage.before_leak,
            allowed: usage.allowed,
            denied: usage.denied,
            bytes_out: usage.bytes_out,
            first_at: usage.first_at.to_string(),
            last_at: usage.last_at.to_string(),
        }
    }
}
