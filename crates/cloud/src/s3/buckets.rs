//! Buckets of S3.

use async_trait::async_trait;
use claviger_model::{Acl, Provider, PublicAccessBlock};
use futures_util::future::try_join3;
use jiff::Timestamp;
use serde::Deserialize;

use super::grants::AclAnswer;
use super::{Accounts, S3};
use crate::cloud::{Buckets, Logs};
use crate::rest::Request;
use crate::wire::optional;
use crate::{Bucket, BucketDetails, BucketRef, CloudError};

/// Pages of 1,000 buckets: a bound against a service that never ends.
const PAGES_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    buckets: Option<Listed>,
    continuation_token: Option<String>,
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
    creation_date: Option<Timestamp>,
    bucket_region: Option<String>,
}

/// The four halves of a block; only together they close a bucket.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Block {
    block_public_acls: Option<bool>,
    ignore_public_acls: Option<bool>,
    block_public_policy: Option<bool>,
    restrict_public_buckets: Option<bool>,
}

impl Block {
    /// `None` when the answer is about something else: some stores answer so to what they lack.
    pub(super) fn halves(&self) -> Option<PublicAccessBlock> {
        let halves = [
            self.block_public_acls,
            self.ignore_public_acls,
            self.block_public_policy,
            self.restrict_public_buckets,
        ];
        let is = |number: usize| halves[number] == Some(true);
        halves.iter().any(Option::is_some).then(|| PublicAccessBlock {
            block_public_acls: is(0),
            ignore_public_acls: is(1),
            block_public_policy: is(2),
            restrict_public_buckets: is(3),
        })
    }

    /// Whether all four are closed.
    fn is_closed(&self) -> Option<bool> {
        self.halves().map(|halves| halves == PublicAccessBlock::all(true))
    }
}

/// A block as S3 and S3 Control take it, each in its own name space.
pub(super) fn block_document(namespace: &str, block: PublicAccessBlock) -> Vec<u8> {
    let halves: String = [
        ("BlockPublicAcls", block.block_public_acls),
        ("IgnorePublicAcls", block.ignore_public_acls),
        ("BlockPublicPolicy", block.block_public_policy),
        ("RestrictPublicBuckets", block.restrict_public_buckets),
    ]
    .iter()
    .map(|(name, closed)| format!("<{name}>{closed}</{name}>"))
    .collect();
    let name = "PublicAccessBlockConfiguration";
    format!("<{name} xmlns=\"{namespace}\">{halves}</{name}>").into_bytes()
}

impl<A: Accounts> S3<A> {
    async fn bucket_acl(&self, bucket: &BucketRef) -> Result<Option<Acl>, CloudError> {
        const CALL: &str = "s3:GetBucketAcl";
        let request = Request::bucket(CALL, "GET", bucket).query("acl", "");
        let Some(answer) = optional(self.s3(request).await)? else { return Ok(None) };
        Ok(Some(answer.xml::<AclAnswer>(CALL)?.acl(self.provider)))
    }

    async fn public_access_blocked(&self, bucket: &BucketRef) -> Result<Option<bool>, CloudError> {
        const CALL: &str = "s3:GetPublicAccessBlock";
        let request = Request::bucket(CALL, "GET", bucket).query("publicAccessBlock", "");
        let answer = match self.s3(request).await {
            Err(error) if error.has_code("NoSuchPublicAccessBlock") => return Ok(Some(false)),
            answer => optional(answer)?,
        };
        match answer {
            Some(answer) => Ok(answer.xml::<Block>(CALL)?.is_closed()),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl<A: Accounts> Buckets for S3<A> {
    async fn list_buckets(&self) -> Result<Vec<Bucket>, CloudError> {
        const CALL: &str = "s3:ListBuckets";
        let mut buckets = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut request = Request::service(CALL, "GET");
            // AWS names each bucket's region only where it is asked for pages; other stores are not
            // asked for what they may not know.
            if self.provider == Provider::Aws {
                request = request.query("max-buckets", "1000");
            }
            if let Some(token) = &token {
                request = request.query("continuation-token", token);
            }
            let page: Listing = self.s3(request).await?.xml(CALL)?;
            let listed = page.buckets.map(|listed| listed.bucket).unwrap_or_default();
            buckets.extend(listed.into_iter().map(|bucket| Bucket {
                name: bucket.name,
                region: bucket.bucket_region.unwrap_or_else(|| self.region.clone()),
                endpoint: None,
                created_at: bucket.creation_date,
            }));
            match page.continuation_token.filter(|token| !token.is_empty()) {
                Some(next) => token = Some(next),
                None => return Ok(buckets),
            }
        }
        Err(CloudError::Malformed { call: CALL, why: "the listing does not end".to_owned() })
    }

    async fn bucket_details(&self, bucket: &BucketRef) -> Result<BucketDetails, CloudError> {
        let (acl, public_access_blocked, log_target) =
            try_join3(self.bucket_acl(bucket), self.public_access_blocked(bucket), async {
                Ok(optional(self.bucket_logging(bucket).await)?.flatten())
            })
            .await?;
        Ok(BucketDetails {
            acl,
            public_access_blocked,
            log_target,
            object_count: None,
            bytes: None,
        })
    }

    async fn create_bucket(&self, bucket: &BucketRef) -> Result<(), CloudError> {
        let request = Request::bucket("s3:CreateBucket", "PUT", bucket);
        let region = if bucket.region.is_empty() { &self.region } else { &bucket.region };
        // The first region of AWS must not be named, every other must.
        let request = match self.provider == Provider::Aws && region != super::REGION_DEFAULT {
            true => request.body(
                "application/xml",
                format!(
                    "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                     <LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
                    crate::wire::escaped(region)
                )
                .into_bytes(),
            ),
            false => request,
        };
        self.s3(request).await.map(drop)
    }
}
