//! Network restrictions: of one key, and of all keys that have none of their own.

use serde_json::{Value, json};

use crate::network::NetworkRestriction;
use crate::ram::keys;
use crate::rpc::{Asked, Fault};
use crate::world::World;

fn read(asked: &Asked) -> Result<NetworkRestriction, Fault> {
    NetworkRestriction::try_from(asked.need("AccessKeyPolicy")?.to_owned())
        .map_err(|error| Fault::parameter("AccessKeyPolicy", &error.to_string()))
}

fn text(restriction: Option<&NetworkRestriction>) -> &str {
    restriction.map_or("", NetworkRestriction::text)
}

pub(super) fn set(world: &mut World, owner: Option<&str>, asked: &Asked) -> Result<Value, Fault> {
    let restriction = read(asked)?;
    let key = keys::named(world, owner, asked)?;
    let answer = json!({ "AccessKeyId": key.access_key_id, "AccessKeyPolicy": restriction.text() });
    key.network = Some(restriction);
    Ok(answer)
}

pub(super) fn get(world: &mut World, owner: Option<&str>, asked: &Asked) -> Result<Value, Fault> {
    let key = keys::named(world, owner, asked)?;
    Ok(json!({ "AccessKeyId": key.access_key_id, "AccessKeyPolicy": text(key.network.as_ref()) }))
}

pub(super) fn set_for_account(world: &mut World, asked: &Asked) -> Result<Value, Fault> {
    let restriction = read(asked)?;
    let answer = json!({ "AccessKeyPolicy": restriction.text() });
    world.network = Some(restriction);
    Ok(answer)
}

pub(super) fn get_for_account(world: &World) -> Value {
    json!({ "AccessKeyPolicy": text(world.network.as_ref()) })
}
