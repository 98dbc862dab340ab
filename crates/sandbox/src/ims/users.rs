//! Users as IMS shows them; changing and deleting them is left to RAM.

use serde_json::{Value, json};

use super::{principal_name, user_name};
use crate::ram::users;
use crate::rpc::{Asked, Fault, date, page};
use crate::world::{User, World};

fn shown(world: &World, user: &User) -> Value {
    json!({
        "UserId": user.user_id, "UserPrincipalName": principal_name(world, &user.name),
        "DisplayName": user.display_name, "Comments": user.comments, "Email": user.email,
        "MobilePhone": user.mobile_phone, "ProvisionType": "Manual",
        "CreateDate": date(user.created_at),
        "UpdateDate": date(user.updated_at.unwrap_or(user.created_at)),
    })
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let name = user_name(world, asked.need("UserPrincipalName")?)?;
    let user = users::make(world, &name, asked)?;
    Ok(json!({ "User": shown(world, &user) }))
}

/// The user of a name, of an id, or of an access key id.
pub(super) fn get(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let (asked_for, user) = if let Some(principal) = asked.get("UserPrincipalName") {
        (principal, world.users.get(&user_name(world, principal)?))
    } else if let Some(id) = asked.get("UserId") {
        (id, world.users.values().find(|user| user.user_id == id))
    } else {
        let id = asked.need("UserAccessKeyId")?;
        let name = world.keys.get(id).and_then(|key| key.user.as_ref());
        (id, name.and_then(|name| world.users.get(name)))
    };
    let user = user.ok_or_else(|| Fault::no_user(asked_for))?;
    Ok(json!({ "User": shown(world, user) }))
}

pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let users = world.users.iter().map(|(name, user)| (name.as_str(), user));
    page(asked, ("Users", "User"), users, |user| shown(world, user))
}

pub(super) fn list_basic(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let users = world.users.iter().map(|(name, user)| (name.as_str(), user));
    page(asked, ("UserBasicInfos", "UserBasicInfo"), users, |user| {
        json!({ "UserId": user.user_id, "DisplayName": user.display_name,
            "UserPrincipalName": principal_name(world, &user.name) })
    })
}
