//! Blocks public access to a bucket, or to every bucket of the account.

use claviger_model::{BucketPlace, Kept, PublicAccessBlock};

use super::{Ground, Proof, StepError, bucket_of, nothing_kept};

/// The block that stands.
pub(super) async fn before(
    ground: &Ground<'_>,
    bucket: Option<&BucketPlace>,
) -> Result<Kept, StepError> {
    let bucket = bucket.map(bucket_of);
    let block = ground.cloud.public_access_block(bucket.as_ref()).await?;
    Ok(Kept::PublicAccessBlock { block })
}

/// Closes all four halves and asks for them.
pub(super) async fn apply(
    ground: &Ground<'_>,
    bucket: Option<&BucketPlace>,
) -> Result<Proof, StepError> {
    set(ground, bucket, Some(PublicAccessBlock::all(true))).await
}

/// Puts back what stood.
pub(super) async fn undo(
    ground: &Ground<'_>,
    bucket: Option<&BucketPlace>,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    match kept {
        Some(Kept::PublicAccessBlock { block }) => set(ground, bucket, *block).await,
        _ => Err(nothing_kept()),
    }
}

async fn set(
    ground: &Ground<'_>,
    bucket: Option<&BucketPlace>,
    block: Option<PublicAccessBlock>,
) -> Result<Proof, StepError> {
    let bucket = bucket.map(bucket_of);
    ground.cloud.set_public_access_block(bucket.as_ref(), block).await?;
    let now = ground.cloud.public_access_block(bucket.as_ref()).await?;
    // A store may say of a block that is not there that it is open.
    if now.unwrap_or_default() == block.unwrap_or_default() {
        let closed = now == Some(PublicAccessBlock::all(true));
        let said = if closed { "blocked" } else { "as it was" };
        return Ok(Proof::of(format!("the provider says that public access is {said}")));
    }
    Err(StepError::NotProved {
        expected: format!("the block is {block:?}"),
        answer: format!("{now:?}"),
    })
}
