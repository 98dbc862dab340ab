//! Resource Access Management, version 2015-05-01 (RAM documentation, "API reference").
//!
//! Which file carries out which call, and what a call is about in the words of policies.

mod attachments;
pub(crate) mod keys;
mod policies;
mod policy_versions;
mod roles;
pub(crate) mod users;

use serde_json::Value;

use crate::access::BuiltinPolicy;
use crate::auth::Caller;
use crate::rpc::{Asked, Fault, unknown_action};
use crate::world::World;

/// Carries a call out; the caller has been let through.
pub(crate) fn perform(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    match asked.action.as_str() {
        "CreateUser" => users::create(world, asked),
        "GetUser" => users::get(world, caller, asked),
        "ListUsers" => users::list(world, asked),
        "UpdateUser" => users::update(world, asked),
        "DeleteUser" => users::delete(world, asked),
        "CreateAccessKey" => {
            keys::create(world, keys::owner(world, caller, asked)?.as_deref(), asked)
        }
        "ListAccessKeys" => Ok(keys::list(world, keys::owner(world, caller, asked)?.as_deref())),
        "UpdateAccessKey" => {
            keys::update(world, keys::owner(world, caller, asked)?.as_deref(), asked)
        }
        "DeleteAccessKey" => {
            keys::delete(world, keys::owner(world, caller, asked)?.as_deref(), asked)
        }
        "GetAccessKeyLastUsed" => {
            keys::last_used(world, keys::owner(world, caller, asked)?.as_deref(), asked)
        }
        "CreatePolicy" => policies::create(world, asked),
        "GetPolicy" => policies::get(world, asked),
        "ListPolicies" => policies::list(world, asked),
        "DeletePolicy" => policies::delete(world, asked),
        "CreatePolicyVersion" => policy_versions::create(world, asked),
        "GetPolicyVersion" => policy_versions::get(world, asked),
        "ListPolicyVersions" => policy_versions::list(world, asked),
        "SetDefaultPolicyVersion" => policy_versions::set_default(world, asked),
        "DeletePolicyVersion" => policy_versions::delete(world, asked),
        "AttachPolicyToUser" => attachments::attach_to_user(world, asked),
        "DetachPolicyFromUser" => attachments::detach_from_user(world, asked),
        "ListPoliciesForUser" => attachments::of_user(world, asked),
        "AttachPolicyToRole" => attachments::attach_to_role(world, asked),
        "DetachPolicyFromRole" => attachments::detach_from_role(world, asked),
        "ListPoliciesForRole" => attachments::of_role(world, asked),
        "ListEntitiesForPolicy" => attachments::entities(world, asked),
        "CreateRole" => roles::create(world, asked),
        "GetRole" => roles::get(world, asked),
        "ListRoles" => roles::list(world, asked),
        "DeleteRole" => roles::delete(world, asked),
        _ => Err(unknown_action()),
    }
}

/// What a call is about: the user, policy or role that it names, and `*` where it names none.
pub(crate) fn resources(world: &World, caller: &Caller, asked: &Asked) -> Vec<String> {
    let uid = &world.owner_uid;
    let mut named = Vec::new();
    let user = asked.get("UserName").or_else(|| {
        asked.get("UserPrincipalName").map(|name| name.split('@').next().unwrap_or(name))
    });
    let own = match caller {
        // Without a name, calls about keys speak of the caller.
        Caller::User { name, .. } if asked.action.contains("AccessKey") => Some(name.as_str()),
        _ => None,
    };
    if let Some(name) = user.or(own) {
        named.push(format!("acs:ram:*:{uid}:user/{name}"));
    }
    if let Some(name) = asked.get("PolicyName") {
        let owner = if BuiltinPolicy::of_name(name).is_some() { "system" } else { uid };
        named.push(format!("acs:ram:*:{owner}:policy/{name}"));
    }
    if let Some(name) = asked.get("RoleName") {
        named.push(format!("acs:ram:*:{uid}:role/{name}"));
    }
    if let Some(arn) = asked.get("RoleArn") {
        named.push(arn.replacen("acs:ram::", "acs:ram:*:", 1));
    }
    if named.is_empty() {
        named.push(format!("acs:ram:*:{uid}:*"));
    }
    named
}
