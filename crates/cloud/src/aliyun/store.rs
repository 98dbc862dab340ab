//! Objects and their versions of OSS: what it says otherwise than other stores.

use async_trait::async_trait;
use claviger_model::Acl;

use super::Aliyun;
use super::buckets::AclAnswer;
use crate::CloudError;
use crate::rest::{Calls, Names, Request, Store};
use crate::wire::Answer;

#[async_trait]
impl Store for Aliyun {
    const CALLS: Calls = Calls {
        list: "oss:ListObjectsV2",
        head: "oss:HeadObject",
        get: "oss:GetObject",
        put: "oss:PutObject",
        delete: "oss:DeleteObject",
        acl: "oss:GetObjectAcl",
        list_versions: "oss:ListObjectVersions",
        get_version: "oss:GetObjectVersion",
        delete_version: "oss:DeleteObjectVersion",
    };
    const NAMES: Names = Names::Percent;
    /// Without it OSS answers a range behind the end with the whole object.
    const RANGE_ONLY: Option<(&'static str, &'static str)> =
        Some(("x-oss-range-behavior", "standard"));

    async fn call(&self, request: Request<'_>) -> Result<Answer, CloudError> {
        self.oss(request).await
    }

    fn acl_header(acl: Acl) -> (&'static str, &'static str) {
        ("x-oss-object-acl", acl.as_str())
    }

    fn acl_of(&self, answer: &Answer, call: &'static str) -> Result<Acl, CloudError> {
        Ok(answer.xml::<AclAnswer>(call)?.acl())
    }
}
