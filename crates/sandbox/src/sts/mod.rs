//! Security Token Service, version 2015-04-01 (STS documentation, "API reference"): who a caller is, and
//! temporary keys of roles.

mod assume_role;
mod trust;

use serde_json::{Value, json};

pub(crate) use trust::Trust;

use crate::auth::Caller;
use crate::rpc::{Asked, Fault, unknown_action};
use crate::world::World;

/// Carries a call out; the caller has been let through.
pub(crate) fn perform(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    match asked.action.as_str() {
        "GetCallerIdentity" => Ok(identity(world, caller)),
        "AssumeRole" => assume_role::assume_role(world, caller, asked),
        _ => Err(unknown_action()),
    }
}

fn identity(world: &World, caller: &Caller) -> Value {
    let uid = &world.owner_uid;
    match caller {
        Caller::User { name, user_id, .. } => json!({
            "IdentityType": "RAMUser", "AccountId": uid, "UserId": user_id, "PrincipalId": user_id,
            "Arn": format!("acs:ram::{uid}:user/{name}"),
        }),
        Caller::Role { name, role_id, session, .. } => json!({
            "IdentityType": "AssumedRoleUser", "AccountId": uid, "RoleId": role_id,
            "PrincipalId": format!("{role_id}:{session}"),
            "Arn": format!("acs:ram::{uid}:assumed-role/{name}/{session}"),
        }),
        Caller::Root { .. } | Caller::Anonymous | Caller::Minio { .. } => json!({
            "IdentityType": "Account", "AccountId": uid, "UserId": uid, "PrincipalId": uid,
            "Arn": format!("acs:ram::{uid}:root"),
        }),
    }
}
