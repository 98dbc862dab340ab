//! Who may do what: policies of users, policies and lists of buckets and objects, and the switch against
//! public access, joined as the real services join them (OSS documentation, "Authentication process").
//!
//! An explicit deny wins over everything; then any allow is enough; without one the answer is no.

mod builtin;
mod condition;
mod pattern;
mod policy;

use std::net::IpAddr;

use claviger_model::Acl;

pub(crate) use builtin::BuiltinPolicy;
pub(crate) use condition::Circumstances;
pub(crate) use policy::{Policy, PolicyKind, Verdict};

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
    /// The circumstances.
    pub(crate) circumstances: Circumstances<'a>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Yes.
    Allow,
    /// No.
    Deny {
        /// Who says so.
        why: &'static str,
    },
}

/// Judges one action on one resource.
pub(crate) fn decide(
    world: &World,
    caller: &Caller,
    action: &str,
    resource: &str,
    source_ip: IpAddr,
) -> Decision {
    let circumstances =
        Circumstances { source_ip, secure_transport: false, user_agent: None, prefix: None };
    let ask = Ask { caller, action, resource, circumstances };
    let of_user = user_verdict(world, &ask);
    let of_bucket = bucket_verdict(world, &ask);
    if of_user == Verdict::Deny {
        return Decision::Deny { why: "a policy of the user" };
    }
    if of_bucket == Verdict::Deny {
        return Decision::Deny { why: "the policy of the bucket" };
    }
    let owns = matches!(caller, Caller::Root { .. });
    let allowed = owns
        || of_user == Verdict::Allow
        || of_bucket == Verdict::Allow
        || is_public(world, action, resource);
    if allowed { Decision::Allow } else { Decision::Deny { why: "nobody allows it" } }
}

/// What the policies attached to the user say.
fn user_verdict(world: &World, ask: &Ask<'_>) -> Verdict {
    let Caller::User { name, .. } = ask.caller else { return Verdict::Silent };
    let Some(user) = world.users.get(name) else { return Verdict::Silent };
    user.attached_policies
        .iter()
        .filter_map(|name| policy_of(world, name))
        .map(|policy| policy.verdict(ask))
        .max()
        .unwrap_or(Verdict::Silent)
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
fn is_public(world: &World, action: &str, resource: &str) -> bool {
    let Some((name, key)) = place(resource) else { return false };
    if world.blocks_public_access(name) {
        return false;
    }
    let Some(bucket) = world.buckets.get(name) else { return false };
    let own = key.and_then(|key| bucket.objects.get(key)).map(|object| object.acl);
    let acl = own.filter(|acl| *acl != Acl::Default).unwrap_or(bucket.acl);
    match action {
        "oss:GetObject" => matches!(acl, Acl::PublicRead | Acl::PublicReadWrite),
        "oss:ListObjects" => matches!(bucket.acl, Acl::PublicRead | Acl::PublicReadWrite),
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
