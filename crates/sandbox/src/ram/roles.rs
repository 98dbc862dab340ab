//! RAM roles: rights that somebody trusted takes on for a while (STS hands out the temporary keys).

use serde_json::{Value, json};

use crate::rpc::{Asked, Fault, date, page};
use crate::sts::Trust;
use crate::world::{Role, World, random_digits};

/// Shortest and longest session a role may be made for, and what it is without being told, in seconds
/// (RAM documentation, "CreateRole").
const SESSION_SECONDS: std::ops::RangeInclusive<u64> = 3_600..=43_200;
const SESSION_SECONDS_DEFAULT: u64 = 3_600;

fn shown(world: &World, role: &Role) -> Value {
    json!({
        "RoleId": role.role_id, "RoleName": role.name, "Description": role.description,
        "Arn": format!("acs:ram::{}:role/{}", world.owner_uid, role.name.to_ascii_lowercase()),
        "AssumeRolePolicyDocument": role.trust_policy,
        "MaxSessionDuration": role.session_seconds_max,
        "CreateDate": date(role.created_at), "UpdateDate": date(role.created_at),
    })
}

/// The role a request names.
pub(super) fn named<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut Role, Fault> {
    let name = asked.need("RoleName")?;
    world.roles.get_mut(name).ok_or_else(|| Fault::no_role(name))
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = asked.need("RoleName")?;
    let fits =
        name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !fits {
        let message = "The parameter - \"RoleName\" contains invalid chars.";
        return Err(Fault::parameter("RoleName.InvalidChars", message));
    }
    if world.roles.contains_key(name) {
        let message = format!("The role already exists: {name}.");
        return Err(Fault::new(409, "EntityAlreadyExists.Role", &message));
    }
    let trust_policy = asked.need("AssumeRolePolicyDocument")?;
    Trust::parse(trust_policy)
        .map_err(|error| Fault::parameter("AssumeRolePolicyDocument", &error.to_string()))?;
    let seconds = asked.number("MaxSessionDuration", SESSION_SECONDS, SESSION_SECONDS_DEFAULT)?;
    let role = Role {
        role_id: format!("3{}", random_digits(17)?),
        name: name.to_owned(),
        description: asked.get("Description").unwrap_or_default().to_owned(),
        trust_policy: trust_policy.to_owned(),
        session_seconds_max: seconds,
        created_at: asked.now,
        attached_policies: std::collections::BTreeSet::new(),
    };
    let answer = json!({ "Role": shown(world, &role) });
    world.roles.insert(name.to_owned(), role);
    Ok(answer)
}

pub(super) fn get(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let role = named(world, asked)?.clone();
    Ok(json!({ "Role": shown(world, &role) }))
}

pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let roles = world.roles.iter().map(|(name, role)| (name.as_str(), role));
    page(asked, ("Roles", "Role"), roles, |role| shown(world, role))
}

/// Deletes a role; its temporary keys end with it.
pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let role = named(world, asked)?;
    let name = role.name.clone();
    if !role.attached_policies.is_empty() {
        let message = "The role can not has any policies while deleting the role.";
        return Err(Fault::new(409, "DeleteConflict.Role.Policy", message));
    }
    world.roles.remove(&name);
    world.sessions.retain(|_, session| session.role != name);
    Ok(json!({}))
}
