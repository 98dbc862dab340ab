//! Versions of the account's own policies: the default one is in force.

use serde_json::{Value, json};

use super::Asked;
use super::answer::Fault;
use super::policies::{custom, date, document};
use crate::world::{PolicyVersion, PolicyVersions, World};

/// Versions a policy may have (RAM documentation, "Limits").
const VERSIONS_MAX: usize = 5;

fn shown(policy: &PolicyVersions, number: u32, version: &PolicyVersion) -> Value {
    json!({
        "VersionId": format!("v{number}"), "IsDefaultVersion": number == policy.default_version,
        "CreateDate": date(version.created_at), "PolicyDocument": version.document,
    })
}

/// The number of the version a request names.
fn named(policy: &PolicyVersions, asked: &Asked) -> Result<u32, Fault> {
    let id = asked.need("VersionId")?;
    let number = id.strip_prefix('v').and_then(|digits| digits.parse().ok());
    number.filter(|number| policy.versions.contains_key(number)).ok_or_else(|| {
        let message = format!("The policy version does not exist: {id}.");
        Fault::new(404, "EntityNotExist.Policy.Version", &message)
    })
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let document = document(asked)?;
    let rotates =
        asked.get("RotateStrategy") == Some("DeleteOldestNonDefaultVersionWhenLimitExceeded");
    let is_default =
        asked.get("SetAsDefault").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let policy = custom(world, asked)?;
    if policy.versions.len() >= VERSIONS_MAX {
        let oldest =
            policy.versions.keys().copied().find(|number| *number != policy.default_version);
        match oldest.filter(|_| rotates) {
            Some(number) => policy.versions.remove(&number),
            None => {
                let message = "The count of policy version is beyond the limit.";
                return Err(Fault::new(409, "LimitExceeded.Policy.Version", message));
            }
        };
    }
    let number = policy.next_version;
    policy.next_version += 1;
    policy.updated_at = asked.now;
    policy.versions.insert(number, PolicyVersion { document, created_at: asked.now });
    if is_default {
        policy.default_version = number;
    }
    Ok(json!({ "PolicyVersion": { "VersionId": format!("v{number}"),
        "IsDefaultVersion": is_default, "CreateDate": date(asked.now) } }))
}

pub(super) fn get(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    let number = named(policy, asked)?;
    let version = policy.versions.get(&number).map(|version| shown(policy, number, version));
    Ok(json!({ "PolicyVersion": version }))
}

pub(super) fn list(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    let versions: Vec<Value> =
        policy.versions.iter().map(|(number, version)| shown(policy, *number, version)).collect();
    Ok(json!({ "PolicyVersions": { "PolicyVersion": versions } }))
}

pub(super) fn set_default(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    policy.default_version = named(policy, asked)?;
    policy.updated_at = asked.now;
    Ok(json!({}))
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    let number = named(policy, asked)?;
    if number == policy.default_version {
        let message = "The default version of a policy cannot be deleted.";
        return Err(Fault::new(409, "DeleteConflict.Policy.Version.Default", message));
    }
    policy.versions.remove(&number);
    Ok(json!({}))
}
