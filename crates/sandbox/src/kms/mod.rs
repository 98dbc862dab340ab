//! Key Management Service, version 2016-01-20, as far as it manages the access keys of RAM users (KMS
//! documentation, "Manage and use RAM secrets"). Keys for encryption and other secrets are not here.

mod read;
mod rotation;
mod write;

use serde_json::Value;

pub(crate) use rotation::{Pace, advance, is_due};

use crate::rpc::{Asked, Fault, unknown_action};
use crate::world::{ManagedSecret, World};

/// Carries a call out; the caller has been let through.
pub(crate) fn perform(world: &mut World, asked: &Asked, pace: Pace) -> Result<Value, Fault> {
    match asked.action.as_str() {
        "CreateSecret" => write::create(world, asked),
        "RotateSecret" => rotation::rotate(world, asked, pace),
        "UpdateSecretRotationPolicy" => write::update_rotation_policy(world, asked),
        "DeleteSecret" => write::delete(world, asked),
        "RestoreSecret" => write::restore(world, asked),
        "DescribeSecret" => read::describe(world, asked),
        "GetSecretValue" => read::value(world, asked),
        "ListSecrets" => read::list(world, asked),
        "ListSecretVersionIds" => read::versions(world, asked),
        _ => Err(unknown_action()),
    }
}

/// What a call is about, in the words of policies.
pub(crate) fn resource(world: &World, asked: &Asked) -> String {
    let place = format!("acs:kms:{}:{}", world.region, world.owner_uid);
    match asked.get("SecretName") {
        Some(name) if asked.action != "CreateSecret" => format!("{place}:secret/{name}"),
        _ => format!("{place}:secret"),
    }
}

fn arn(world: &World, secret: &str) -> String {
    format!("acs:kms:{}:{}:secret/{secret}", world.region, world.owner_uid)
}

/// The secret a request names, by name or by resource name.
fn named<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut ManagedSecret, Fault> {
    let asked_for = asked.need("SecretName")?;
    let own = arn(world, "");
    let name = asked_for.strip_prefix(&own).unwrap_or(asked_for).to_owned();
    let message = "The specified resource is not found.";
    let absent = || Fault::new(404, "Forbidden.ResourceNotFound", message);
    world.secrets.get_mut(&name).ok_or_else(absent)
}

/// The same, unless it is waiting to be deleted.
fn usable<'a>(world: &'a mut World, asked: &Asked) -> Result<&'a mut ManagedSecret, Fault> {
    let secret = named(world, asked)?;
    match secret.planned_delete {
        None => Ok(secret),
        Some(_) => {
            let message = "The secret is pending deletion.";
            Err(Fault::new(409, "Rejected.PendingDeletion", message))
        }
    }
}
