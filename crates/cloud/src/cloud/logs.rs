//! Where a bucket's access log goes.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::{BucketRef, Provided, lacks};
use crate::CloudError;

/// Bucket and name prefix that log files are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTarget {
    /// Bucket; of the same region and owner.
    pub bucket: String,
    /// What the names of its log files begin with; may be empty.
    pub prefix: String,
}

/// A logstore of a log service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStore {
    /// Endpoint of the service; `None`: the provider's own of the region.
    pub endpoint: Option<String>,
    /// The project.
    pub project: String,
    /// The logstore.
    pub logstore: String,
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStart {
    /// At the oldest record that is kept.
    Begin,
    /// At the records that arrived at this time.
    At(Timestamp),
}

/// Records of one shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledLogs {
    /// The records, a line of JSON each.
    pub lines: Vec<u8>,
    /// The cursor behind them; the one that was asked for where there are no more yet.
    pub next: String,
}

/// Where an account tells what was done with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// Endpoint of the service; `None`: the provider's own of the region.
    pub endpoint: Option<String>,
    /// The region that it tells of; `None`: the connection's own.
    pub region: Option<String>,
}

/// Events of a trail.
#[derive(Debug, Clone, PartialEq)]
pub struct TrailPage {
    /// The events in the order of the service: `ActionTrail`'s oldest first, `CloudTrail`'s newest first. One that
    /// could not be understood is a text.
    pub events: Vec<Value>,
    /// Names the next page.
    pub next: Option<String>,
}

/// Access logs. Every method fails with what the provider refused, or `NotSupported`.
#[async_trait]
pub trait Logs: Provided {
    /// Where a bucket's access log goes; `None` where it is off.
    async fn bucket_logging(&self, _bucket: &BucketRef) -> Result<Option<LogTarget>, CloudError> {
        lacks(self, "read a bucket's logging")
    }

    /// Turns the access log on, or off with `None`.
    async fn set_bucket_logging(
        &self,
        _bucket: &BucketRef,
        _target: Option<&LogTarget>,
    ) -> Result<(), CloudError> {
        lacks(self, "change a bucket's logging")
    }

    /// The shards of a logstore.
    async fn log_shards(&self, _store: &LogStore) -> Result<Vec<u32>, CloudError> {
        lacks(self, "list the shards of a logstore")
    }

    /// The cursor at which reading of a shard begins.
    async fn log_cursor(
        &self,
        _store: &LogStore,
        _shard: u32,
        _start: LogStart,
    ) -> Result<String, CloudError> {
        lacks(self, "read a logstore")
    }

    /// The records behind a cursor.
    async fn pull_logs(
        &self,
        _store: &LogStore,
        _shard: u32,
        _cursor: &str,
    ) -> Result<PulledLogs, CloudError> {
        lacks(self, "read a logstore")
    }

    /// The regions whose trails tell together what was done with the account: the connection's own, and the one
    /// of services that have none.
    fn trail_regions(&self) -> Vec<String> {
        Vec::new()
    }

    /// What was done with the account within a stretch of time, both ends included, page by page. A page is asked
    /// for with the stretch of the first one.
    async fn lookup_events(
        &self,
        _trail: &Trail,
        _between: (Timestamp, Timestamp),
        _next: Option<&str>,
    ) -> Result<TrailPage, CloudError> {
        lacks(self, "look up events")
    }
}
