//! Access keys of users, and of the account itself. IMS shares all of it and names users its own way.

use claviger_model::CloudKeyStatus;
use serde_json::{Value, json};

use crate::auth::Caller;
use crate::rpc::{Asked, Fault, date};
use crate::world::{Key, World};

/// Keys a user may have (RAM documentation, "Limits").
pub(crate) const KEYS_MAX: usize = 2;

/// Keys of one user that the recycle bin holds; the oldest goes when there is one more (RAM
/// documentation, "Delete an AccessKey pair of a RAM user").
const RECYCLED_MAX: usize = 3;

/// The status as answers show it.
pub(crate) fn word(status: CloudKeyStatus) -> &'static str {
    match status {
        CloudKeyStatus::Active => "Active",
        CloudKeyStatus::Inactive => "Inactive",
    }
}

/// Whose keys are asked for: the named user's, or the caller's own; `None` is the account itself.
pub(super) fn owner(
    world: &World,
    caller: &Caller,
    asked: &Asked,
) -> Result<Option<String>, Fault> {
    owner_of(world, caller, asked.get("UserName"))
}

/// The same for a name from wherever it comes.
///
/// # Errors
/// No user has this name, or the caller is a role, which has no keys.
pub(crate) fn owner_of(
    world: &World,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Option<String>, Fault> {
    match (name, caller) {
        (Some(name), _) if world.users.contains_key(name) => Ok(Some(name.to_owned())),
        (Some(name), _) => Err(Fault::no_user(name)),
        (None, Caller::User { name, .. }) => Ok(Some(name.clone())),
        (None, Caller::Role { name, .. }) => Err(Fault::no_user(name)),
        (None, Caller::Root { .. } | Caller::Anonymous | Caller::Minio { .. }) => Ok(None),
    }
}

/// The refusal for a key that the owner does not have.
pub(crate) fn no_key(id: &str) -> Fault {
    let message = format!("The user access key does not exist: {id}.");
    Fault::no_entity("User.AccessKey", &message)
}

/// The key a request names, where the owner has it.
///
/// # Errors
/// The owner has none of this id.
pub(crate) fn named<'a>(
    world: &'a mut World,
    owner: Option<&str>,
    asked: &Asked,
) -> Result<&'a mut Key, Fault> {
    let id = asked.need("UserAccessKeyId")?;
    world.keys.get_mut(id).filter(|key| key.user.as_deref() == owner).ok_or_else(|| no_key(id))
}

/// Refuses one key more than a user may have.
///
/// # Errors
/// The owner has as many as there may be.
pub(crate) fn check_count(world: &World, owner: Option<&str>) -> Result<(), Fault> {
    if world.keys.values().filter(|key| key.user.as_deref() == owner).count() < KEYS_MAX {
        return Ok(());
    }
    let message = "The count of access keys beyond the current limits.";
    Err(Fault::new(409, "LimitExceeded.User.AccessKey", message))
}

pub(crate) fn create(
    world: &mut World,
    owner: Option<&str>,
    asked: &Asked,
) -> Result<Value, Fault> {
    check_count(world, owner)?;
    let key = world.mint_key(owner, asked.now)?;
    Ok(json!({ "AccessKey": {
        "AccessKeyId": key.access_key_id, "AccessKeySecret": key.secret.reveal(),
        "Status": word(key.status), "CreateDate": date(key.created_at),
    }}))
}

pub(crate) fn list(world: &World, owner: Option<&str>) -> Value {
    let mut keys: Vec<&Key> =
        world.keys.values().filter(|key| key.user.as_deref() == owner).collect();
    keys.sort_by_key(|key| key.created_at);
    let shown = |key: &Key| {
        json!({ "AccessKeyId": key.access_key_id, "Status": word(key.status),
            "CreateDate": date(key.created_at), "UpdateDate": date(key.created_at) })
    };
    let keys: Vec<Value> = keys.into_iter().map(shown).collect();
    json!({ "AccessKeys": { "AccessKey": keys } })
}

pub(crate) fn update(
    world: &mut World,
    owner: Option<&str>,
    asked: &Asked,
) -> Result<Value, Fault> {
    let status = match asked.need("Status")? {
        "Active" => CloudKeyStatus::Active,
        "Inactive" => CloudKeyStatus::Inactive,
        _ => {
            let message = "The parameter - \"Status\" is invalid: Active or Inactive.";
            return Err(Fault::parameter("Status", message));
        }
    };
    named(world, owner, asked)?.status = status;
    Ok(json!({}))
}

pub(crate) fn delete(
    world: &mut World,
    owner: Option<&str>,
    asked: &Asked,
) -> Result<Value, Fault> {
    let id = named(world, owner, asked)?.access_key_id.as_str().to_owned();
    recycle(world, &id, asked.now);
    Ok(json!({}))
}

/// Moves a key into the recycle bin: from now on it opens nothing.
pub(crate) fn recycle(world: &mut World, id: &str, now: jiff::Timestamp) {
    let Some(mut key) = world.keys.remove(id) else { return };
    key.deleted_at = Some(now);
    let user = key.user.clone();
    world.deleted_keys.insert(id.to_owned(), key);
    let mut of_user: Vec<&Key> =
        world.deleted_keys.values().filter(|key| key.user == user).collect();
    of_user.sort_by_key(|key| key.deleted_at);
    let spare = of_user.len().saturating_sub(RECYCLED_MAX);
    let oldest: Vec<String> =
        of_user.iter().take(spare).map(|key| key.access_key_id.as_str().to_owned()).collect();
    for id in oldest {
        world.deleted_keys.remove(&id);
    }
}

pub(crate) fn last_used(
    world: &mut World,
    owner: Option<&str>,
    asked: &Asked,
) -> Result<Value, Fault> {
    let (at, service) = match &named(world, owner, asked)?.last_used {
        Some((at, service)) => (date(*at), service.clone()),
        None => ("N/A".to_owned(), "N/A".to_owned()),
    };
    Ok(json!({ "AccessKeyLastUsed": { "LastUsedDate": at, "ServiceName": service } }))
}
