//! Gives every pair of a user to the provider's secret manager.

use claviger_model::{GivenPair, Kept, PlanId, Secret};
use serde::{Deserialize, Serialize};

use super::{Ground, Proof, StepError};
use crate::{Service, ServiceError};

/// A pair inside the seal.
#[derive(Serialize, Deserialize)]
struct Pair {
    access_key_id: claviger_model::AccessKeyId,
    secret: String,
}

/// Seals the pairs for as long as a plan waits to be confirmed.
pub(crate) fn seal_pairs(
    service: &Service,
    plan: &PlanId,
    pairs: &[GivenPair],
) -> Result<String, ServiceError> {
    let pairs: Vec<Pair> = pairs
        .iter()
        .map(|pair| Pair {
            access_key_id: pair.access_key_id.clone(),
            secret: pair.secret.reveal().to_owned(),
        })
        .collect();
    let text = serde_json::to_string(&pairs)
        .map_err(|error| ServiceError::Internal(format!("pairs have no JSON form: {error}")))?;
    service.vault().seal(plan.as_str(), &Secret::new(text))
}

fn open_pairs(ground: &Ground<'_>, sealed: &str) -> Result<Vec<GivenPair>, ServiceError> {
    let plan = ground.plan.id.as_str();
    let text = ground.service.vault().open_seal(plan, sealed)?;
    let pairs: Vec<Pair> =
        serde_json::from_str(text.reveal()).map_err(|_| ServiceError::Seal(plan.to_owned()))?;
    Ok(pairs
        .into_iter()
        .map(|pair| GivenPair {
            access_key_id: pair.access_key_id,
            secret: Secret::new(pair.secret),
        })
        .collect())
}

/// There must be no such secret: another's must not be replaced.
pub(super) async fn before(ground: &Ground<'_>, user: &str) -> Result<Kept, StepError> {
    match ground.cloud.managed_secret(user).await? {
        None => Ok(Kept::Nothing),
        Some(managed) => Err(StepError::InTheWay {
            message: format!("the keys of {user} are hosted already, as {}", managed.name),
            hint: "rotate the key instead".to_owned(),
        }),
    }
}

/// Hands the pairs over, unless that was done, and asks for the secret.
pub(super) async fn apply(
    ground: &Ground<'_>,
    user: &str,
    sealed: &str,
    version: &str,
) -> Result<Proof, StepError> {
    if ground.cloud.managed_secret(user).await?.is_none() {
        let pairs = open_pairs(ground, sealed)?;
        ground.cloud.host_secret(user, &pairs, version).await?;
    }
    match ground.cloud.managed_secret(user).await? {
        Some(managed) => Ok(Proof::of(format!("DescribeSecret answered {}", managed.name))),
        None => Err(StepError::NotProved {
            expected: format!("the keys of {user} are hosted"),
            answer: "no such secret".to_owned(),
        }),
    }
}

/// Deletes the secret; the pairs stay as they are.
pub(super) async fn undo(ground: &Ground<'_>, user: &str) -> Result<Proof, StepError> {
    if let Some(managed) = ground.cloud.managed_secret(user).await? {
        ground.cloud.release_secret(&managed.name).await?;
    }
    match ground.cloud.managed_secret(user).await? {
        None => Ok(Proof::of(format!("KMS no longer hosts the keys of {user}"))),
        Some(managed) => Err(StepError::NotProved {
            expected: format!("{} is deleted", managed.name),
            answer: "that it is there".to_owned(),
        }),
    }
}
