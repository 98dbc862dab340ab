//! Policies: the account's own and the provider's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::access::{BuiltinPolicy, Policy, PolicyKind};
use crate::rpc::{Asked, Fault, date, page};
use crate::world::{PolicyVersion, PolicyVersions, World};

/// How many have a policy.
fn attachments(world: &World, name: &str) -> usize {
    let users = world.users.values().map(|user| &user.attached_policies);
    let roles = world.roles.values().map(|role| &role.attached_policies);
    users.chain(roles).filter(|attached| attached.contains(name)).count()
}

/// A policy as answers show it.
fn shown(world: &World, policy: &PolicyVersions) -> Value {
    json!({
        "PolicyName": policy.name, "PolicyType": "Custom", "Description": policy.description,
        "DefaultVersion": format!("v{}", policy.default_version),
        "AttachmentCount": attachments(world, &policy.name),
        "CreateDate": date(policy.created_at), "UpdateDate": date(policy.updated_at),
    })
}

fn shown_builtin(world: &World, policy: BuiltinPolicy) -> Value {
    json!({
        "PolicyName": policy.name, "PolicyType": "System", "Description": policy.description,
        "DefaultVersion": "v1", "AttachmentCount": attachments(world, policy.name),
    })
}

/// A policy of either kind as answers show it; `None` where there is none.
pub(super) fn shown_by_name(world: &World, name: &str) -> Option<Value> {
    match BuiltinPolicy::of_name(name) {
        Some(policy) => Some(shown_builtin(world, policy)),
        None => world.policies.get(name).map(|policy| shown(world, policy)),
    }
}

/// The document a request brings, read so that a broken one is refused when it is made.
pub(super) fn document(asked: &Asked) -> Result<String, Fault> {
    let text = asked.need("PolicyDocument")?;
    Policy::parse(text, PolicyKind::Identity)
        .map_err(|error| Fault::parameter("PolicyDocument", &error.to_string()))?;
    Ok(text.to_owned())
}

/// The account's own policy that a request names.
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
        let message = "The parameter - \"PolicyName\" contains invalid chars.";
        return Err(Fault::parameter("PolicyName.InvalidChars", message));
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
    let answer = json!({ "Policy": shown(world, &policy) });
    world.policies.insert(name, policy);
    Ok(answer)
}

pub(super) fn get(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let name = asked.need("PolicyName")?;
    let policy = shown_by_name(world, name).ok_or_else(|| Fault::no_policy(name))?;
    let (version, document) = match BuiltinPolicy::of_name(name) {
        Some(builtin) => ("v1".to_owned(), Some(builtin.document.to_owned())),
        None => {
            let policy = world.policies.get(name).ok_or_else(|| Fault::no_policy(name))?;
            let version = policy.versions.get(&policy.default_version);
            let document = version.map(|version| version.document.clone());
            (format!("v{}", policy.default_version), document)
        }
    };
    Ok(json!({ "Policy": policy, "DefaultPolicyVersion": {
        "PolicyDocument": document, "VersionId": version, "IsDefaultVersion": true } }))
}

pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let wants = |kind| asked.get("PolicyType").is_none_or(|asked| asked == kind);
    let mut names: Vec<&str> = Vec::new();
    if wants("System") {
        names.extend(BuiltinPolicy::ALL.iter().map(|policy| policy.name));
    }
    if wants("Custom") {
        names.extend(world.policies.keys().map(String::as_str));
    }
    names.sort_unstable();
    let entries = names.into_iter().filter_map(|name| Some((name, shown_by_name(world, name)?)));
    page(asked, ("Policies", "Policy"), entries, |policy| policy)
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = custom(world, asked)?;
    let (name, versions) = (policy.name.clone(), policy.versions.len());
    if world.users.values().any(|user| user.attached_policies.contains(&name)) {
        let message = "The policy CAN NOT been attached to any user while deleting the policy.";
        return Err(Fault::new(409, "DeleteConflict.Policy.User", message));
    }
    if world.roles.values().any(|role| role.attached_policies.contains(&name)) {
        let message = "The policy CAN NOT been attached to any role while deleting the policy.";
        return Err(Fault::new(409, "DeleteConflict.Policy.Role", message));
    }
    if versions > 1 {
        let message = "The policy CAN NOT has any version other than the default one.";
        return Err(Fault::new(409, "DeleteConflict.Policy.Version", message));
    }
    world.policies.remove(&name);
    Ok(json!({}))
}
