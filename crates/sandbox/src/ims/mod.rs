//! Identity Management Service, version 2019-08-15 (RAM documentation, "API reference" of IMS): the newer
//! twin of RAM for users and keys, with what RAM lacks: the recycle bin and network restrictions.
//!
//! It names users `name@domain` and shares its actions in policies with RAM.

mod network;
mod recycle_bin;
mod users;

use serde_json::{Value, json};

use crate::auth::Caller;
use crate::ram::keys;
use crate::rpc::{Asked, Fault, unknown_action};
use crate::world::World;

/// Carries a call out; the caller has been let through.
pub(crate) fn perform(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    match asked.action.as_str() {
        "CreateUser" => users::create(world, asked),
        "GetUser" => users::get(world, asked),
        "ListUsers" => users::list(world, asked),
        "ListUserBasicInfos" => users::list_basic(world, asked),
        "GetDefaultDomain" => Ok(json!({ "DefaultDomainName": domain(world) })),
        "CreateAccessKey" => keys::create(world, owner(world, caller, asked)?.as_deref(), asked),
        "ListAccessKeys" => Ok(keys::list(world, owner(world, caller, asked)?.as_deref())),
        "UpdateAccessKey" => keys::update(world, owner(world, caller, asked)?.as_deref(), asked),
        "DeleteAccessKey" => keys::delete(world, owner(world, caller, asked)?.as_deref(), asked),
        "GetAccessKeyLastUsed" => {
            keys::last_used(world, owner(world, caller, asked)?.as_deref(), asked)
        }
        "SetAccessKeyPolicy" => network::set(world, owner(world, caller, asked)?.as_deref(), asked),
        "GetAccessKeyPolicy" => network::get(world, owner(world, caller, asked)?.as_deref(), asked),
        "SetAccessKeyPolicyForAccount" => network::set_for_account(world, asked),
        "GetAccessKeyPolicyForAccount" => Ok(network::get_for_account(world)),
        "ListAccessKeysInRecycleBin" => recycle_bin::list(world, asked),
        "GetAccessKeyInfoInRecycleBin" => recycle_bin::get(world, asked),
        "RestoreAccessKeyFromRecycleBin" => recycle_bin::restore(world, asked),
        "DeleteAccessKeyInRecycleBin" => recycle_bin::delete(world, asked),
        _ => Err(unknown_action()),
    }
}

/// What stands behind `@` in the names of users.
fn domain(world: &World) -> String {
    format!("{}.onaliyun.com", world.owner_uid)
}

/// `alice@<uid>.onaliyun.com`.
fn principal_name(world: &World, user: &str) -> String {
    format!("{user}@{}", domain(world))
}

/// The user of a principal's name.
fn user_name(world: &World, principal: &str) -> Result<String, Fault> {
    let known = domain(world);
    match principal.split_once('@') {
        Some((name, domain)) if domain.eq_ignore_ascii_case(&known) => Ok(name.to_owned()),
        _ => Err(Fault::no_user(principal)),
    }
}

/// Whose keys are asked for; `None` is the account itself.
fn owner(world: &World, caller: &Caller, asked: &Asked) -> Result<Option<String>, Fault> {
    let name = asked.get("UserPrincipalName").map(|name| user_name(world, name)).transpose()?;
    keys::owner_of(world, caller, name.as_deref())
}
