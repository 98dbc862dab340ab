//! Rotation of managed key pairs, which goes on by itself after it was asked for (KMS documentation,
//! "Rotate RAM secrets"): RAM makes a new pair, the secret hands it out, and when the rotation window
//! ends the old pair is deleted. Until then the old pair still works.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::read::next_rotation;
use super::{arn, usable};
use crate::error::SandboxError;
use crate::ram::keys;
use crate::rpc::{Asked, Fault};
use crate::world::{ManagedSecret, Rotation, SecretVersion, Stage, World};

/// How long the steps of a rotation take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// From asking until the new pair is there.
    pub(crate) delay: Duration,
    /// How long the old pair lives beside the new one.
    pub(crate) window: Duration,
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The refusal while a rotation is under way.
pub(super) fn in_use() -> Fault {
    Fault::new(409, "Rejected.ResourceInUse", "The secret is being rotated.")
}

/// `RotateSecret`: a version id that is there already changes nothing, so that the call may be repeated.
pub(super) fn rotate(world: &mut World, asked: &Asked, pace: Pace) -> Result<Value, Fault> {
    let version_id = asked.need("VersionId")?.to_owned();
    let secret = usable(world, asked)?;
    let asked_before = matches!(&secret.rotation,
        Some(Rotation::Asked { version_id: known, .. }) if *known == version_id);
    let known = asked_before || secret.versions.iter().any(|version| version.id == version_id);
    if !known {
        if secret.rotation.is_some() {
            return Err(in_use());
        }
        let due = later(asked.now, pace.delay);
        secret.rotation = Some(Rotation::Asked { version_id: version_id.clone(), due });
    }
    let name = secret.name.clone();
    Ok(json!({ "Arn": arn(world, &name), "SecretName": name, "VersionId": version_id }))
}

fn secret_is_due(secret: &ManagedSecret, now: Timestamp) -> bool {
    let gone = secret.planned_delete.is_some_and(|at| at <= now);
    let step = match &secret.rotation {
        Some(Rotation::Asked { due, .. }) => *due <= now,
        Some(Rotation::Window { ends, .. }) => *ends <= now,
        None => next_rotation(secret).is_some_and(|at| at <= now),
    };
    gone || step
}

/// Whether [`advance`] has anything to do.
pub(crate) fn is_due(world: &World, now: Timestamp) -> bool {
    world.secrets.values().any(|secret| secret_is_due(secret, now))
}

/// Takes every step that is due.
///
/// # Errors
/// The machine gives no random bytes for a new pair.
pub(crate) fn advance(world: &mut World, now: Timestamp, pace: Pace) -> Result<(), SandboxError> {
    world.secrets.retain(|_, secret| secret.planned_delete.is_none_or(|at| at > now));
    let due: Vec<String> = world
        .secrets
        .values()
        .filter(|secret| secret_is_due(secret, now))
        .map(|secret| secret.name.clone())
        .collect();
    for name in due {
        let Some(mut secret) = world.secrets.remove(&name) else { continue };
        let step = step(world, &mut secret, now, pace);
        world.secrets.insert(name, secret);
        step?;
    }
    Ok(())
}

fn step(
    world: &mut World,
    secret: &mut ManagedSecret,
    now: Timestamp,
    pace: Pace,
) -> Result<(), SandboxError> {
    match secret.rotation.take() {
        None => {
            let version_id = format!("auto-{}", now.as_second());
            secret.rotation = Some(Rotation::Asked { version_id, due: later(now, pace.delay) });
        }
        Some(Rotation::Asked { version_id, .. }) => replace(world, secret, version_id, now, pace)?,
        Some(Rotation::Window { old_key, .. }) => keys::recycle(world, &old_key, now),
    }
    Ok(())
}

/// Makes the new pair and hands it out. A user has at most two keys: the one before the old one goes
/// at once where it is still there.
fn replace(
    world: &mut World,
    secret: &mut ManagedSecret,
    version_id: String,
    now: Timestamp,
    pace: Pace,
) -> Result<(), SandboxError> {
    if !world.users.contains_key(&secret.user) {
        tracing::warn!(secret = secret.name, "nothing to rotate: the user is gone");
        secret.interval = None;
        return Ok(());
    }
    let current = secret.versions.iter().rev().find(|version| version.stage == Stage::Current);
    let old_key = current.map(|version| version.access_key_id.clone()).unwrap_or_default();
    let own = world.keys.values().filter(|key| key.user.as_ref() == Some(&secret.user));
    let own: Vec<String> = own.map(|key| key.access_key_id.as_str().to_owned()).collect();
    let mut left = own.len();
    for id in own.iter().filter(|id| **id != old_key) {
        if left >= keys::KEYS_MAX {
            keys::recycle(world, id, now);
            left -= 1;
        }
    }
    let key = world.mint_key(Some(&secret.user), now)?;
    for version in &mut secret.versions {
        version.stage = match version.stage {
            Stage::Current => Stage::Previous,
            Stage::Previous | Stage::Past => Stage::Past,
        };
    }
    secret.versions.push(SecretVersion {
        id: version_id,
        access_key_id: key.access_key_id.as_str().to_owned(),
        secret: key.secret,
        created_at: now,
        stage: Stage::Current,
    });
    secret.last_rotation = Some(now);
    secret.updated_at = now;
    secret.rotation = Some(Rotation::Window { old_key, ends: later(now, pace.window) });
    Ok(())
}
