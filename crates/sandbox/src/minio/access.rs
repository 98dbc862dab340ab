//! Whose a key of MinIO is, and what it may do (minio/minio `cmd/iam.go`): a user what its policies allow; an access
//! key what its user may and, where it has a policy of its own, that one allows too. Nothing, when the user is
//! disabled.

use std::net::IpAddr;

use claviger_model::Secret;
use serde_json::Value;

use super::builtin;
use super::policy::{Ask, Policy, Verdict};
use crate::auth::Caller;
use crate::holder::KeyProblem;
use crate::world::World;

/// The holder of a key id: its secret, and who it makes the caller.
///
/// # Errors
/// Nobody holds it, or it may not be used now.
pub(crate) fn holder<'a>(
    world: &'a World,
    access_key_id: &str,
) -> Result<(&'a Secret, Caller), KeyProblem> {
    let id = access_key_id.to_owned();
    if let Some(user) = world.minio.users.get(access_key_id) {
        let caller = Caller::Minio { user: id.clone(), access_key_id: id };
        return if user.enabled { Ok((&user.secret, caller)) } else { Err(KeyProblem::Disabled) };
    }
    let key = world.minio.access_keys.get(access_key_id).ok_or(KeyProblem::Unknown)?;
    let caller = Caller::Minio { user: key.parent.clone(), access_key_id: id };
    if key.enabled { Ok((&key.secret, caller)) } else { Err(KeyProblem::Disabled) }
}

/// Whether a name is the owner's: the id of the account's own key.
pub(super) fn is_owner(world: &World, name: &str) -> bool {
    world.root_key().is_some_and(|key| key.access_key_id.as_str() == name)
}

/// Whether a caller may do this. The path is `bucket/object`, `bucket/`, or `/`.
pub(crate) fn allows(
    world: &World,
    caller: &Caller,
    action: &str,
    path: &str,
    source_ip: IpAddr,
) -> bool {
    let ask = Ask { action, path, source_ip };
    let (user, id) = match caller {
        Caller::Root { .. } => return true,
        Caller::Minio { user, access_key_id } => (user, access_key_id),
        _ => return false,
    };
    let own = world.minio.access_keys.get(id).and_then(|key| key.policy.as_ref());
    let own_allows = own.is_none_or(|policy| verdict([policy], &ask) == Verdict::Allow);
    own_allows && (is_owner(world, user) || user_verdict(world, user, &ask) == Verdict::Allow)
}

/// What the policies of a user say; nothing once it is disabled.
fn user_verdict(world: &World, user: &str, ask: &Ask<'_>) -> Verdict {
    let Some(user) = world.minio.users.get(user).filter(|user| user.enabled) else {
        return Verdict::Silent;
    };
    let documents: Vec<Value> =
        user.policies.iter().filter_map(|name| document(world, name)).collect();
    verdict(&documents, ask)
}

fn verdict<'a>(documents: impl IntoIterator<Item = &'a Value>, ask: &Ask<'_>) -> Verdict {
    let read = documents.into_iter().filter_map(|document| Policy::parse(document).ok());
    read.map(|policy| policy.verdict(ask)).max().unwrap_or(Verdict::Silent)
}

/// The policy of this name, made or built in.
pub(super) fn document(world: &World, name: &str) -> Option<Value> {
    world.minio.policies.get(name).cloned().or_else(|| builtin(name))
}
