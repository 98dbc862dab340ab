//! The server access log of a bucket, and what `CloudTrail` tells of the account.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Accounts, S3};
use crate::cloud::{Logs, Trail, TrailPage};
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
impl<A: Accounts> Logs for S3<A> {
    async fn bucket_logging(&self, bucket: &BucketRef) -> Result<Option<LogTarget>, CloudError> {
        const CALL: &str = "s3:GetBucketLogging";
        let request = Request::bucket(CALL, "GET", bucket).query("logging", "");
        let status: Status = self.s3(request).await?.xml(CALL)?;
        Ok(status.logging_enabled.map(|enabled| LogTarget {
            bucket: enabled.target_bucket,
            prefix: enabled.target_prefix,
        }))
    }

    async fn set_bucket_logging(
        &self,
        bucket: &BucketRef,
        target: Option<&LogTarget>,
    ) -> Result<(), CloudError> {
        let enabled = target.map_or_else(String::new, |target| {
            format!(
                "<LoggingEnabled><TargetBucket>{}</TargetBucket><TargetPrefix>{}</TargetPrefix>\
                 </LoggingEnabled>",
                escaped(&target.bucket),
                escaped(&target.prefix),
            )
        });
        let body = format!(
            "<BucketLoggingStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{enabled}\
             </BucketLoggingStatus>"
        );
        let request = Request::bucket("s3:PutBucketLogging", "PUT", bucket)
            .query("logging", "")
            .body("application/xml", body.into_bytes());
        self.s3(request).await.map(drop)
    }

    fn trail_regions(&self) -> Vec<String> {
        self.regions_of_trail()
    }

    async fn lookup_events(
        &self,
        trail: &Trail,
        between: (Timestamp, Timestamp),
        next: Option<&str>,
    ) -> Result<TrailPage, CloudError> {
        self.trail(trail, between, next).await
    }
}
