//! The hourly access log of a bucket.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;

use super::Aliyun;
use crate::cloud::{LogStart, LogStore, Logs, PulledLogs, Trail, TrailPage};
use crate::rest::Request;
use crate::wire::escaped;
use crate::{BucketRef, CloudError, LogTarget};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    logging_enabled: Option<Enabled>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Enabled {
    target_bucket: String,
    #[serde(default)]
    target_prefix: String,
}

#[async_trait]
impl Logs for Aliyun {
    async fn bucket_logging(&self, bucket: &BucketRef) -> Result<Option<LogTarget>, CloudError> {
        const CALL: &str = "oss:GetBucketLogging";
        let request = Request::bucket(CALL, "GET", bucket).query("logging", "");
        let status: Status = self.oss(request).await?.xml(CALL)?;
        Ok(status.logging_enabled.map(|enabled| LogTarget {
            bucket: enabled.target_bucket,
            prefix: enabled.target_prefix,
        }))
    }

    async fn log_shards(&self, store: &LogStore) -> Result<Vec<u32>, CloudError> {
        self.shards(store).await
    }

    async fn log_cursor(
        &self,
        store: &LogStore,
        shard: u32,
        start: LogStart,
    ) -> Result<String, CloudError> {
        self.cursor(store, shard, start).await
    }

    async fn pull_logs(
        &self,
        store: &LogStore,
        shard: u32,
        cursor: &str,
    ) -> Result<PulledLogs, CloudError> {
        self.pull(store, shard, cursor).await
    }

    fn trail_regions(&self) -> Vec<String> {
        vec![self.region.clone()]
    }

    async fn lookup_events(
        &self,
        trail: &Trail,
        between: (Timestamp, Timestamp),
        next: Option<&str>,
    ) -> Result<TrailPage, CloudError> {
        self.trail(trail, between, next).await
    }

    async fn set_bucket_logging(
        &self,
        bucket: &BucketRef,
        target: Option<&LogTarget>,
    ) -> Result<(), CloudError> {
        let Some(target) = target else {
            let request = Request::bucket("oss:DeleteBucketLogging", "DELETE", bucket);
            return self.oss(request.query("logging", "")).await.map(drop);
        };
        let body = format!(
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{}</TargetBucket>\
             <TargetPrefix>{}</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
            escaped(&target.bucket),
            escaped(&target.prefix),
        );
        let request = Request::bucket("oss:PutBucketLogging", "PUT", bucket)
            .query("logging", "")
            .body("application/xml", body.into_bytes());
        self.oss(request).await.map(drop)
    }
}
