//! Makes a new key of a user, whose secret is kept sealed until a person takes it.
//!
//! The one call that cannot be repeated: each makes one more key. The user's keys are noted before it, so
//! that a run that was cut off while it made one sees it and leaves the judgement to a person: a key that
//! somebody else made in that moment must not be touched.

use claviger_model::{AccessKeyId, Kept, KeyStatus, MadeKey, Secret};

use super::{Ground, Proof, StepError, listing, nothing_kept};

/// Under what the secret of a new key is sealed.
pub(crate) fn seal_name(plan: &claviger_model::PlanId, key: &AccessKeyId) -> String {
    format!("{plan} {key}")
}

/// The keys of the user.
pub(super) async fn before(ground: &Ground<'_>, user: &str) -> Result<Kept, StepError> {
    Ok(Kept::Keys { known: ids(ground, user).await?, made: None })
}

async fn ids(ground: &Ground<'_>, user: &str) -> Result<Vec<AccessKeyId>, StepError> {
    let keys = ground.cloud.keys_of_user(user).await?;
    Ok(keys.into_iter().map(|key| key.access_key_id).collect())
}

/// Makes the key, unless that was done.
pub(super) async fn apply(
    ground: &Ground<'_>,
    user: &str,
    in_place_of: Option<&AccessKeyId>,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let Some(Kept::Keys { known, made }) = kept else { return Err(nothing_kept()) };
    let there = ids(ground, user).await?;
    if let Some(made) = made {
        return match there.contains(&made.access_key_id) {
            true => Ok(proof(user, known.clone(), made.clone())),
            false => Err(StepError::NotProved {
                expected: format!("{user} has the key {}", made.access_key_id),
                answer: "no such key".to_owned(),
            }),
        };
    }
    if let Some(stranger) = there.iter().find(|id| !known.contains(id)) {
        return Err(StepError::InTheWay {
            message: format!(
                "{user} has the key {stranger}, which this plan has not noted: either somebody else \
                 made it, or this plan was cut off while it made it, and nobody knows its secret"
            ),
            hint: "if nobody else made it, delete it; then draft the plan anew".to_owned(),
        });
    }
    let (access_key_id, secret) = match in_place_of {
        Some(like) => ground.cloud.create_key_like(user, like).await?,
        None => ground.cloud.create_key(user).await?,
    };
    let sealed = seal(ground, &access_key_id, &secret)?;
    let made = MadeKey { access_key_id, sealed: Some(sealed) };
    Ok(proof(user, known.clone(), made))
}

fn seal(ground: &Ground<'_>, id: &AccessKeyId, secret: &Secret) -> Result<String, StepError> {
    Ok(ground.service.vault().seal(&seal_name(&ground.plan.id, id), secret)?)
}

fn proof(user: &str, known: Vec<AccessKeyId>, made: MadeKey) -> Proof {
    Proof {
        words: format!("CreateAccessKey of {user} answered {}", made.access_key_id),
        key: None,
        kept: Some(Kept::Keys { known, made: Some(made) }),
    }
}

/// Deletes the key that was made, and no other.
pub(super) async fn undo(
    ground: &Ground<'_>,
    user: &str,
    kept: Option<&Kept>,
) -> Result<Proof, StepError> {
    let Some(Kept::Keys { known, made: Some(made) }) = kept else {
        return Ok(Proof::of("no key was made".to_owned()));
    };
    let id = &made.access_key_id;
    if ids(ground, user).await?.contains(id) {
        ground.cloud.delete_key(user, id).await?;
    }
    if ids(ground, user).await?.contains(id) {
        return Err(StepError::NotProved {
            expected: format!("{id} is deleted"),
            answer: "that it is there".to_owned(),
        });
    }
    Ok(Proof {
        words: format!("{} of {user} no longer names {id}", listing(ground)),
        key: Some((id.clone(), KeyStatus::Deleted)),
        kept: Some(Kept::Keys { known: known.clone(), made: None }),
    })
}
