//! Changes the access control list of a bucket or an object.

use claviger_cloud::Listed;
use claviger_model::{Acl, BucketPlace, Kept, Provider};

use super::{Ground, Proof, StepError, bucket_of, kept_document};

/// The list that stands, with every grant.
pub(super) async fn before(
    ground: &Ground<'_>,
    bucket: &BucketPlace,
    object: Option<&str>,
) -> Result<Kept, StepError> {
    let bucket = bucket_of(bucket);
    let of = Listed { bucket: &bucket, object };
    Ok(Kept::Document { document: Some(ground.cloud.acl_document(of).await?) })
}

/// Sets a ready-made list and asks for it.
pub(super) async fn apply(
    ground: &Ground<'_>,
    bucket: &BucketPlace,
    object: Option<&str>,
    acl: Acl,
) -> Result<Proof, StepError> {
    let bucket = bucket_of(bucket);
    let of = Listed { bucket: &bucket, object };
    ground.cloud.set_acl(of, acl).await?;
    // S3 has nothing to inherit: what OSS calls `default` is private there.
    let wanted = match (ground.cloud.provider(), acl) {
        (Provider::Aliyun, acl) => acl,
        (_, Acl::Default) => Acl::Private,
        (_, acl) => acl,
    };
    let now = ground.cloud.acl(of).await?;
    if now == wanted {
        return Ok(Proof::of(format!("the provider says that the ACL is {}", now.as_str())));
    }
    Err(StepError::NotProved {
        expected: format!("the ACL is {}", wanted.as_str()),
        answer: now.as_str().to_owned(),
    })
}

/// Puts back the list that stood.
pub(super) async fn undo(
    ground: &Ground<'_>,
    bucket: &BucketPlace,
    object: Option<&str>,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let document = kept_document(kept)?.ok_or_else(super::nothing_kept)?;
    let bucket = bucket_of(bucket);
    let of = Listed { bucket: &bucket, object };
    ground.cloud.restore_acl(of, document).await?;
    let now = ground.cloud.acl_document(of).await?;
    if now == document {
        return Ok(Proof::of("the provider says that the ACL is what it was".to_owned()));
    }
    Err(StepError::NotProved { expected: format!("the ACL is {document}"), answer: now })
}
