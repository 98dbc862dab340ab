//! Versions of the account's own policies; the provider's have one each.

use serde_json::{Value, json};

use super::policies::{custom, document};
use crate::access::BuiltinPolicy;
use crate::rpc::{Asked, Fault, date};
use crate::world::{PolicyVersion, PolicyVersions, World};

/// Versions a policy may have (RAM documentation, "Limits").
const VERSIONS_MAX: usize = 5;

fn shown(policy: &PolicyVersions, number: u32, version: &PolicyVersion) -> Value {
    json!({ "VersionId": format!("v{number}"), "PolicyDocument": version.document,
        "IsDefaultVersion": number == policy.default_version,
        "CreateDate": date(version.created_at) })
}

/// The only version of a policy of the provider.
fn builtin(policy: BuiltinPolicy) -> Value {
    json!({ "VersionId": "v1", "PolicyDocument": policy.document, "IsDefaultVersion": true })
}

/// The number a request names, of a version that is there.
fn number(policy: &PolicyVersions, asked: &Asked) -> Result<u32, Fault> {
    let text = asked.need("VersionId")?;
    let number =
        text.strip_prefix('v').and_then(|digits| digits.parse().ok()).ok_or_else(|| {
            Fault::parameter("VersionId.Format", "The parameter - \"VersionId\" is malformed.")
        })?;
    if policy.versions.contains_key(&number) {
        return Ok(number);
    }
    let message = format!("The policy version does not exist: {text}.");
    Err(Fault::no_entity("Policy.Version", &message))
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let document = document(asked)?;
    let rotates =
        asked.get("RotateStrategy") == Some("DeleteOldestNonDefaultVersionWhenLimitExceeded");
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
    let version = PolicyVersion { document, created_at: asked.now };
    if asked.flag("SetAsDefault") {
        policy.default_version = number;
    }
    let answer = json!({ "PolicyVersion": shown(policy, number, &version) });
    policy.versions.insert(number, version);
    Ok(answer)
}

pub(super) fn get(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    if let Some(policy) = BuiltinPolicy::of_name(asked.need("PolicyName")?) {
        return Ok(json!({ "PolicyVersion": builtin(policy) }));
    }
    let policy = custom(world, asked)?;
    let number = number(policy, asked)?;
    let version = policy.versions.get(&number).map(|version| shown(policy, number, version));
    Ok(json!({ "PolicyVersion": version }))
}

pub(super) fn list(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let versions = match BuiltinPolicy::of_name(asked.need("PolicyName")?) {
        Some(policy) => vec![builtin(policy)],
        None => {
            let policy = custom(world, asked)?;
            let newest_first = policy.versions.iter().rev();
            newest_first.map(|(number, version)| shown(policy, *number, version)).collect()
        }
    };
    Ok(json!({ "PolicyVersions": { "PolicyVersion": versions } }))
}

pub(super) fn set_default(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    policy.default_version = number(policy, asked)?;
    policy.updated_at = asked.now;
    Ok(json!({}))
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    let number = number(policy, asked)?;
    if number == policy.default_version {
        let message = "The default policy version can not be deleted.";
        return Err(Fault::new(409, "DeleteConflict.Policy.Version.Default", message));
    }
    policy.versions.remove(&number);
    policy.updated_at = asked.now;
    Ok(json!({}))
}
