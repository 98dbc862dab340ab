//! The recycle bin: deleted keys, which can be restored until their time is over.

use claviger_model::CloudKeyStatus;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::principal_name;
use crate::ram::keys;
use crate::rpc::{Asked, Fault, date};
use crate::world::{Key, World};

/// How long a deleted key is kept (RAM documentation, "Delete an AccessKey pair of a RAM user").
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

fn gone_at(key: &Key) -> Timestamp {
    let deleted_at = key.deleted_at.unwrap_or(key.created_at);
    deleted_at.checked_add(KEPT).unwrap_or(Timestamp::MAX)
}

fn shown(key: &Key) -> Value {
    json!({
        "AccessKeyId": key.access_key_id, "CreateDate": date(key.created_at),
        "RecycleDate": date(key.deleted_at.unwrap_or(key.created_at)),
        "DeleteDate": date(gone_at(key)),
    })
}

/// The name of the user that `UserId` names; `None` where it names none: the account itself.
fn owner(world: &World, asked: &Asked) -> Result<Option<String>, Fault> {
    let Some(id) = asked.get("UserId") else { return Ok(None) };
    if id == world.owner_uid {
        return Ok(None);
    }
    let user = world.users.values().find(|user| user.user_id == id);
    user.map(|user| Some(user.name.clone())).ok_or_else(|| Fault::no_user(id))
}

/// The deleted key a request names, where it is still there.
fn named<'a>(world: &'a World, asked: &Asked) -> Result<&'a Key, Fault> {
    let id = asked.need("UserAccessKeyId")?;
    let key = world.deleted_keys.get(id).filter(|key| gone_at(key) > asked.now);
    key.ok_or_else(|| keys::no_key(id))
}

pub(super) fn list(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let owner = owner(world, asked)?;
    let deleted = world.deleted_keys.values();
    let kept = deleted.filter(|key| key.user == owner && gone_at(key) > asked.now);
    let kept: Vec<Value> = kept.map(shown).collect();
    Ok(json!({ "AccessKeys": { "AccessKey": kept } }))
}

pub(super) fn get(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let key = named(world, asked)?;
    let mut answer = shown(key);
    let user = key.user.as_ref().and_then(|name| world.users.get(name));
    if let (Some(fields), Some(user)) = (answer.as_object_mut(), user) {
        fields.insert("UserId".to_owned(), json!(user.user_id));
        let name = principal_name(world, &user.name);
        fields.insert("UserPrincipalName".to_owned(), json!(name));
        fields.insert("UserRecycled".to_owned(), json!(false));
    }
    Ok(json!({ "AccessKey": answer }))
}

/// Restores a key. It comes back disabled: only a disabled key is deleted by the console, and a
/// restored one must not work before somebody wants it to.
pub(super) fn restore(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let mut key = named(world, asked)?.clone();
    if owner(world, asked)? != key.user {
        return Err(keys::no_key(key.access_key_id.as_str()));
    }
    keys::check_count(world, key.user.as_deref())?;
    let id = key.access_key_id.as_str().to_owned();
    world.deleted_keys.remove(&id);
    key.deleted_at = None;
    key.status = CloudKeyStatus::Inactive;
    world.keys.insert(id, key);
    Ok(json!({}))
}

/// Removes a key for good.
pub(super) fn delete(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let key = named(world, asked)?;
    let id = key.access_key_id.as_str().to_owned();
    if owner(world, asked)? != key.user {
        return Err(keys::no_key(&id));
    }
    world.deleted_keys.remove(&id);
    Ok(json!({}))
}
