//! Lists and blocks of S3: a list is a document of grants, a block has four halves.

use async_trait::async_trait;
use claviger_model::{Acl, PublicAccessBlock};

use super::buckets::{Block, block_document};
use super::grants::{AclAnswer, canned};
use super::{Accounts, S3};
use crate::cloud::{Exposure, Listed};
use crate::rest::Request;
use crate::{BucketRef, CloudError};

const GET_BLOCK: &str = "s3:GetPublicAccessBlock";

/// A call about a list.
fn about<'a>(of: Listed<'a>, calls: [&'static str; 2], method: &'static str) -> Request<'a> {
    let request = match of.object {
        Some(name) => Request::object(calls[0], method, of.bucket, name),
        None => Request::bucket(calls[1], method, of.bucket),
    };
    request.query("acl", "")
}

const GET: [&str; 2] = ["s3:GetObjectAcl", "s3:GetBucketAcl"];
const PUT: [&str; 2] = ["s3:PutObjectAcl", "s3:PutBucketAcl"];

#[async_trait]
impl<A: Accounts> Exposure for S3<A> {
    async fn acl_document(&self, of: Listed<'_>) -> Result<String, CloudError> {
        let answer = self.s3(about(of, GET, "GET")).await?;
        String::from_utf8(answer.body)
            .map_err(|error| CloudError::Malformed { call: GET[1], why: error.to_string() })
    }

    async fn restore_acl(&self, of: Listed<'_>, document: &str) -> Result<(), CloudError> {
        let read = quick_xml::de::from_str::<AclAnswer>(document).ok();
        if let Some(acl) = read.and_then(|list| list.ready_made()) {
            // Many stores know the ready-made lists alone.
            return self.set_acl(of, acl).await;
        }
        let request = about(of, PUT, "PUT").body("application/xml", document.as_bytes().to_vec());
        self.s3(request).await.map(drop)
    }

    async fn set_acl(&self, of: Listed<'_>, acl: Acl) -> Result<(), CloudError> {
        self.s3(about(of, PUT, "PUT").header("x-amz-acl", canned(acl))).await.map(drop)
    }

    async fn acl(&self, of: Listed<'_>) -> Result<Acl, CloudError> {
        let answer = self.s3(about(of, GET, "GET")).await?;
        Ok(answer.xml::<AclAnswer>(GET[1])?.acl(self.provider))
    }

    async fn public_access_block(
        &self,
        bucket: Option<&BucketRef>,
    ) -> Result<Option<PublicAccessBlock>, CloudError> {
        let Some(bucket) = bucket else { return self.account_block().await };
        let request = Request::bucket(GET_BLOCK, "GET", bucket).query("publicAccessBlock", "");
        match self.s3(request).await {
            Err(error) if error.has_code("NoSuchPublicAccessBlock") => Ok(None),
            answer => Ok(answer?.xml::<Block>(GET_BLOCK)?.halves()),
        }
    }

    async fn set_public_access_block(
        &self,
        bucket: Option<&BucketRef>,
        block: Option<PublicAccessBlock>,
    ) -> Result<(), CloudError> {
        let Some(bucket) = bucket else { return self.set_account_block(block).await };
        let Some(block) = block else {
            let request = Request::bucket("s3:DeletePublicAccessBlock", "DELETE", bucket);
            return self.s3(request.query("publicAccessBlock", "")).await.map(drop);
        };
        let body = block_document("http://s3.amazonaws.com/doc/2006-03-01/", block);
        let request = Request::bucket("s3:PutPublicAccessBlock", "PUT", bucket)
            .query("publicAccessBlock", "")
            .body("application/xml", body);
        self.s3(request).await.map(drop)
    }

    async fn bucket_policy(&self, bucket: &BucketRef) -> Result<Option<String>, CloudError> {
        let request = Request::bucket("s3:GetBucketPolicy", "GET", bucket).query("policy", "");
        match self.s3(request).await {
            Err(error) if error.has_code("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => Ok(Some(String::from_utf8_lossy(&answer.body).into_owned())),
        }
    }

    async fn set_bucket_policy(
        &self,
        bucket: &BucketRef,
        document: Option<&str>,
    ) -> Result<(), CloudError> {
        let request = match document {
            Some(document) => Request::bucket("s3:PutBucketPolicy", "PUT", bucket)
                .body("application/json", document.as_bytes().to_vec()),
            None => Request::bucket("s3:DeleteBucketPolicy", "DELETE", bucket),
        };
        self.s3(request.query("policy", "")).await.map(drop)
    }
}
