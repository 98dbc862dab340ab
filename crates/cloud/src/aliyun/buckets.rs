//! Buckets of OSS.

use async_trait::async_trait;
use claviger_model::Acl;
use futures_util::future::try_join4;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Aliyun, plain_region};
use crate::cloud::{BucketStat, Buckets, Logs};
use crate::rest::Request;
use crate::wire::optional;
use crate::{Bucket, BucketDetails, BucketRef, CloudError};

/// Pages of 1,000 buckets: a bound against a service that never ends.
const PAGES_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    buckets: Option<Listed>,
    #[serde(default)]
    is_truncated: bool,
    next_marker: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    bucket: Vec<ListedBucket>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedBucket {
    name: String,
    location: Option<String>,
    region: Option<String>,
    creation_date: Option<Timestamp>,
    extranet_endpoint: Option<String>,
    intranet_endpoint: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AclAnswer {
    access_control_list: Grants,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Grants {
    grant: Acl,
}

impl AclAnswer {
    pub(super) fn acl(&self) -> Acl {
        self.access_control_list.grant
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Block {
    block_public_access: Option<String>,
}

impl Block {
    /// `None` when the answer is about something else.
    pub(super) fn is_closed(&self) -> Option<bool> {
        self.block_public_access.as_deref().map(|word| word.eq_ignore_ascii_case("true"))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stat {
    storage: Option<u64>,
    object_count: Option<u64>,
}

impl Aliyun {
    /// From inside Alibaba Cloud the inner endpoint is free and open; outside it is neither.
    fn endpoint_of(&self, bucket: &ListedBucket) -> Option<String> {
        match self.store.authority().contains("-internal.") {
            true => bucket.intranet_endpoint.clone(),
            false => bucket.extranet_endpoint.clone(),
        }
    }

    fn listed(&self, bucket: ListedBucket) -> Bucket {
        let region = bucket.region.as_deref().or(bucket.location.as_deref());
        Bucket {
            region: plain_region(region.unwrap_or(&self.region)).to_owned(),
            endpoint: self.endpoint_of(&bucket).filter(|endpoint| !endpoint.is_empty()),
            created_at: bucket.creation_date,
            name: bucket.name,
        }
    }

    async fn bucket_acl(&self, bucket: &BucketRef) -> Result<Option<Acl>, CloudError> {
        const CALL: &str = "oss:GetBucketAcl";
        let request = Request::bucket(CALL, "GET", bucket).query("acl", "");
        let Some(answer) = optional(self.oss(request).await)? else { return Ok(None) };
        Ok(Some(answer.xml::<AclAnswer>(CALL)?.acl()))
    }

    async fn public_access_blocked(&self, bucket: &BucketRef) -> Result<Option<bool>, CloudError> {
        const CALL: &str = "oss:GetBucketPublicAccessBlock";
        let request = Request::bucket(CALL, "GET", bucket).query("publicAccessBlock", "");
        let answer = match self.oss(request).await {
            Err(error) if error.has_code("NoSuchPublicAccessBlock") => return Ok(Some(false)),
            answer => optional(answer)?,
        };
        let Some(answer) = answer else { return Ok(None) };
        Ok(answer.xml::<Block>(CALL)?.is_closed())
    }
}

#[async_trait]
impl Buckets for Aliyun {
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError> {
        const CALL: &str = "oss:ListBuckets";
        let mut buckets = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut request = Request::service(CALL, "GET").query("max-keys", "1000");
            if let Some(marker) = &marker {
                request = request.query("marker", marker);
            }
            let page: Listing = self.oss(request).await?.xml(CALL)?;
            let listed = page.buckets.map(|listed| listed.bucket).unwrap_or_default();
            buckets.extend(listed.into_iter().map(|bucket| self.listed(bucket)));
            match page.next_marker.filter(|next| page.is_truncated && !next.is_empty()) {
                Some(next) => marker = Some(next),
                None => return Ok(buckets),
            }
        }
        Err(CloudError::Malformed { call: CALL, why: "the listing does not end".to_owned() })
    }

    async fn bucket_details(&self, bucket: &BucketRef) -> Result<BucketDetails, CloudError> {
        let (acl, public_access_blocked, log_target, stat) = try_join4(
            self.bucket_acl(bucket),
            self.public_access_blocked(bucket),
            async { Ok(optional(self.bucket_logging(bucket).await)?.flatten()) },
            async { Ok(optional(self.bucket_stat(bucket).await)?.unwrap_or_default()) },
        )
        .await?;
        Ok(BucketDetails {
            acl,
            public_access_blocked,
            log_target,
            object_count: stat.object_count,
            bytes: stat.bytes,
        })
    }

    async fn bucket_stat(&self, bucket: &BucketRef) -> Result<BucketStat, CloudError> {
        const CALL: &str = "oss:GetBucketStat";
        let request = Request::bucket(CALL, "GET", bucket).query("stat", "");
        let stat: Stat = self.oss(request).await?.xml(CALL)?;
        Ok(BucketStat { object_count: stat.object_count, bytes: stat.storage })
    }

    async fn create_bucket(&self, bucket: &BucketRef) -> Result<(), CloudError> {
        let request =
            Request::bucket("oss:PutBucket", "PUT", bucket).header("x-oss-acl", "private");
        self.oss(request).await.map(drop)
    }
}
