//! Who has which policies.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{policies, roles, users};
use crate::access::BuiltinPolicy;
use crate::rpc::{Asked, Fault};
use crate::world::World;

/// The policy a request names, of the kind it names.
fn policy(world: &World, asked: &Asked) -> Result<String, Fault> {
    let name = asked.need("PolicyName")?;
    let found = match asked.need("PolicyType")? {
        "System" => BuiltinPolicy::of_name(name).is_some(),
        "Custom" => world.policies.contains_key(name),
        _ => {
            let message = "The parameter - \"PolicyType\" is invalid: System or Custom.";
            return Err(Fault::parameter("PolicyType", message));
        }
    };
    if found { Ok(name.to_owned()) } else { Err(Fault::no_policy(name)) }
}

fn attach(attached: &mut BTreeSet<String>, policy: String, entity: &str) -> Result<Value, Fault> {
    if attached.insert(policy) {
        return Ok(json!({}));
    }
    let code = format!("EntityAlreadyExists.{entity}.Policy");
    Err(Fault::new(409, &code, "The policy has been attached already."))
}

fn detach(attached: &mut BTreeSet<String>, policy: &str, entity: &str) -> Result<Value, Fault> {
    if attached.remove(policy) {
        return Ok(json!({}));
    }
    Err(Fault::no_entity(&format!("{entity}.Policy"), "The policy is not attached."))
}

fn listed(world: &World, names: &BTreeSet<String>) -> Value {
    let policies: Vec<Value> =
        names.iter().filter_map(|name| policies::shown_by_name(world, name)).collect();
    json!({ "Policies": { "Policy": policies } })
}

pub(super) fn attach_to_user(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = policy(world, asked)?;
    attach(&mut users::named(world, asked)?.attached_policies, policy, "User")
}

pub(super) fn detach_from_user(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = policy(world, asked)?;
    detach(&mut users::named(world, asked)?.attached_policies, &policy, "User")
}

pub(super) fn of_user(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let names = users::named(world, asked)?.attached_policies.clone();
    Ok(listed(world, &names))
}

pub(super) fn attach_to_role(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = policy(world, asked)?;
    attach(&mut roles::named(world, asked)?.attached_policies, policy, "Role")
}

pub(super) fn detach_from_role(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let policy = policy(world, asked)?;
    detach(&mut roles::named(world, asked)?.attached_policies, &policy, "Role")
}

pub(super) fn of_role(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let names = roles::named(world, asked)?.attached_policies.clone();
    Ok(listed(world, &names))
}

/// Who has a policy. Groups do not exist here.
pub(super) fn entities(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let name = policy(world, asked)?;
    let users = world.users.values().filter(|user| user.attached_policies.contains(&name));
    let users: Vec<Value> = users
        .map(|user| {
            json!({ "UserName": user.name, "UserId": user.user_id,
                "DisplayName": user.display_name })
        })
        .collect();
    let roles = world.roles.values().filter(|role| role.attached_policies.contains(&name));
    let roles: Vec<Value> =
        roles.map(|role| json!({ "RoleName": role.name, "RoleId": role.role_id })).collect();
    Ok(json!({ "Users": { "User": users }, "Groups": { "Group": [] },
        "Roles": { "Role": roles } }))
}
