//! Users: each is a key pair.

use claviger_model::Secret;
use serde_json::{Map, Value, json};

use super::access::is_owner;
use super::fault::Fault;
use super::{Asked, Said};
use crate::world::{MinioUser, World};

/// Shortest name, and shortest and longest secret (minio/minio `internal/auth/credentials.go`).
const NAME_MIN: usize = 3;
const SECRET: std::ops::RangeInclusive<usize> = 8..=40;

fn shown(name: &str, user: &MinioUser) -> Value {
    let mut shown = json!({
        "userAuthInfo": { "type": "builtin", "authServerUserID": name },
        "status": if user.enabled { "enabled" } else { "disabled" },
        "updatedAt": user.updated_at.to_string(),
    });
    if !user.policies.is_empty() {
        let names: Vec<&str> = user.policies.iter().map(String::as_str).collect();
        shown["policyName"] = json!(names.join(","));
    }
    shown
}

pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:ListUsers"])?;
    let users = world.minio.users.iter().map(|(name, user)| (name.clone(), shown(name, user)));
    Ok(Said::Sealed(Value::Object(users.collect::<Map<_, _>>())))
}

pub(super) fn info(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let name = asked.need("accessKey")?;
    if asked.user(world) != name {
        asked.may(world, &["admin:GetUser"])?;
    }
    let user = world.minio.users.get(name).ok_or_else(Fault::no_user)?;
    Ok(Said::Plain(shown(name, user)))
}

/// Makes a user, or gives one another secret.
pub(super) fn add(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    let name = asked.need("accessKey")?;
    asked.may(world, &["admin:CreateUser"])?;
    let taken = is_owner(world, name) || world.minio.access_keys.contains_key(name);
    if taken {
        let message = "User is not allowed to be same as admin access key or a service account";
        return Err(Fault::new(403, "XMinioInvalidIAMCredentials", message));
    }
    let secret = asked.body["secretKey"].as_str().unwrap_or_default();
    if name.len() < NAME_MIN {
        return Err(Fault::new(400, "XMinioAdminInvalidAccessKey", "The access key is invalid."));
    }
    if !SECRET.contains(&secret.len()) {
        return Err(Fault::new(400, "XMinioAdminInvalidSecretKey", "The secret key is invalid."));
    }
    let policies = world.minio.users.get(name).map(|user| user.policies.clone());
    let user = MinioUser {
        secret: Secret::new(secret.to_owned()),
        enabled: asked.body["status"].as_str() != Some("disabled"),
        policies: policies.unwrap_or_default(),
        updated_at: asked.call.received_at,
    };
    world.minio.users.insert(name.to_owned(), user);
    Ok(Said::Done)
}

pub(super) fn set_status(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:EnableUser"])?;
    let name = asked.need("accessKey")?;
    if is_owner(world, name) {
        return Err(Fault::new(400, "InvalidRequest", "Invalid Request"));
    }
    let enabled = match asked.need("status")? {
        "enabled" => true,
        "disabled" => false,
        _ => return Err(Fault::argument()),
    };
    if world.minio.access_keys.contains_key(name) {
        return Err(Fault::not_allowed());
    }
    let user = world.minio.users.get_mut(name).ok_or_else(Fault::no_user)?;
    user.enabled = enabled;
    user.updated_at = asked.call.received_at;
    Ok(Said::Done)
}

/// Deletes a user with its access keys.
pub(super) fn remove(world: &mut World, asked: &Asked<'_>) -> Result<Said, Fault> {
    asked.may(world, &["admin:DeleteUser"])?;
    let name = asked.need("accessKey")?;
    if world.minio.access_keys.contains_key(name) {
        return Err(Fault::not_allowed());
    }
    world.minio.users.remove(name).ok_or_else(Fault::no_user)?;
    world.minio.access_keys.retain(|_, key| key.parent != name);
    Ok(Said::Done)
}
