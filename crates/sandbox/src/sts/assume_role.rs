//! `AssumeRole`: a temporary key of a role.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Trust;
use crate::access::{Policy, PolicyKind};
use crate::auth::Caller;
use crate::rpc::{Asked, Fault, date};
use crate::world::{Role, World};

/// Shortest session in seconds (STS documentation, "AssumeRole").
const SECONDS_MIN: u64 = 900;

/// How long an ended session is remembered, so that its key is called expired and not unknown.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn assume_role(
    world: &mut World,
    caller: &Caller,
    asked: &Asked,
) -> Result<Value, Fault> {
    if matches!(caller, Caller::Root { .. }) {
        let message = "Roles may not be assumed by root accounts.";
        return Err(Fault::new(403, "NoPermission", message));
    }
    let role = role(world, asked)?;
    let trusted =
        Trust::parse(&role.trust_policy).is_ok_and(|trust| trust.holds(&world.owner_uid, caller));
    if !trusted {
        let message = "You are not authorized to do this action. You should be authorized by RAM.";
        return Err(Fault::new(403, "NoPermission", message));
    }
    let name = session_name(asked)?;
    let policy = session_policy(asked)?;
    let most = role.session_seconds_max;
    let seconds = asked.number("DurationSeconds", SECONDS_MIN..=most, most.min(3_600))?;
    let lasts = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let ends = asked.now.checked_add(lasts).unwrap_or(Timestamp::MAX);
    world.sessions.retain(|_, known| asked.now.duration_since(known.expires_at) < REMEMBERED);
    let (access_key_id, session) = world.mint_session(&role.name, &name, policy, ends)?;
    Ok(json!({
        "Credentials": {
            "AccessKeyId": access_key_id, "AccessKeySecret": session.secret.reveal(),
            "SecurityToken": session.security_token.reveal(),
            "Expiration": date(session.expires_at),
        },
        "AssumedRoleUser": {
            "Arn": format!("acs:ram::{}:role/{}/{name}", world.owner_uid, role.name),
            "AssumedRoleId": format!("{}:{name}", role.role_id),
        },
    }))
}

/// The role that `RoleArn` names.
fn role(world: &World, asked: &Asked) -> Result<Role, Fault> {
    let arn = asked.need("RoleArn")?;
    let own = format!("acs:ram::{}:role/", world.owner_uid);
    let name = arn
        .strip_prefix(&own)
        .ok_or_else(|| Fault::parameter("RoleArn", "The parameter RoleArn is wrongly formed."))?;
    let found = world.roles.values().find(|role| role.name.eq_ignore_ascii_case(name));
    found.cloned().ok_or_else(|| Fault::no_role(name))
}

fn session_name(asked: &Asked) -> Result<String, Fault> {
    let name = asked.need("RoleSessionName")?;
    let fits = (2..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".@-_".contains(&b));
    if fits {
        return Ok(name.to_owned());
    }
    let message = "The parameter RoleSessionName is wrongly formed.";
    Err(Fault::parameter("RoleSessionName", message))
}

fn session_policy(asked: &Asked) -> Result<Option<String>, Fault> {
    let Some(text) = asked.get("Policy") else { return Ok(None) };
    match Policy::parse(text, PolicyKind::Identity) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(error) => {
            let message = format!("The parameter Policy has not passed grammar check: {error}.");
            Err(Fault::parameter("PolicyGrammar", &message))
        }
    }
}
