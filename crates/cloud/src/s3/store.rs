//! Objects and their versions of S3: what it says otherwise than other stores.

use async_trait::async_trait;
use claviger_model::{Acl, Provider};

use super::grants::{AclAnswer, canned};
use super::{Accounts, S3};
use crate::CloudError;
use crate::rest::{Calls, Names, Request, Store};
use crate::wire::Answer;

#[async_trait]
impl<A: Accounts> Store for S3<A> {
    const CALLS: Calls = Calls {
        list: "s3:ListObjectsV2",
        head: "s3:HeadObject",
        get: "s3:GetObject",
        put: "s3:PutObject",
        delete: "s3:DeleteObject",
        acl: "s3:GetObjectAcl",
        list_versions: "s3:ListObjectVersions",
        get_version: "s3:GetObjectVersion",
        delete_version: "s3:DeleteObjectVersion",
    };
    const NAMES: Names = Names::Form;
    const RANGE_ONLY: Option<(&'static str, &'static str)> = None;

    /// Stores that only speak S3 take any class, and read what it names at once.
    fn class_counts(&self) -> bool {
        self.provider == Provider::Aws
    }

    /// Nor are they known to take this.
    fn list_header(&self) -> Option<(&'static str, &'static str)> {
        let taken = self.provider == Provider::Aws;
        taken.then_some(("x-amz-optional-object-attributes", "RestoreStatus"))
    }

    async fn call(&self, request: Request<'_>) -> Result<Answer, CloudError> {
        self.s3(request).await
    }

    fn acl_header(acl: Acl) -> (&'static str, &'static str) {
        ("x-amz-acl", canned(acl))
    }

    fn acl_of(&self, answer: &Answer, call: &'static str) -> Result<Acl, CloudError> {
        Ok(answer.xml::<AclAnswer>(call)?.acl(self.provider))
    }
}
