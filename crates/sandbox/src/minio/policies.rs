//! Policies, and the users that they bind.

use serde_json::{Map, Value, json};

use super::access::{document, is_owner};
use super::fault::Fault;
use super::policy::Policy;
use super::{Asked, BUILTIN, Said};
use crate::world::World;

pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:ListUserPolicies"])?;
    let made = world.minio.policies.keys().map(String::as_str);
    let names: Vec<&str> = made.chain(BUILTIN).collect();
    let all = names.into_iter().filter_map(|name| Some((name.to_owned(), document(world, name)?)));
    Ok(Said::Plain(Value::Object(all.collect::<Map<_, _>>())))
}

pub(super) fn info(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:GetPolicy"])?;
    let name = asked.need("name")?;
    let policy = document(world, name).ok_or_else(Fault::no_policy)?;
    Ok(Said::Plain(match asked.call.query("v") {
        Some("2") => json!({ "PolicyName": name, "Policy": policy }),
        _ => policy,
    }))
}

pub(super) fn add(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:CreatePolicy"])?;
    let name = asked.need("name")?;
    if name.contains(',') || name.trim() != name {
        let message = "Policy name may not contain comma";
        return Err(Fault::new(400, "XMinioPolicyInvalidName", message));
    }
    let policy = Policy::parse(&asked.body).map_err(|why| Fault::bad_policy(&why))?;
    world.minio.policies.insert(name.to_owned(), policy.written());
    Ok(Said::Done)
}

pub(super) fn remove(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:DeletePolicy"])?;
    let name = asked.need("name")?;
    if world.minio.users.values().any(|user| user.policies.contains(name)) {
        let message = "The policy cannot be removed, as it is in use";
        return Err(Fault::new(400, "XMinioAdminPolicyInUse", message));
    }
    world.minio.policies.remove(name).ok_or_else(Fault::no_policy)?;
    Ok(Said::Done)
}

pub(super) fn attach(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    associate(world, asked, true)
}

pub(super) fn detach(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    associate(world, asked, false)
}

fn associate(world: &mut World, asked: &Asked<'_>, attach: bool) -> Result<Said, Fault> {
    asked.may(world, &["admin:UpdatePolicyAssociation", "admin:AttachUserOrGroupPolicy"])?;
    if asked.call.header("content-type") != Some("application/octet-stream") {
        return Err(Fault::new(400, "BadRequest", "400 BadRequest"));
    }
    let names: Vec<String> = asked.body["policies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let user = asked.body["user"].as_str().filter(|user| !user.is_empty());
    let user = user.ok_or_else(Fault::argument)?;
    if is_owner(world, user) || world.minio.access_keys.contains_key(user) {
        return Err(Fault::not_allowed());
    }
    if names.is_empty() || attach && names.iter().any(|name| document(world, name).is_none()) {
        return Err(Fault::no_policy());
    }
    let bound = world.minio.users.get_mut(user).ok_or_else(Fault::no_user)?;
    let changed: Vec<&String> =
        names.iter().filter(|name| bound.policies.contains(*name) != attach).collect();
    if changed.is_empty() {
        let message = "The specified policy change is already in effect.";
        return Err(Fault::new(400, "XMinioAdminPolicyChangeAlreadyApplied", message));
    }
    for name in &changed {
        match attach {
            true => bound.policies.insert((*name).clone()),
            false => bound.policies.remove(*name),
        };
    }
    bound.updated_at = asked.call.received_at;
    let word = if attach { "policiesAttached" } else { "policiesDetached" };
    Ok(Said::Sealed(json!({ word: changed, "updatedAt": bound.updated_at.to_string() })))
}

/// Which policies bind the users that are named, or all of them.
pub(super) fn entities(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:ListGroups", "admin:ListUsers", "admin:ListUserPolicies"])?;
    let named: Vec<&str> = asked
        .call
        .query
        .iter()
        .filter(|(name, _)| name == "user")
        .map(|(_, value)| value.as_str())
        .collect();
    let bound = world.minio.users.iter().filter(|(name, user)| {
        !user.policies.is_empty() && (named.is_empty() || named.contains(&name.as_str()))
    });
    let mappings: Vec<Value> =
        bound.map(|(name, user)| json!({ "user": name, "policies": user.policies })).collect();
    let timestamp = asked.call.received_at.to_string();
    Ok(Said::Sealed(json!({ "timestamp": timestamp, "userMappings": mappings })))
}
