//! Makes, changes and deletes managed secrets.

use std::collections::BTreeSet;

use claviger_model::Secret;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::read::{interval_text, next_rotation};
use super::{arn, named, usable};
use crate::rpc::{Asked, Fault, date};
use crate::world::{ManagedSecret, SecretVersion, Stage, World};

/// The name a managed secret of a RAM user is asked for under: the service names it itself.
const NAME: &str = "$Auto";

/// How often a secret may be rotated by itself (KMS documentation, "CreateSecret").
const INTERVAL: std::ops::RangeInclusive<SignedDuration> =
    SignedDuration::from_hours(6)..=SignedDuration::from_hours(365 * 24);

/// Days a deleted secret can be restored, and what they are without being told.
const RECOVERY_DAYS: std::ops::RangeInclusive<u64> = 7..=30;
const RECOVERY_DAYS_DEFAULT: u64 = 30;

fn wrong(message: &str) -> Fault {
    Fault::new(400, "InvalidParameter", message)
}

/// `CreateSecret` with `SecretType=RAMCredentials`. Every key pair of the user must be given.
pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    if asked.get("SecretType") != Some("RAMCredentials") {
        return Err(wrong("only secrets of the type RAMCredentials are managed here"));
    }
    if asked.need("SecretName")? != NAME {
        return Err(wrong("the SecretName of a RAM credentials secret is $Auto"));
    }
    let config = asked.need("ExtendedConfig")?;
    let user = user_of(world, config)?;
    let name = format!("acs/ram/user/{user}");
    if world.secrets.contains_key(&name) {
        let message = "The specified resource already exists.";
        return Err(Fault::new(409, "Rejected.ResourceExist", message));
    }
    let version_id = asked.need("VersionId")?;
    let versions = versions(world, &user, version_id, asked)?;
    let interval = if asked.flag("EnableAutomaticRotation") {
        Some(interval(asked.need("RotationInterval")?)?)
    } else {
        None
    };
    let text = |parameter: &str| asked.get(parameter).unwrap_or_default().to_owned();
    let secret = ManagedSecret {
        name: name.clone(),
        user,
        description: text("Description"),
        extended_config: config.to_owned(),
        encryption_key_id: text("EncryptionKeyId"),
        instance_id: text("DKMSInstanceId"),
        created_at: asked.now,
        updated_at: asked.now,
        versions,
        interval,
        last_rotation: None,
        rotation: None,
        planned_delete: None,
    };
    let answer = json!({
        "Arn": arn(world, &name), "SecretName": name, "SecretType": "RAMCredentials",
        "VersionId": version_id, "ExtendedConfig": config,
        "AutomaticRotation": if interval.is_some() { "Enabled" } else { "Disabled" },
        "RotationInterval": interval.map(interval_text),
        "NextRotationDate": next_rotation(&secret).map(date),
        "DKMSInstanceId": secret.instance_id,
    });
    world.secrets.insert(name, secret);
    Ok(answer)
}

/// The RAM user that `ExtendedConfig` names.
fn user_of(world: &World, config: &str) -> Result<String, Fault> {
    let config: Value =
        serde_json::from_str(config).map_err(|_| wrong("ExtendedConfig is no JSON"))?;
    if config.get("SecretSubType").and_then(Value::as_str) != Some("RamUserAccessKey") {
        return Err(wrong("the SecretSubType in ExtendedConfig must be RamUserAccessKey"));
    }
    let name = config.get("UserName").and_then(Value::as_str);
    let name = name.ok_or_else(|| wrong("ExtendedConfig names no UserName"))?;
    match world.users.contains_key(name) {
        true => Ok(name.to_owned()),
        false => Err(Fault::no_user(name)),
    }
}

/// The pairs that `SecretData` gives, as versions: the youngest key is the one in use.
fn versions(
    world: &World,
    user: &str,
    version_id: &str,
    asked: &Asked,
) -> Result<Vec<SecretVersion>, Fault> {
    let data: Value = serde_json::from_str(asked.need("SecretData")?)
        .map_err(|_| wrong("SecretData is no JSON"))?;
    let pairs = data.get("AccessKeys").and_then(Value::as_array);
    let pairs = pairs.ok_or_else(|| wrong("SecretData has no list AccessKeys"))?;
    let mut given: Vec<(&str, &str)> = pairs
        .iter()
        .filter_map(|pair| {
            let text = |name: &str| pair.get(name).and_then(Value::as_str);
            Some((text("AccessKeyId")?, text("AccessKeySecret")?))
        })
        .collect();
    let own = world.keys.values().filter(|key| key.user.as_deref() == Some(user));
    let own: BTreeSet<&str> = own.map(|key| key.access_key_id.as_str()).collect();
    if own.is_empty() || own != given.iter().map(|(id, _)| *id).collect() {
        return Err(wrong("SecretData must list every AccessKey of the RAM user and no other"));
    }
    given.sort_by_key(|(id, _)| world.keys.get(*id).map(|key| key.created_at));
    let last = given.len() - 1;
    let versions = given.into_iter().enumerate().map(|(number, (id, secret))| SecretVersion {
        id: if number == last { version_id.to_owned() } else { format!("{version_id}-previous") },
        access_key_id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        created_at: asked.now,
        stage: if number == last { Stage::Current } else { Stage::Previous },
    });
    Ok(versions.collect())
}

/// `7d`, `168h`, `10080m`, `604800s`.
fn interval(text: &str) -> Result<SignedDuration, Fault> {
    let split = text.len().saturating_sub(1);
    let (number, unit) = text.split_at_checked(split).unwrap_or_default();
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => 0,
    };
    let interval = number
        .parse::<i64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .map(SignedDuration::from_secs);
    interval
        .filter(|interval| INTERVAL.contains(interval))
        .ok_or_else(|| wrong("RotationInterval must lie between 6 hours and 365 days"))
}

pub(super) fn update_rotation_policy(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let interval = if asked.flag("EnableAutomaticRotation") {
        Some(interval(asked.need("RotationInterval")?)?)
    } else {
        None
    };
    let secret = usable(world, asked)?;
    if secret.rotation.is_some() {
        return Err(super::rotation::in_use());
    }
    secret.interval = interval;
    secret.updated_at = asked.now;
    Ok(json!({ "SecretName": secret.name }))
}

/// Deletes the secret; the key pair itself stays as it is.
pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let at_once = asked.flag("ForceDeleteWithoutRecovery");
    let days = asked.number("RecoveryWindowInDays", RECOVERY_DAYS, RECOVERY_DAYS_DEFAULT)?;
    let window = SignedDuration::from_hours(24 * i64::try_from(days).unwrap_or_default());
    let secret = named(world, asked)?;
    let name = secret.name.clone();
    let gone_at = match at_once {
        true => asked.now,
        false => asked.now.checked_add(window).unwrap_or(Timestamp::MAX),
    };
    secret.planned_delete = Some(gone_at);
    if at_once {
        world.secrets.remove(&name);
    }
    Ok(json!({ "SecretName": name, "PlannedDeleteTime": date(gone_at) }))
}

pub(super) fn restore(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let secret = named(world, asked)?;
    secret.planned_delete = None;
    Ok(json!({ "SecretName": secret.name }))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::interval;

    #[test]
    fn an_interval_is_read_in_every_unit_and_has_limits() {
        for text in ["7d", "168h", "10080m", "604800s"] {
            assert_eq!(interval(text).unwrap(), SignedDuration::from_hours(168), "{text}");
        }
        for text in ["", "7", "d", "5h", "366d", "-7d", "7w", "9223372036854775807d", "七d"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }
}
