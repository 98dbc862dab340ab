//! Lists and blocks of OSS: a list is one word, a block one switch.

use async_trait::async_trait;
use claviger_model::{Acl, PublicAccessBlock};

use super::Aliyun;
use super::buckets::{AclAnswer, Block};
use crate::cloud::{Exposure, Listed};
use crate::rest::Request;
use crate::{BucketRef, CloudError};

#[async_trait]
impl Exposure for Aliyun {
    async fn acl_document(&self, of: Listed<'_>) -> Result<String, CloudError> {
        Ok(self.acl(of).await?.as_str().to_owned())
    }

    async fn restore_acl(&self, of: Listed<'_>, document: &str) -> Result<(), CloudError> {
        let acl = document.parse().map_err(|error: claviger_model::UnknownAcl| {
            CloudError::Malformed { call: "oss:GetBucketAcl", why: error.to_string() }
        })?;
        self.set_acl(of, acl).await
    }

    async fn set_acl(&self, of: Listed<'_>, acl: Acl) -> Result<(), CloudError> {
        let request = match of.object {
            Some(name) => Request::object("oss:PutObjectAcl", "PUT", of.bucket, name)
                .header("x-oss-object-acl", acl.as_str()),
            None => Request::bucket("oss:PutBucketAcl", "PUT", of.bucket)
                .header("x-oss-acl", acl.as_str()),
        };
        self.oss(request.query("acl", "")).await.map(drop)
    }

    async fn acl(&self, of: Listed<'_>) -> Result<Acl, CloudError> {
        let (call, request) = match of.object {
            Some(name) => {
                const CALL: &str = "oss:GetObjectAcl";
                (CALL, Request::object(CALL, "GET", of.bucket, name))
            }
            None => {
                const CALL: &str = "oss:GetBucketAcl";
                (CALL, Request::bucket(CALL, "GET", of.bucket))
            }
        };
        Ok(self.oss(request.query("acl", "")).await?.xml::<AclAnswer>(call)?.acl())
    }

    async fn public_access_block(
        &self,
        bucket: Option<&BucketRef>,
    ) -> Result<Option<PublicAccessBlock>, CloudError> {
        let (call, request) = match bucket {
            Some(bucket) => {
                const CALL: &str = "oss:GetBucketPublicAccessBlock";
                (CALL, Request::bucket(CALL, "GET", bucket))
            }
            None => {
                const CALL: &str = "oss:GetPublicAccessBlock";
                (CALL, Request::service(CALL, "GET"))
            }
        };
        let answer = match self.oss(request.query("publicAccessBlock", "")).await {
            Err(error) if error.has_code("NoSuchPublicAccessBlock") => return Ok(None),
            answer => answer?,
        };
        Ok(answer.xml::<Block>(call)?.is_closed().map(PublicAccessBlock::all))
    }

    async fn set_public_access_block(
        &self,
        bucket: Option<&BucketRef>,
        block: Option<PublicAccessBlock>,
    ) -> Result<(), CloudError> {
        let method = if block.is_some() { "PUT" } else { "DELETE" };
        let request = match bucket {
            Some(bucket) => Request::bucket("oss:PutBucketPublicAccessBlock", method, bucket),
            None => Request::service("oss:PutPublicAccessBlock", method),
        };
        let request = request.query("publicAccessBlock", "");
        let request = match block {
            Some(block) => {
                let blocked = block == PublicAccessBlock::all(true);
                let body = format!(
                    "<PublicAccessBlockConfiguration><BlockPublicAccess>{blocked}</BlockPublicAccess>\
                     </PublicAccessBlockConfiguration>"
                );
                request.body("application/xml", body.into_bytes())
            }
            None => request,
        };
        self.oss(request).await.map(drop)
    }

    async fn bucket_policy(&self, bucket: &BucketRef) -> Result<Option<String>, CloudError> {
        let request = Request::bucket("oss:GetBucketPolicy", "GET", bucket).query("policy", "");
        match self.oss(request).await {
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
            Some(document) => Request::bucket("oss:PutBucketPolicy", "PUT", bucket)
                .body("application/json", document.as_bytes().to_vec()),
            None => Request::bucket("oss:DeleteBucketPolicy", "DELETE", bucket),
        };
        self.oss(request.query("policy", "")).await.map(drop)
    }
}
