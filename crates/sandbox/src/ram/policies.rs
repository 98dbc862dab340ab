//! Policies: the account's own and the provider's, and who has them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::Fault;
use super::{Asked, users};
use crate::access::{BuiltinPolicy, Policy, PolicyKind};
use crate::world::{PolicyVersion, PolicyVersions, World};

pub(super) fn date(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn shown(policy: &PolicyVersions) -> Value {
    json!({
        "PolicyName": policy.name, "PolicyType": "Custom", "Description": policy.description,
        "DefaultVersion": format!("v{}", policy.default_version),
        "CreateDate": date(policy.created_at), "UpdateDate": date(policy.updated_at),
    })
}

fn shown_builtin(policy: &BuiltinPolicy) -> Value {
    json!({
        "PolicyName": policy.name, "PolicyType": "System", "Description": policy.description,
        "DefaultVersion": "v1",
    })
}

/// The document a request brings, read so that a broken one is refused when it is made.
pub(super) fn document(asked: &Asked) -> Result<String, Fault> {
    let text = asked.need("PolicyDocument")?;
    Policy::parse(text, PolicyKind::Identity)
        .map_err(|error| Fault::new(400, "InvalidParameter.PolicyDocument", &error.to_string()))?;
    Ok(text.to_owned())
}

pub(super) fn custom<'a>(
    world: &'a mut World,
    asked: &Asked,
) -> Result<&'a mut PolicyVersions, Fault> {
    let name = asked.need("PolicyName")?;
    world.policies.get_mut(name).ok_or_else(|| Fault::no_policy(name))
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = asked.need("PolicyName")?.to_owned();
    let fits = name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !fits {
        return Err(Fault::new(
            400,
            "InvalidParameter.PolicyName.InvalidChars",
            "The parameter - PolicyName contains invalid chars.",
        ));
    }
    let document = document(asked)?;
    if world.policies.contains_key(&name) || BuiltinPolicy::of_name(&name).is_some() {
        let message = format!("The policy already exists: {name}.");
        return Err(Fault::new(409, "EntityAlreadyExists.Policy", &message));
    }
    let policy = PolicyVersions {
        name: name.clone(),
        description: asked.get("Description").unwrap_or_default().to_owned(),
        created_at: asked.now,
        updated_at: asked.now,
        default_version: 1,
        next_version: 2,
        versions: BTreeMap::from([(1, PolicyVersion { document, created_at: asked.now })]),
    };
    let answer = json!({ "Policy": shown(&policy) });
    world.policies.insert(name, policy);
    Ok(answer)
}

pub(super) fn get(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    if let Some(policy) = BuiltinPolicy::of_name(asked.need("PolicyName")?) {
        return Ok(json!({ "Policy": shown_builtin(&policy),
            "DefaultPolicyVersion": { "PolicyDocument": policy.document, "VersionId": "v1",
                "IsDefaultVersion": true } }));
    }
    let policy = custom(world, asked)?;
    let version = policy.versions.get(&policy.default_version);
    Ok(json!({ "Policy": shown(policy), "DefaultPolicyVersion": {
        "PolicyDocument": version.map(|version| version.document.clone()),
        "VersionId": format!("v{}", policy.default_version), "IsDefaultVersion": true } }))
}

pub(super) fn list(world: &World) -> Result<Value, Fault> {
    let policies: Vec<Value> = BuiltinPolicy::ALL
        .iter()
        .map(shown_builtin)
        .chain(world.policies.values().map(shown))
        .collect();
    Ok(json!({ "Policies": { "Policy": policies }, "IsTruncated": false }))
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    let (name, versions) = (policy.name.clone(), policy.versions.len());
    if world.users.values().any(|user| user.attached_policies.contains(&name)) {
        let message = "The policy is attached to a user.";
        return Err(Fault::new(409, "DeleteConflict.Policy.User", message));
    }
    if versions > 1 {
        let message = "The policy has versions beside the default one.";
        return Err(Fault::new(409, "DeleteConflict.Policy.Version", message));
    }
    world.policies.remove(&name);
    Ok(json!({}))
}

pub(super) fn attach(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = asked.need("PolicyName")?.to_owned();
    if !world.policies.contains_key(&name) && BuiltinPolicy::of_name(&name).is_none() {
        return Err(Fault::no_policy(&name));
    }
    if !users::named(world, asked)?.attached_policies.insert(name) {
        let message = "The policy is attached to the user already.";
        return Err(Fault::new(409, "EntityAlreadyExists.User.Policy", message));
    }
    Ok(json!({}))
}

pub(super) fn detach(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = asked.need("PolicyName")?.to_owned();
    if !users::named(world, asked)?.attached_policies.remove(&name) {
        let message = "The policy is not attached to the user.";
        return Err(Fault::new(404, "EntityNotExist.User.Policy", message));
    }
    Ok(json!({}))
}

pub(super) fn of_user(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let names = users::named(world, asked)?.attached_policies.clone();
    let policies: Vec<Value> = names
        .iter()
        .filter_map(|name| match BuiltinPolicy::of_name(name) {
            Some(policy) => Some(shown_builtin(&policy)),
            None => world.policies.get(name).map(shown),
        })
        .collect();
    Ok(json!({ "Policies": { "Policy": policies } }))
}

pub(super) fn entities(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let name = asked.need("PolicyName")?;
    let having: Vec<Value> = world
        .users
        .values()
        .filter(|user| user.attached_policies.contains(name))
        .map(|user| json!({ "UserName": user.name, "UserId": user.user_id }))
        .collect();
    Ok(json!({ "Users": { "User": having }, "Groups": { "Group": [] }, "Roles": { "Role": [] } }))
}
