//! Deletes an object: the versions that the plan names, for good. What the plan does not name stays.

use claviger_model::BucketPlace;

use super::{Ground, Proof, StepError, bucket_of};

/// Deletes the versions, or the object where its bucket keeps none, and asks for them.
pub(super) async fn apply(
    ground: &Ground<'_>,
    bucket: &BucketPlace,
    object: &str,
    versions: &[String],
) -> Result<Proof, StepError> {
    let bucket = bucket_of(bucket);
    if versions.is_empty() {
        ground.cloud.delete_object(&bucket, object).await?;
        return match ground.cloud.head_object(&bucket, object).await? {
            None => Ok(Proof::of("HeadObject answered 404".to_owned())),
            Some(_) => Err(StepError::NotProved {
                expected: format!("{object} is gone"),
                answer: "that it is there".to_owned(),
            }),
        };
    }
    for version in versions {
        ground.cloud.delete_version(&bucket, object, version).await?;
    }
    let left = ground.cloud.object_versions(&bucket, object).await?;
    let there = left.iter().filter(|one| versions.contains(&one.id)).count();
    if there == 0 {
        return Ok(Proof::of(format!(
            "ListObjectVersions names none of the {} deleted",
            versions.len()
        )));
    }
    Err(StepError::NotProved {
        expected: format!("{} versions of {object} are gone", versions.len()),
        answer: format!("that {there} of them are there"),
    })
}
