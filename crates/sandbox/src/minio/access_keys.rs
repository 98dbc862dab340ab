//! Access keys of users and of the owner (service accounts).

use claviger_model::Secret;
use serde_json::{Map, Value, json};

use super::access::{document, is_owner};
use super::fault::Fault;
use super::policy::Policy;
use super::{Asked, Said};
use crate::error::SandboxError;
use crate::world::{MinioKey, World, random_text};

/// Longest policy of a key in bytes, as servers had it before 2025.
const POLICY_BYTES_MAX: usize = 2_048;
/// No key here ends by itself: the time that MinIO says then.
const NEVER: &str = "1970-01-01T00:00:00Z";

fn shown(id: &str, key: &MinioKey) -> Value {
    json!({
        "parentUser": key.parent, "accountStatus": word(key.enabled),
        "impliedPolicy": key.policy.is_none(), "accessKey": id, "name": key.name,
        "description": key.description, "expiration": NEVER,
    })
}

fn word(enabled: bool) -> &'static str {
    if enabled { "on" } else { "off" }
}

/// The keys of the user that is named, or of the caller's own account.
pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let own = asked.user(world);
    let user = asked.call.query("user").filter(|user| !user.is_empty()).unwrap_or(own);
    if user != own {
        asked.may(world, &["admin:ListServiceAccounts"])?;
    }
    let keys = world.minio.access_keys.iter().filter(|(_, key)| key.parent == user);
    let keys: Vec<Value> = keys.map(|(id, key)| shown(id, key)).collect();
    Ok(Said::Sealed(json!({ "accounts": keys })))
}

/// The users that have any, each with the ids alone.
pub(super) fn holders(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    if asked.call.query("all") != Some("true") {
        return Err(Fault::argument());
    }
    asked.may(world, &["admin:ListUsers"])?;
    asked.may(world, &["admin:ListServiceAccounts"])?;
    let mut holders = Map::new();
    for (id, key) in &world.minio.access_keys {
        let holder = holders
            .entry(key.parent.clone())
            .or_insert_with(|| json!({ "serviceAccounts": [], "stsKeys": null }));
        if let Some(list) = holder["serviceAccounts"].as_array_mut() {
            list.push(json!({ "parentUser": "", "accountStatus": "", "impliedPolicy": false,
                "accessKey": id, "expiration": NEVER }));
        }
    }
    Ok(Said::Sealed(Value::Object(holders)))
}

pub(super) fn info(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let id = asked.need("accessKey")?;
    let key = world.minio.access_keys.get(id).ok_or_else(Fault::no_access_key)?;
    if asked.user(world) != key.parent {
        asked.may(world, &["admin:ListServiceAccounts"])?;
    }
    let policy = key.policy.clone().unwrap_or_else(|| implied(world, &key.parent));
    let mut info = shown(id, key);
    info["policy"] = json!(format!("{policy:#}"));
    Ok(Said::Sealed(info))
}

/// What a key without a policy of its own may do: all that its user may.
fn implied(world: &World, user: &str) -> Value {
    let names = world.minio.users.get(user).map(|user| &user.policies);
    let documents = names.into_iter().flatten().filter_map(|name| document(world, name));
    let statements: Vec<Value> = documents
        .flat_map(|document| document["Statement"].as_array().cloned().unwrap_or_default())
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A policy as MinIO keeps it; `None` for one that says nothing.
fn own_policy(body: &Value, name: &str) -> Result<Option<Value>, Fault> {
    let given = &body[name];
    let says_nothing = given["Version"].as_str().unwrap_or_default().is_empty()
        && given["Statement"].as_array().is_none_or(Vec::is_empty);
    if given.is_null() || says_nothing {
        return Ok(None);
    }
    let policy = Policy::parse(given).map_err(|why| Fault::bad_policy(&why))?.written();
    if policy.to_string().len() > POLICY_BYTES_MAX {
        return Err(Fault::bad_policy("session policy should not exceed 2048 characters"));
    }
    Ok(Some(policy))
}

pub(super) fn add(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let own = asked.user(world).to_owned();
    let text = |name: &str| asked.body[name].as_str().unwrap_or_default();
    let parent = Some(text("targetUser")).filter(|user| !user.is_empty()).unwrap_or(&own);
    if parent != own {
        asked.may(world, &["admin:CreateServiceAccount"])?;
    }
    if !is_owner(world, parent) && !world.minio.users.contains_key(parent) {
        return Err(Fault::no_user());
    }
    let entropy = |_: SandboxError| Fault::new(500, "InternalError", "no randomness to be had");
    let (id, secret) = match (text("accessKey"), text("secretKey")) {
        ("", _) => (
            random_text(20).map_err(entropy)?.to_ascii_uppercase(),
            random_text(40).map_err(entropy)?,
        ),
        (id, secret) => (id.to_owned(), secret.to_owned()),
    };
    let taken = world.minio.access_keys.contains_key(&id) || world.minio.users.contains_key(&id);
    if taken || is_owner(world, &id) {
        return Err(Fault::not_allowed());
    }
    let key = MinioKey {
        secret: Secret::new(secret.clone()),
        parent: parent.to_owned(),
        enabled: true,
        policy: own_policy(&asked.body, "policy")?,
        name: text("name").to_owned(),
        description: text("description").to_owned(),
    };
    world.minio.access_keys.insert(id.clone(), key);
    Ok(Said::Sealed(json!({ "credentials":
        { "accessKey": id, "secretKey": secret, "expiration": NEVER } })))
}

/// Changes a key. An update without a policy takes the key's own one away: the real server does so, too.
pub(super) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let id = asked.need("accessKey")?;
    if !world.minio.access_keys.contains_key(id) {
        return Err(Fault::no_access_key());
    }
    asked.may(world, &["admin:UpdateServiceAccount"])?;
    let text = |name: &str| asked.body[name].as_str().filter(|text| !text.is_empty());
    let enabled = match text("newStatus") {
        None => None,
        Some("on" | "enabled") => Some(true),
        Some("off" | "disabled") => Some(false),
        Some(_) => return Err(Fault::new(400, "InvalidRequest", "unknown account status value")),
    };
    let policy = own_policy(&asked.body, "newPolicy")?;
    let key = world.minio.access_keys.get_mut(id).ok_or_else(Fault::no_access_key)?;
    key.policy = policy;
    if let Some(enabled) = enabled {
        key.enabled = enabled;
    }
    if let Some(secret) = text("newSecretKey") {
        key.secret = Secret::new(secret.to_owned());
    }
    if let Some(name) = text("newName") {
        name.clone_into(&mut key.name);
    }
    if let Some(description) = text("newDescription") {
        description.clone_into(&mut key.description);
    }
    Ok(Said::Nothing)
}

pub(super) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let id = asked.need("accessKey")?;
    let parent = world.minio.access_keys.get(id).map(|key| key.parent.clone());
    if parent.as_deref() != Some(asked.user(world)) {
        asked.may(world, &["admin:RemoveServiceAccount"])?;
    }
    world.minio.access_keys.remove(id).ok_or_else(Fault::no_access_key)?;
    Ok(Said::Nothing)
}
