//! Access keys of users, and of the account itself.

use claviger_model::CloudKeyStatus;
use serde_json::{Value, json};

use super::Asked;
use super::answer::Fault;
use crate::auth::Caller;
use crate::world::{Key, World};

/// Keys a user may have (RAM documentation, "Limits").
const KEYS_MAX: usize = 2;

fn date(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn word(status: CloudKeyStatus) -> &'static str {
    match status {
        CloudKeyStatus::Active => "Active",
        CloudKeyStatus::Inactive => "Inactive",
    }
}

/// Whose keys are asked for: the named user's, or the caller's own.
fn owner(world: &World, caller: &Caller, asked: &Asked) -> Result<Option<String>, Fault> {
    match (asked.get("UserName"), caller) {
        (Some(name), _) if world.users.contains_key(name) => Ok(Some(name.to_owned())),
        (Some(name), _) => Err(Fault::no_user(name)),
        (None, Caller::User { name, .. }) => Ok(Some(name.clone())),
        (None, Caller::Root { .. } | Caller::Anonymous) => Ok(None),
    }
}

fn named<'a>(world: &'a mut World, caller: &Caller, asked: &Asked) -> Result<&'a mut Key, Fault> {
    let owner = owner(world, caller, asked)?;
    let id = asked.need("UserAccessKeyId")?;
    world.keys.get_mut(id).filter(|key| key.user == owner && key.session.is_none()).ok_or_else(
        || {
            let message = format!("The Access Key does not exist: {id}.");
            Fault::new(404, "EntityNotExist.User.AccessKey", &message)
        },
    )
}

pub(super) fn create(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    let owner = owner(world, caller, asked)?;
    if world.keys.values().filter(|key| key.user == owner && key.session.is_none()).count()
        >= KEYS_MAX
    {
        return Err(Fault::new(
            409,
            "LimitExceeded.User.AccessKey",
            "The count of AccessKey is beyond the limit.",
        ));
    }
    let key = world.mint_key(owner.as_deref(), asked.now)?;
    Ok(json!({ "AccessKey": {
        "AccessKeyId": key.access_key_id, "AccessKeySecret": key.secret.reveal(),
        "Status": word(key.status), "CreateDate": date(key.created_at),
    }}))
}

pub(super) fn list(world: &World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    let owner = owner(world, caller, asked)?;
    let keys: Vec<Value> = world
        .keys
        .values()
        .filter(|key| key.user == owner && key.session.is_none())
        .map(|key| {
            json!({ "AccessKeyId": key.access_key_id, "Status": word(key.status),
                "CreateDate": date(key.created_at) })
        })
        .collect();
    Ok(json!({ "AccessKeys": { "AccessKey": keys } }))
}

pub(super) fn update(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    let status = match asked.need("Status")? {
        "Active" => CloudKeyStatus::Active,
        "Inactive" => CloudKeyStatus::Inactive,
        _ => {
            let message = "The parameter - Status is invalid: Active or Inactive.";
            return Err(Fault::new(400, "InvalidParameter.Status", message));
        }
    };
    named(world, caller, asked)?.status = status;
    Ok(json!({}))
}

pub(super) fn delete(world: &mut World, caller: &Caller, asked: &Asked) -> Result<Value, Fault> {
    let id = named(world, caller, asked)?.access_key_id.as_str().to_owned();
    if let Some(key) = world.keys.remove(&id) {
        world.deleted_keys.insert(id, key);
    }
    Ok(json!({}))
}

pub(super) fn last_used(world: &World, asked: &Asked) -> Result<Value, Fault> {
    let id = asked.need("UserAccessKeyId")?;
    let key = world.keys.get(id).ok_or_else(|| {
        let message = format!("The Access Key does not exist: {id}.");
        Fault::new(404, "EntityNotExist.User.AccessKey", &message)
    })?;
    let (at, service) = match &key.last_used {
        Some((at, service)) => (date(*at), service.clone()),
        None => ("N/A".to_owned(), "N/A".to_owned()),
    };
    Ok(json!({ "AccessKeyLastUsed": { "LastUsedDate": at, "ServiceName": service } }))
}
