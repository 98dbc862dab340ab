//! Who may do what: policies of users, policies and lists of buckets and objects, and the switch against
//! public access, joined as the real services join them (OSS documentation, "Authentication process").
//!
//! An explicit deny wins over everything; then any allow is enough; without one the answer is no.

mod builtin;
mod condition;
mod network;
mod pattern;
mod policy;
mod statement;
#[cfg(test)]
mod table;

use claviger_model::Acl;

pub(crate) use builtin::BuiltinPolicy;
pub(crate) use condition::Circumstances;
pub(crate) use network::Network;
pub(crate) use pattern::covers;
pub(crate) use policy::{Policy, PolicyError, PolicyKind, Verdict};

use crate::auth::Caller;
use crate::world::World;

/// What is asked.
pub(crate) struct Ask<'a> {
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// `oss:GetObject`, `ram:ListUsers`.
    pub(crate) action: &'a str,
    /// `acs:oss:*:<uid>:bucket/key`.
    pub(crate) resource: &'a str,
    /// The version of the object, where one is named.
    pub(crate) version_id: Option<&'a str>,
    /// The circumstances.
    pub(crate) circumstances: Circumstances<'a>,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Yes.
    Allow,
    /// No.
    Deny(Denial),
}

/// Who says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// A policy attached to the user or role denies it.
    Identity,
    /// The policy of the bucket denies it.
    Bucket,
    /// Both deny it.
    Both,
    /// The policy that a temporary key was asked for with denies it, or does not allow it.
    Session,
    /// Nobody allows it.
    Nobody,
}

/// Judges one action on one resource.
pub(crate) fn decide(world: &World, ask: &Ask<'_>) -> Decision {
    let of_identity = identity_verdict(world, ask);
    let of_bucket = bucket_verdict(world, ask);
    match (of_identity == Verdict::Deny, of_bucket == Verdict::Deny) {
        (true, true) => return Decision::Deny(Denial::Both),
        (true, false) => return Decision::Deny(Denial::Identity),
        (false, true) => return Decision::Deny(Denial::Bucket),
        (false, false) => {}
    }
    if !session_allows(world, ask) {
        return Decision::Deny(Denial::Session);
    }
    let owns = matches!(ask.caller, Caller::Root { .. });
    let allowed = owns
        || of_identity == Verdict::Allow
        || of_bucket == Verdict::Allow
        || is_public(world, ask);
    if allowed { Decision::Allow } else { Decision::Deny(Denial::Nobody) }
}

/// What the policies attached to the user or role say.
fn identity_verdict(world: &World, ask: &Ask<'_>) -> Verdict {
    let attached = match ask.caller {
        Caller::Anonymous | Caller::Root { .. } | Caller::Minio { .. } => None,
        Caller::User { name, .. } => world.users.get(name).map(|user| &user.attached_policies),
        Caller::Role { name, .. } => world.roles.get(name).map(|role| &role.attached_policies),
    };
    attached
        .into_iter()
        .flatten()
        .filter_map(|name| policy_of(world, name))
        .map(|policy| policy.verdict(ask))
        .max()
        .unwrap_or(Verdict::Silent)
}

/// Whether the policy of a temporary key lets the request pass: it can only narrow what the role may.
fn session_allows(world: &World, ask: &Ask<'_>) -> bool {
    let session = ask.caller.access_key_id().and_then(|id| world.sessions.get(id));
    session
        .and_then(|session| session.policy.as_deref())
        .and_then(|text| Policy::parse(text, PolicyKind::Identity).ok())
        .is_none_or(|policy| policy.verdict(ask) == Verdict::Allow)
}

fn policy_of(world: &World, name: &str) -> Option<Policy> {
    if let Some(builtin) = BuiltinPolicy::of_name(name) {
        return builtin.read();
    }
    let versions = world.policies.get(name)?;
    let document = &versions.versions.get(&versions.default_version)?.document;
    Policy::parse(document, PolicyKind::Identity).ok()
}

/// What the policy of the bucket says. Where public access is blocked, what it grants to everybody
/// counts for nothing.
fn bucket_verdict(world: &World, ask: &Ask<'_>) -> Verdict {
    let Some((bucket, _)) = place(ask.resource) else { return Verdict::Silent };
    let text = world.buckets.get(bucket).and_then(|bucket| bucket.policy_json.as_deref());
    let policy = text.and_then(|text| Policy::parse(text, PolicyKind::Bucket).ok());
    match policy {
        None => Verdict::Silent,
        Some(policy) if world.blocks_public_access(bucket) => {
            policy.verdict_without_public_grants(ask)
        }
        Some(policy) => policy.verdict(ask),
    }
}

/// Whether the lists let anybody do it.
fn is_public(world: &World, ask: &Ask<'_>) -> bool {
    let Some((name, key)) = place(ask.resource) else { return false };
    if world.blocks_public_access(name) {
        return false;
    }
    let Some(bucket) = world.buckets.get(name) else { return false };
    let object = key.and_then(|key| bucket.version(key, ask.version_id).ok());
    let own = object.map(|object| object.acl);
    let acl = own.filter(|acl| *acl != Acl::Default).unwrap_or(bucket.acl);
    match ask.action {
        "oss:GetObject" | "oss:GetObjectVersion" => {
            matches!(acl, Acl::PublicRead | Acl::PublicReadWrite)
        }
        "oss:ListObjects" | "oss:ListObjectVersions" => {
            matches!(bucket.acl, Acl::PublicRead | Acl::PublicReadWrite)
        }
        "oss:PutObject" | "oss:DeleteObject" => acl == Acl::PublicReadWrite,
        _ => false,
    }
}

/// Bucket and key of `acs:oss:*:<uid>:bucket/key`.
fn place(resource: &str) -> Option<(&str, Option<&str>)> {
    let path = resource.strip_prefix("acs:oss:")?.splitn(3, ':').nth(2)?;
    Some(match path.split_once('/') {
        Some((bucket, key)) => (bucket, Some(key)),
        None => (path, None),
    })
}
